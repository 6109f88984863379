#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Somebody else holds the database: what comes meanwhile waits and is stored; where it is
# never let go, everything that came is counted by name and the exit code is 1.
source "$(dirname "$0")/lib.bash"

# hold SECONDS: keep the write lock for so long.
hold()
{
    start holder python3 -c "
import sqlite3, sys, time
base = sqlite3.connect('runs.db', timeout=30, isolation_level=None)
base.execute('BEGIN IMMEDIATE')
print('held', flush=True)
time.sleep($1)
"
    await "the lock" grep -q held holder.out
}

has_frames()
{
    [[ $(sqlite3 -cmd '.timeout 5000' runs.db "SELECT samples FROM run WHERE name = '$1'" \
        2>/dev/null || echo 0) -gt "$2" ]]
}

start device "$VIZ" device --port 0 --devices 5 --report sent.json
await "the ports" grep -q 'listen on' device.err
ports=$(sed -n 's/.*:\([0-9]*\)\/ws to .*:\([0-9]*\)\/ws/\1-\2/p' device.err)

start wait "$VIZ" collect --host "127.0.0.1:$ports" --run-name wait --db runs.db \
    --json wait.json
await "frames in the store" has_frames wait 5
hold 3
await "the word that it waits" grep -q 'cannot be written for now' wait.err
end holder
says wait.err "frames wait"
await "the word that it goes on" grep -q 'can be written again' wait.err
interrupt wait
holds wait.json "stored == frames == received > 100 and accounted and missing == 0" \
    "unstored == 0 and overflow == 0 and retries > 0"

start lost "$VIZ" collect --host "127.0.0.1:$ports" --run-name lost --db runs.db \
    --json lost.json
await "frames in the store" has_frames lost 5
hold 120
await "the word that it waits" grep -q 'cannot be written for now' lost.err
kill -INT "${pid[lost]}"
end lost
[[ $status == 1 ]] || fail "a run that could not be stored ended with $status"

# Who waits for its turn to begin waits no longer than the user does.
start begin "$VIZ" collect --host "127.0.0.1:$ports" --run-name begin --db runs.db
sleep 0.3
before=$SECONDS
kill -TERM "${pid[begin]}"
end begin
((SECONDS - before < 5)) || fail "it waited after SIGTERM"
[[ $status == 1 ]] || fail "what could not begin ended with $status"
says begin.err "another process"
kill -KILL "${pid[holder]}"
end holder
[[ $(sqlite3 runs.db "SELECT count(*) FROM run WHERE name = 'begin'") == 0 ]] ||
    fail "a run that could not begin is there"
holds lost.json "accounted and unstored > 0 and stored + unstored == frames == received"
says lost.out "that the store did not take"
[[ $(sqlite3 runs.db "SELECT count(*) FROM sample JOIN run ON run.id = sample.run
    WHERE run.name = 'lost'") == $(sqlite3 runs.db "SELECT samples FROM run WHERE
    name = 'lost'") ]] || fail "the count of samples is wrong"
interrupt device
