#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs into the store from the files of other programs, out again, and every value of them
# compared by a reader that is not ours.
source "$(dirname "$0")/lib.bash"
export TZ=UTC XDG_DATA_HOME=$work/data

# A database as the Python collector makes it, statement by statement.
cat >collector.py <<'PY'
import datetime, random, sqlite3, struct, sys, uuid
random.seed(3)
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA synchronous = OFF")
db.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT)")
db.execute("""CREATE TABLE benchmark_runs (id TEXT PRIMARY KEY, name TEXT NOT NULL,
    description TEXT, started_at TEXT NOT NULL, completed_at TEXT, duration_seconds REAL,
    host TEXT NOT NULL, sample_count INTEGER DEFAULT 0, firmware_version TEXT,
    device_uptime_ms INTEGER, avg_total_us_mean REAL, avg_total_us_p50 REAL,
    avg_total_us_p95 REAL, avg_total_us_p99 REAL, cpu_load_mean REAL, cpu_load_p95 REAL,
    hop_count INTEGER, goertzel_count INTEGER, tags TEXT)""")
db.execute("""CREATE TABLE benchmark_samples (id TEXT PRIMARY KEY, run_id TEXT NOT NULL,
    timestamp_utc TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
    avg_total_us REAL NOT NULL, avg_goertzel_us REAL NOT NULL,
    peak_total_us INTEGER NOT NULL, peak_goertzel_us INTEGER NOT NULL,
    cpu_load_percent REAL NOT NULL, hop_count INTEGER NOT NULL,
    goertzel_count INTEGER NOT NULL, flags INTEGER NOT NULL,
    FOREIGN KEY (run_id) REFERENCES benchmark_runs (id))""")
db.execute("CREATE INDEX idx_run ON benchmark_samples (run_id)")
db.execute("INSERT INTO schema_version VALUES (1, '2025-12-20T10:00:00')")
def float32(bits):
    return struct.unpack("<f", struct.pack("<I", bits))[0]
begin = datetime.datetime(2025, 12, 20, 10, 0, 0, 123456)
for number, (name, done) in enumerate([("base, line", 1), ("tuned", 1), ("cut", None)]):
    run = str(uuid.UUID(int=number + 1, version=4))
    start = begin + datetime.timedelta(hours=number)
    db.execute("INSERT INTO benchmark_runs (id, name, description, started_at, "
               "completed_at, host, tags) VALUES (?, ?, ?, ?, ?, ?, ?)",
               (run, name, 'said "so"', start.isoformat(),
                (start + datetime.timedelta(seconds=99)).isoformat() if done else None,
                "lightwaveos.local", "night,base" if number else None))
    for n in range(500):
        bits = [random.choice([random.getrandbits(32), 0x45000000 + random.getrandbits(20),
                               0x7f7fffff, 1, 0x7f800000, 0]) for _ in range(3)]
        values = [float32(b) if b & 0x7fffffff <= 0x7f800000 else 0.5 for b in bits]
        # Without a fraction isoformat() leaves it out.
        stamp = start + datetime.timedelta(microseconds=100_000 * n - 123456 * (n == 7))
        db.execute("INSERT INTO benchmark_samples VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                   (str(uuid.uuid4()), run, stamp.isoformat(), (4294960000 + 100 * n) % 2**32,
                    values[0], values[1], random.getrandbits(16), random.getrandbits(16),
                    values[2], (5 * n) % 2**32, (5 * n) % 2**16, random.getrandbits(8)))
        db.commit()
PY
python3 collector.py old.db
sha256sum old.db >sum
[[ $(run import "$VIZ" import old.db --tags more) == 0 && ! -s import.err ]] || fail "import"
sha256sum --quiet -c sum || fail "the old database was written to"
[[ ! -e old.db-wal && ! -e old.db-journal ]] || fail "something beside the old database"
[[ $(wc -l <import.out) == 3 ]] || fail "a line for each run"

cat >compare.py <<'PY'
import csv, datetime, json, sqlite3, struct, sys
old = sqlite3.connect("old.db")
names = ("timestamp_utc timestamp_ms avg_total_us avg_goertzel_us peak_total_us "
         "peak_goertzel_us cpu_load_percent hop_count goertzel_count flags").split()
name, file = sys.argv[1:]
want = old.execute(f"SELECT {', '.join('s.' + n for n in names)} FROM benchmark_samples s "
                   "JOIN benchmark_runs r ON r.id = s.run_id WHERE r.name = ? "
                   "ORDER BY s.rowid", (name,)).fetchall()
