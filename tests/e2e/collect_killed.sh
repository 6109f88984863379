#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A collector that is killed loses no more than what it received in the last second, and
# the next one goes on in the same database.
source "$(dirname "$0")/lib.bash"

start device "$VIZ" device --port 0 --devices 20 --report sent.json
await "the ports" grep -q 'listen on' device.err
ports=$(sed -n 's/.*:\([0-9]*\)\/ws to .*:\([0-9]*\)\/ws/\1-\2/p' device.err)

enough()
{
    local rows
    rows=$(sqlite3 -cmd '.timeout 5000' runs.db "SELECT samples FROM run WHERE name = '$1'" \
        2>/dev/null) && [[ ${rows:-0} -gt 100 ]]
}

for round in 1 2 3 4; do
    start collect "$VIZ" collect --host "127.0.0.1:$ports" --run-name "round$round" --db runs.db
    await "frames in the store" enough "round$round"
    sleep "0.$((round * 23))"
    killed_ns=$(date +%s%N)
    kill -KILL "${pid[collect]}"
    end collect
    [[ $(sqlite3 runs.db "PRAGMA integrity_check") == ok ]] || fail "damaged by kill -9"
    newest_ns=$(sqlite3 runs.db "SELECT max(host_ns) FROM sample JOIN run ON
        run.id = sample.run WHERE run.name = 'round$round'")
    lost_ms=$(((killed_ns - newest_ns) / 1000000))
    ((lost_ms < 1000)) || fail "the last $lost_ms ms are lost"
    holes=$(sqlite3 runs.db "SELECT count(*) - max(seq) - 1 FROM sample JOIN run ON
        run.id = sample.run WHERE run.name = 'round$round'")
    [[ $holes == 0 ]] || fail "rows are missing from the middle: $holes"
done

# Of a run that is being written nothing is deleted, however quiet its device is.
start collect "$VIZ" collect --host "127.0.0.1:$ports" --run-name live --db runs.db
await "frames in the store" enough live
kill -STOP "${pid[device]}"
sleep 11
[[ $(run delete "$VIZ" delete live --yes --db runs.db) == 1 ]] || fail "a live run was deleted"
says delete.err "is being recorded right now"
kill -CONT "${pid[device]}"
interrupt collect
[[ $(run delete "$VIZ" delete live --yes --db runs.db) == 0 ]] || fail "not deleted"
interrupt device
