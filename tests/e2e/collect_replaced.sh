#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Somebody removes the database, or puts another in its place, while frames are written to
# it: that is noticed, said, and nothing counts as stored.
source "$(dirname "$0")/lib.bash"

start device "$VIZ" device --port 0 --report sent.json
await "the port" grep -q 'listens on' device.err
port=$(sed -n 's/.*:\([0-9]*\)\/ws.*/\1/p' device.err | head -n 1)

has_frames()
{
    [[ $(sqlite3 -cmd '.timeout 5000' "$1" "SELECT max(samples) FROM run" 2>/dev/null ||
        echo 0) -gt 5 ]]
}

collect()
{
    start "$1" "$VIZ" collect --host "127.0.0.1:$port" --run-name "$1" --db "$1.db" \
        --json "$1.json"
    await "frames in the store" has_frames "$1.db"
}

# expect_noticed NAME: it ends by itself.
expect_noticed()
{
    end "$1"
    [[ $status == 1 ]] || fail "$1: exit status $status"
    says "$1.err" "$1.db was replaced or removed while it was written"
    holds "$1.json" "stored == 0 and unstored == frames > 5 and accounted"
    says "$1.out" "that the store did not take"
}

collect removed
rm removed.db
expect_noticed removed
[[ ! -e removed.db ]] || fail "the removed database is there again"

[[ $(run other "$VIZ" --benchmark --headless --duration 1 --no-csv --store other.db \
    --run-name other) == 0 ]] || fail "the other database could not be made"
collect replaced
mv replaced.db away.db
mv other.db replaced.db
expect_noticed replaced
[[ $(run runs "$VIZ" runs --db replaced.db) == 0 ]] || fail "the other cannot be read"
says runs.out "other"
[[ $(sqlite3 replaced.db "PRAGMA integrity_check; SELECT name, state FROM run") == \
    $'ok\nother|complete' ]] || fail "the other database was mixed with the first"
[[ $(sqlite3 away.db "PRAGMA integrity_check; SELECT name, samples > 5, state FROM run") == \
    $'ok\nreplaced|1|interrupted' ]] || fail "what was moved away is not whole"

start bench "$VIZ" --benchmark --headless --no-csv --store bench.db --run-name bench
await "rows in the store" has_frames bench.db
rm bench.db
kill -INT "${pid[bench]}"
end bench
[[ $status == 1 ]] || fail "the benchmark without its store ended with $status"
says bench.err "bench.db was replaced or removed while it was written"
interrupt device