if file.endswith(".json"):
    document = json.load(open(file))
    run = document["run"]
    assert run["name"] == name and run["description"] == 'said "so"', run
    assert run["host"] == "lightwaveos.local" and run["origin"] == "import", run
    assert run["tags"] == (["base", "more", "night"] if name != "base, line" else ["more"])
    assert run["state"] == ("interrupted" if name == "cut" else "complete"), run
    rows = document["samples"]
    assert all(list(row) == names for row in rows)
else:
    rows = list(csv.DictReader(open(file, newline="")))
    assert open(file).readline().strip().split(",") == names
assert len(rows) == len(want) == 500
def bits(value):
    return struct.pack("<f", float(value))
for got, row in zip(rows, want):
    for key, value in zip(names, row):
        if key == "timestamp_utc":
            assert datetime.datetime.fromisoformat(got[key]) == \
                datetime.datetime.fromisoformat(value), (got, row)
        elif isinstance(value, float):
            assert bits(got[key]) == bits(value), (key, got[key], value)
        else:
            assert int(got[key]) == value, (key, got[key], value)
PY
for name in 'base, line' tuned cut; do
    for format in csv json; do
        [[ $(run export "$VIZ" export "$name" --format $format --output "out.$format") == 0 ]] ||
            fail "export of $name"
        python3 compare.py "$name" "out.$format" || fail "$name as $format"
    done
done

# Once more: skipped, unless it is asked for.
[[ $(run again "$VIZ" import old.db) == 0 && ! -s again.out ]] || fail "imported twice"
says again.err 'was imported before and is run 2: skipped'
[[ $(run again "$VIZ" import old.db --again) == 0 && $(wc -l <again.out) == 3 ]] ||
    fail "--again"

