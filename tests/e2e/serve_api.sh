#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The API of viz serve: every route and status that its description has, and the bytes that
# the commands print.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data
python=/usr/bin/python3
"$python" -c 'import jsonschema, numpy, scipy' 2>/dev/null ||
    skip "no Python with jsonschema, NumPy and SciPy here"

# Runs whose values are known, and one of a device.
"$python" - <<'PYTHON'
import datetime, random
random.seed(3)
def write(name, day, n, mean, step=0):
    start = datetime.datetime(2026, 1, day, 3, tzinfo=datetime.timezone.utc)
    start_ns = int(start.timestamp()) * 10**9
    with open(f"{name}.csv", "w", encoding="utf-8") as out:
        out.write("t,stream,host_ns,frame_ms\n")
        for i in range(n):
            value = mean + (step if i >= n // 2 else 0) + random.gauss(0, 0.3)
            if random.random() < 0.01:
                value += 5
            out.write(f"{i / 60:.6f},frames,{start_ns + i * 16666667},{value:.6f}\n")
write("calm", 1, 600, 10)
write("busy", 2, 600, 10.4)
write("short", 3, 40, 10)
write("step", 4, 400, 10, 1)
for night in range(1, 9):
    write(f"night{night}", night, 100, 10)
write("waste", 9, 20, 10)
PYTHON
take()
{
    "$VIZ" import "$1.csv" --db runs.db --run-name "$1" --tags "$2" --again >/dev/null ||
        fail "import $1"
}
take calm early
take busy late
take short late
take step other
take waste other
for night in 1 2 3 4 5 6 7 8; do take night$night nights; done
start device "$VIZ" device --port 0 --seed 5 --mean 6000 --sd 500
await "the device" grep -q '/ws' device.err
device=$(grep -o 'ws://[^ ]*/ws' device.err | head -n 1)
[[ $(run unit "$VIZ" collect --host "$device" --run-name unit --duration 1.5 --db runs.db) == 0 ]] ||
    fail "collect"
"$python" - <<'PYTHON'
import sqlite3
with sqlite3.connect("runs.db", timeout=10) as db: # a beginning that two runs share
    for i, name in enumerate(("night1", "night2")):
        db.execute("UPDATE run SET uuid = 'dead000' || ? || substr(uuid, 9)"
                   " WHERE name = ?", (i, name))
PYTHON

cp night1.csv broken.db
"$VIZ" import calm.csv --db locked.db >/dev/null
"$python" - <<'PYTHON' &
import sqlite3, time
db = sqlite3.connect("locked.db")
db.execute("PRAGMA locking_mode = exclusive")
db.execute("BEGIN EXCLUSIVE")
db.execute("CREATE TABLE other (x)")
open("held", "w").close()
time.sleep(600)
PYTHON
pid[holder]=$!
await "the store in use" test -e held

(umask 077 && echo 'a-token-of-this-test' >token)
start reading "$VIZ" serve --port 0 --db "$work/none.db"
start open "$VIZ" serve --port 0 --db "$work/runs.db" --token-file token --allow-write synth:
start broken "$VIZ" serve --port 0 --db "$work/broken.db" --token-file token --allow-write
start locked "$VIZ" serve --port 0 --db "$work/locked.db" --token-file token --allow-write \
    --workers 16
addresses=()
for server in open reading broken locked; do
    await "$server" grep -q 'serving http://' $server.err
    addresses+=("$(sed -n 's/.*serving \(http:[^ ]*\).*/\1/p' $server.err)")
done
"$python" "$here/serve_api.py" "$here/../../web/openapi.json" "$VIZ" "$work/runs.db" \
    "$device" 'a-token-of-this-test' "${addresses[@]}" >api.out 2>&1 ||
    fail "the API is not as described"
tail -n 1 api.out
for server in open reading broken locked; do
    interrupt $server
done
[[ ! -e none.db ]] || fail "a store was made by looking for it"
