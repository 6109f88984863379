#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Loggers that connect to viz, one after another and two at once.
source "$(dirname "$0")/lib.bash"

for backend in $(backends); do
    start viz "$VIZ" tcp-listen://127.0.0.1:0 --headless --net "$backend" \
        --json viz.json --exit-after 60
    await_port viz
    python3 "$here/mpu.py" "tcp:$port" sent.json
    await "the end of the connection" grep -q 'closed the connection' viz.err
    interrupt viz
    mpu_is_whole viz.json sent.json "$backend"
    holds viz.json "sources[0].connections == 1" "not sources[0].ended"

    start viz "$VIZ" tcp-listen://127.0.0.1:0 --headless --net "$backend" \
        --json viz.json --exit-after 60
    await_port viz
    # The first one speaks before the second one comes, and stays until it has gone.
    rm -f go
    start one python3 "$here/mpu.py" "tcp:$port" one.json --until go
    await "the first logger" grep -q 'speaks mpu' viz.err
    python3 "$here/mpu.py" "tcp:$port" two.json --crlf
    await "the end of the second connection" grep -q 'closed the connection' viz.err
    touch go
    end one
    [[ $status == 0 ]] || fail "the first logger could not send"
    both_closed() { [[ $(grep -c 'closed the connection' viz.err) == 2 ]]; }
    await "the end of both connections" both_closed
    interrupt viz
    holds viz.json one=one.json two=two.json "sources[0].connections == 2" \
        "ledger.balanced and ledger.lost == 0" \
        "ledger.sent == ledger.drawn == one.samples + two.samples" \
        "sum(entry.rows for entry in streams) == one.rows + two.rows" \
        "sources[0].lines == one.lines + two.lines" \
        "sorted(stream) == ['S1', 'S1 #2', 'S2', 'S2 #2', 'S3', 'S3 #2']"
done
