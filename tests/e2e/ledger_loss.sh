#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Losses, duplicates and disorder on purpose, over real loopback: the ledger names each.
#
# What is lost at the very beginning or end of a run no row number can reveal. It is the
# one unknown here ("unseen"), and two equations must agree on it.
source "$(dirname "$0")/lib.bash"

# transmit BACKEND OPTION OF viz send...
transmit()
{
    local backend=$1
    shift
    start viz "$VIZ" udp://127.0.0.1:0 --headless --net "$backend" --json viz.json \
        --exit-after 60
    await_port viz
    [[ $(run send "$VIZ" send "udp://127.0.0.1:$port" --json sent.json "$@") == 0 ]] ||
        fail "viz send failed"
    await_taken "$port"
    interrupt viz
    holds viz.json sent=sent.json "ledger.balanced" "ledger.drawn == ledger.received" \
        "ledger.in_flight == ledger.overflow == ledger.evicted_unseen == 0" \
        "ledger.kernel_drops == ledger.unreadable == sent.unsent_samples == 0" \
        "ledger.sent == ledger.received + ledger.missing + ledger.late" \
        "ledger.lost == ledger.missing + ledger.late == lost"
}

# numbered PACKET: what transmit() sent had row numbers and packets of PACKET samples.
numbered()
{
    holds viz.json sent=sent.json "streams[0].format == 'viz'" \
        "sent.lost_samples - ledger.missing ==
         sent.samples + sent.lost_samples - ledger.sent" \
        "0 <= sent.lost_samples - ledger.missing < 20 * $1" \
        "(sent.lost_samples - ledger.missing) % $1 == 0" \
        "ledger.received == sent.samples - ledger.late" \
        "ledger.late == sent.reordered_packets * $1" \
        "ledger.duplicate == sent.duplicate_packets * $1" \
        "sum(entry.samples for entry in streams) == ledger.received" \
        "sum(entry.rows for entry in streams) * 18 == ledger.received" \
        "(sum(entry.gaps for entry in streams) > 0) == (ledger.missing + ledger.late > 0)"
}

for backend in $(backends); do
    transmit "$backend" --duration 0.6
    numbered 18
    holds viz.json sent=sent.json "ledger.lost == ledger.duplicate == 0" \
        "ledger.drawn == sent.samples == 300 * 18"

    transmit "$backend" --duration 1.2 --loss 5 --duplicate 2 --reorder 3 --jitter 3
    numbered 18
    holds viz.json "min(ledger.missing, ledger.late, ledger.duplicate) > 0"
    says viz.err 'more came twice'

    transmit "$backend" --duration 0.6 --rate 5000 --rows 10 --burst 3 --seed 3 \
        --loss 20 --duplicate 20 --reorder 20
    numbered 180
    holds viz.json "min(ledger.missing, ledger.late, ledger.duplicate) > 0"

    # Without row numbers only what arrives is known: nothing is missing, and of what came
    # twice the newest row of a sensor is known again; others were late twice.
    transmit "$backend" --duration 0.6 --format mpu --loss 5 --duplicate 2 --reorder 3
    holds viz.json sent=sent.json "len(streams) == 3" \
        "ledger.missing == 0 and ledger.late > 0 and ledger.duplicate > 0" \
        "ledger.sent + ledger.duplicate == sent.samples + sent.duplicate_packets * 6"
done
