#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Somebody sets the clock in the middle of a run, an hour on or back: the run's times go on
# as if nothing had happened, nothing is missing, and it is complete.
source "$(dirname "$0")/lib.bash"

cc -shared -fPIC -O1 -o step.so "$here/clock_step.c" || fail "the clock could not be built"
start device "$VIZ" device --port 0
await "the port" grep -q 'listens on' device.err
port=$(sed -n 's/.*:\([0-9]*\)\/ws.*/\1/p' device.err | head -n 1)

for step in 3600 -3600; do
    status=$(LD_PRELOAD=$PWD/step.so AFTER_S=2 STEP_S=$step \
        ASAN_OPTIONS=verify_asan_link_order=0 run collect "$VIZ" collect \
        --host "127.0.0.1:$port" --run-name "step$step" --db runs.db --json out.json \
        --duration 5)
    [[ $status == 0 ]] || fail "a clock step of $step s ended the run with $status"
    holds out.json "accounted and stored == received and missing == 0 and gaps == 0" \
        "4.9 < elapsed_s < 5.5"
    spread=$(sqlite3 runs.db "SELECT max(host_ns) - min(host_ns) FROM sample JOIN run ON
        run.id = sample.run WHERE run.name = 'step$step'")
    ((spread > 4500000000 && spread < 5500000000)) ||
        fail "host times stepped with the clock: they span $spread ns"
    backwards=$(sqlite3 runs.db "SELECT count(*) FROM sample a JOIN sample b ON
        a.run = b.run AND b.seq = a.seq + 1 WHERE b.host_ns < a.host_ns")
    [[ $backwards == 0 ]] || fail "host times went back $backwards times"
    [[ $(sqlite3 runs.db "SELECT state FROM runs WHERE name = 'step$step'") == complete ]] ||
        fail "the run is not complete"
done
interrupt device
