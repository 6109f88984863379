#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz serve beside others who write its store, remove it and put something else there.
source "$(dirname "$0")/lib.bash"
export XDG_DATA_HOME=$work/data
type -P curl >/dev/null || skip "no curl here"
printf 't,stream,host_ns,frame_ms\n0,f,1000000000000000000,1\n1,f,1000000001000000000,2\n' >a.csv
add()
{
    "$VIZ" import a.csv --db runs.db --run-name "$1" --again >/dev/null || fail "add $1"
}
add first
start serve "$VIZ" serve --port 0 --db "$work/runs.db" --workers 4
await "the server" grep -q 'serving http://' serve.err
url=$(sed -n 's/.*serving \(http:[^ ]*\)\/.*/\1/p' serve.err)
runs()
{
    curl -sg "$url/api/runs?limit=0" | grep -o '"uuid"' | wc -l
}
store_is()
{
    [[ $(curl -s "$url/api/health") =~ \"store\":.*\"open\":$1 ]]
}

# Each writer is the last to close the store but for the server, which still has it.
count=1
for name in second third fourth; do
    for _ in 1 2 3 4 5 6; do
        [[ $(runs) == "$count" ]] || fail "before the $name: $(runs) runs, not $count"
    done
    add $name
    count=$((count + 1))
    [[ -e runs.db-wal ]] || fail "the $name took the log away"
done
[[ $(runs) == 4 ]] || fail "at last: $(runs) runs"
await "a store that is well" store_is true

rm runs.db*
[[ $(curl -s -o gone.out -w "%{http_code}" "$url/api/runs/1") == 404 ]] || fail "it is still there"
curl -s "$url/api/health" >health.out
grep -q '"status":"degraded".*"error":"the store was removed: there is none"' health.out ||
    fail "health does not know it at once"
mkfifo runs.db
[[ $(curl -s -o pipe.out -w '%{http_code}' "$url/api/runs") == 500 ]] || fail "a pipe"
said=$(sed 's/{"error": \(.*\)}/\1/' pipe.out)
[[ $(curl -s "$url/api/health") == *"\"error\":$said"* ]] || fail "not the same sentence: $said"
rm runs.db
add again
await "a store that is another" store_is true
[[ $(runs) == 1 ]] || fail "another: $(runs) runs"

# The file stays, its content is another's; nothing is in the log.
for name in one two three; do
    "$VIZ" import a.csv --db other.db --run-name $name --again >/dev/null || fail "add $name"
done
cp other.db runs.db
for _ in 1 2 3 4; do
    [[ $(runs) == 3 ]] || fail "copied into it: $(runs) runs"
done
has_three()
{
    [[ $(curl -s "$url/api/health") =~ \"runs\":3, ]]
}
await "the runs of the one that was copied" has_three
interrupt serve