# What an export says comes back to the byte, as CSV, with all columns, and as JSON.
for how in '--format csv' '--format csv --all' '--format json'; do
    suffix=${how#--format }
    suffix=${suffix%% *}
    # shellcheck disable=SC2086
    "$VIZ" export cut --db "$work/one.db" $how >/dev/null 2>&1 && fail "no such store"
    # shellcheck disable=SC2086
    "$VIZ" export 1 $how --output "one.$suffix" 2>export.err || fail "export $how"
    [[ $(run back "$VIZ" import "one.$suffix" --db back.db) == 0 ]] || fail "import $how"
    # shellcheck disable=SC2086
    "$VIZ" export @latest $how --db back.db --output "two.$suffix" 2>export.err
    if [[ $suffix == csv ]]; then
        cmp one.csv two.csv || fail "$how comes back otherwise"
    else
        cmp <(sed '1,/"samples":\[/d' one.json) <(sed '1,/"samples":\[/d' two.json) ||
            fail "$how comes back otherwise"
    fi
    rm back.db
done

# In a locale with a decimal comma numbers have points.
LC_ALL=de_DE.UTF-8 "$VIZ" export 1 >comma.csv
"$VIZ" export 1 | cmp - comma.csv || fail "numbers depend on the locale"

# Names are UTF-8: of a file whose name is not, as much as is; a name that was given is
# refused.
printf 't,ax\n1,2\n2,3\n' >$'m\xff.csv'
[[ $(run bytes "$VIZ" import $'m\xff.csv' --db bytes.db) == 0 &&
    $(sqlite3 bytes.db "SELECT name FROM run") == 'm?' ]] || fail "a name of bytes"
[[ $(run bytes "$VIZ" import $'m\xff.csv' --db bytes.db --again --run-name $'\xff') == 1 &&
    $(sqlite3 bytes.db "SELECT count(*) FROM run") == 1 ]] || fail "a name of bytes given"
says bytes.err 'must be UTF-8'

# Output: whole or not at all, never over what is no file.
echo precious >kept
chmod 640 kept
[[ $(run none "$VIZ" export nobody --output kept) == 1 ]] || fail "no such run"
[[ $(<kept) == precious ]] || fail "a failed export overwrote a file"
[[ $(run good "$VIZ" export 1 --output kept) == 0 && $(stat -c %a kept) == 640 ]] ||
    fail "over a file"
mkdir folder
[[ $(run folder "$VIZ" export 1 --output folder) == 1 ]] || fail "over a folder"
says folder.err 'Is a directory'
[[ $(run null "$VIZ" export 1 --output /dev/null) == 0 && -c /dev/null ]] || fail "a device"
[[ -z $(find . -name '.*kept*' -o -name '.*folder*') ]] || fail "a draft is left"
if [[ -c /dev/full ]]; then
    "$VIZ" export 1 >/dev/full 2>full.err && fail "a full disk"
    says full.err 'No space left'
fi

# A pipe that nobody reads any more: quiet, exit status 1.
(
    set +o pipefail
    (
        status=0
        "$VIZ" export 1 --format json --all 2>pipe.err || status=$?
        echo "$status" >pipe.status
    ) | head -c 1 >/dev/null
)
# 500 rows may fit into the pipe before its end is closed.
[[ $(<pipe.status) == [01] && ! -s pipe.err ]] || fail "a closed pipe"
mkfifo fifo
"$VIZ" export 1 --all >fifo 2>fifo.err &
pid[writer]=$!
exec 8<fifo
exec 8<&-
end writer
[[ ($status == 1 || $status == 0) && ! -s fifo.err ]] || fail "a closed pipe: $status"

# A row that cannot be read is counted, with its line.
"$VIZ" export 1 | sed '11s/,/,x/2' >bad.csv
[[ $(run bad "$VIZ" import bad.csv) == 0 ]] || fail "a bad row"
says bad.err 'bad.csv: 1 row could not be read and is left out; the first is row 11'
says bad.out '"bad": 499 samples'

# Sensors: the files of a session are a run.
python3 - <<'PY'
import json, math, os
os.mkdir("log")
for sensor in (1, 2, 3):
    base = f"log/walk_mpu_S{sensor}_2026-01-31_12-00-00.csv"
    with open(base, "w", newline="") as file:
        file.write("timestamp_ns,t_s,sensor_id,ax,ay,az,gx,gy,gz\n")
        for n in range(200):
            file.write(f"{7_000_000_000_000 + n * 5_000_000 + sensor * 1000},{n / 200:.6f},"
                       f"{sensor}," + ",".join(repr(math.sin(n / 9 + axis) * 9.80665)
                                               for axis in range(6)) + "\n")
    json.dump({"start_utc": "2026-01-31T12:00:00.250000+00:00", "sensor_id": sensor,
               "session_name": "walk", "requested_rate_hz": 200.0, "hostname": "pi",
               "start_monotonic_ns": 7_000_000_000_000, "version": 3},
              open(base + ".meta.json", "w"))
PY
[[ $(run imu "$VIZ" import log/*) == 0 && $(wc -l <imu.out) == 1 ]] || fail "a session"
"$VIZ" export walk --format json --output walk.json 2>export.err
python3 - <<'PY' || fail "the session's values"
import csv, glob, json
document = json.load(open("walk.json"))
assert document["run"]["started_utc"].startswith("2026-01-31T12:00:00.25")
assert document["run"]["requested"]["imu"][0]["version"] == 3
streams = {stream["name"]: stream for stream in document["streams"]}
assert sorted(streams) == ["S1", "S2", "S3"]
assert streams["S1"]["requested_hz"] == 200 and streams["S1"]["samples"] == 200
assert [c["unit"] for c in streams["S2"]["channels"]] == ["m/s²"] * 3 + ["°/s"] * 3
samples = document["samples"]
assert [s["t"] for s in samples] == sorted(s["t"] for s in samples)
for sensor in (1, 2, 3):
    rows = list(csv.DictReader(open(glob.glob(f"log/walk_mpu_S{sensor}_*.csv")[0])))
    mine = [s for s in samples if s["stream"] == f"S{sensor}"]
    assert len(mine) == len(rows)
    for got, row in zip(mine, rows):
        assert round(got["t"] * 10**9) == int(row["timestamp_ns"])
        assert all(got[a] == float(row[a]) for a in "ax ay az gx gy gz".split())
PY

# The program's own benchmark file.
if "$VIZ" --benchmark --headless --duration 1 --warmup 0.2 --csv bench.csv >bench.out 2>bench.err
then
    [[ $(run own "$VIZ" import bench.csv) == 0 ]] || fail "the benchmark's file"
    "$VIZ" export bench >own.csv
    python3 - <<'PY' || fail "the benchmark's values"
import csv
a, b = (list(csv.DictReader(open(name))) for name in ("bench.csv", "own.csv"))
assert a and len(a) == len(b) and list(a[0]) == list(b[0])
number = lambda text: float(text) if text else None
for x, y in zip(a, b):
    assert all(number(x[key]) == number(y[key]) for key in x)
PY
fi

# A run of a benchmark comes back from JSON as it was, but for whose it is.
if "$VIZ" --benchmark --headless --duration 1 --warmup 0.2 --store kept.db --run-name kept \
    >bench.out 2>bench.err
then
    "$VIZ" export kept --db kept.db --format json --all --output kept1.json 2>export.err
    touch -d 2001-01-01 kept1.json
    [[ $(run kept "$VIZ" import kept1.json --db kept2.db) == 0 ]] || fail "a kept benchmark"
    "$VIZ" export kept --db kept2.db --format json --all --output kept2.json 2>export.err
    python3 - <<'PY' || fail "a kept benchmark comes back otherwise"
import json
a, b = (json.load(open(f"kept{i}.json")) for i in (1, 2))
for document in (a, b):
    for key in ("id", "uuid", "origin"):
        del document["run"][key]
del b["run"]["delivered"]["import"]
assert a == b and a["samples"] and a["streams"][1]["channels"][0]["unit"] == "ms"
PY
fi

# Files without an end: refused, or stopped at once, with little memory.
without_end()
{
    case $1 in
    text) yes x ;;
    blank) yes '' ;;
    line) echo t,fps && tr '\0' x </dev/zero ;;
    rows) echo t,fps && yes 1,2 ;;
    list) echo '[' && yes '{"t":1,"a":2},' ;;
    object) echo '[{"a' && yes x ;;
    esac
}
for name in text blank line rows list object; do
    mkfifo "$name.pipe"
    (without_end "$name" >"$name.pipe" 2>/dev/null || true) &
    pid[writer]=$!
    (
        is_sanitized || ulimit -v 1000000
        exec timeout --foreground -k 10 2 "$VIZ" import "$name.pipe" --db endless.db
    ) >"$name.out" 2>"$name.err" && fail "$name has an end"
    grep -qE 'stopped|cannot be read on|in no format' "$name.err" ||
        fail "what is wrong with $name is not said"
    wait "${pid[writer]}" || true
    unset "pid[writer]"
done
status=0
timeout --foreground -k 10 5 "$VIZ" import /dev/zero >zero.out 2>zero.err || status=$?
[[ $status == 1 ]] || fail "/dev/zero: $status"

# JSON that is cut off is an interrupted run.
"$VIZ" export 1 --format json >whole.json
head -c $(($(stat -c %s whole.json) * 9 / 10)) whole.json >torn.json
[[ $(run torn "$VIZ" import torn.json --db torn.db) == 1 ]] || fail "torn JSON is whole"
says torn.err 'cannot be read on: it ends before its list does'
says torn.out ', interrupted'
printf '\xff\xfet\0,\0' >utf16.csv
[[ $(run utf16 "$VIZ" import utf16.csv) == 1 ]] || fail "UTF-16"
says utf16.err 'is UTF-16: save it as UTF-8'

# More files than a session has sources.
mkdir many
for i in {1..100}; do
    printf 't,a\n1,%s\n' "$i" >"many/$i.csv"
done
[[ $(run many "$VIZ" import many/*.csv --db many.db) == 0 && $(wc -l <many.out) == 100 ]] ||
    fail "a hundred files"

# Memory does not grow with the run, and head is served.
python3 -c 'print("t,a")
for i in range(400_000): print(i, i, sep=",")' >large.csv
"$VIZ" import large.csv --db large.db >large.out
peak()
{
    python3 - "$@" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
}
for format in csv json; do
    small=$(peak "$VIZ" export 1 --db many.db --format $format --all)
    large=$(peak "$VIZ" export large --db large.db --format $format --all)
    ((large < small + 30000)) || fail "export as $format: $large kB, not $small kB"
done
(
    set +o pipefail
    (
        status=0
        "$VIZ" export large --db large.db 2>head.err || status=$?
        echo "$status" >head.status
    ) | head -n 3 >head.lines
)
[[ $(<head.status) == 1 && ! -s head.err && $(wc -l <head.lines) == 3 ]] || fail "head"

# Wrong usage.
[[ $(run usage "$VIZ" export) == 2 && $(run usage "$VIZ" export 1 2) == 2 ]] || fail "usage"
[[ $(run usage "$VIZ" import) == 2 ]] || fail "usage of import"
[[ $(run usage "$VIZ" import --format xml old.db) == 2 ]] || fail "a format"
