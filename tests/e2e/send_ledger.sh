#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz send to viz over real sockets: what was sent, and what was left out on purpose, is
# what the receiver's ledger names. The seed is one that loses neither the first nor the
# last packet: nobody can know of those.
source "$(dirname "$0")/lib.bash"

send=("$VIZ" send --seed 3 --duration 1 --json sent.json)

for backend in $(backends); do
    start viz "$VIZ" udp://127.0.0.1:0 --headless --net "$backend" --json viz.json \
        --exit-after 60
    await_port viz
    [[ $(run send "${send[@]}" "udp://127.0.0.1:$port" --rate 2k --rows 4 --loss 10 \
        --reorder 5 --duplicate 5 --jitter 2) == 0 ]] || fail "viz send"
    await_taken "$port"
    interrupt viz
    holds sent.json "lost_packets > 10 and reordered_packets > 5" \
        "duplicate_packets > 5 and unsent_packets == 0 and refused_datagrams == 0" \
        "rows + lost_rows == 2000"
    holds viz.json sent=sent.json "ledger.balanced" \
        "ledger.sent == sent.samples + sent.lost_samples" \
        "ledger.missing == sent.lost_samples" \
        "ledger.late == sent.reordered_packets * 4 * 18" \
        "ledger.drawn == sent.samples - ledger.late" \
        "ledger.duplicate == sent.duplicate_packets * 4 * 18" \
        "ledger.kernel_drops == 0 and ledger.unreadable == 0" \
        "streams[0].requested_hz == 2000"
done

# Streams of bytes lose nothing, whichever end listens.
for format in viz mpu csv; do
    start viz "$VIZ" tcp-listen://127.0.0.1:0 --headless --json viz.json --exit-after 60
    await_port viz
    [[ $(run send "${send[@]}" "tcp://127.0.0.1:$port" --format $format) == 0 ]] ||
        fail "viz send over TCP"
    await "the end of the connection" grep -q 'closed the connection' viz.err
    interrupt viz
    holds viz.json sent=sent.json "ledger.balanced and ledger.lost == 0" \
        "ledger.sent == ledger.drawn == sent.samples == 9000"

    : >viz.json
    "${send[@]}" - --format $format 2>send.err | "$VIZ" - --headless --json viz.json \
        --exit-after 60 >viz.out 2>viz.err || fail "a pipe"
    holds viz.json sent=sent.json "ledger.balanced and ledger.lost == 0" \
        "ledger.sent == ledger.drawn == sent.samples == 9000"
done

start send "${send[@]}" tcp-listen://127.0.0.1:0
await "the port of viz send" grep -q 'client on port' send.err
port=$(sed -n 's/.*client on port \([0-9]*\).*/\1/p' send.err)
[[ $(run viz "$VIZ" "tcp://127.0.0.1:$port" --headless --json viz.json \
    --exit-after 60) == 0 ]] || fail "viz as the client"
end send
[[ $status == 0 ]] || fail "viz send ended with $status"
holds viz.json sent=sent.json "ledger.balanced and ledger.lost == 0" \
    "ledger.sent == ledger.drawn == sent.samples == 9000"
