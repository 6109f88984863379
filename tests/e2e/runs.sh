#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Stored runs: listed, shown, deleted. What viz show computes is computed again, from the
# exported rows, in plain Python.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data

# Without a store.
[[ $(run none "$VIZ" runs) == 1 && ! -s none.out ]] || fail "runs without a store"
says none.err "$work/data/viz/runs.db"
[[ $(run none "$VIZ" show 1) == 1 ]] || fail "show without a store"
[[ $(run none "$VIZ" delete --yes 1) == 1 ]] || fail "delete without a store"
[[ ! -e data ]] || fail "a store was made by looking for it"

start device "$VIZ" device --port 0 --seed 5 --mean 6000 --sd 500
await "the device" grep -q '/ws' device.err
device=$(grep -o 'ws://[^ ]*/ws' device.err | head -n 1)

# collect NAME ARGUMENT...: a run of the device; collected NAME waits for it.
collect()
{
    start "$1" "$VIZ" collect --host "$device" --run-name "$@"
}
collected()
{
    end "$1"
    [[ $status == 0 ]] || fail "collect $1"
}
collect first --duration 4 --tags base,night --description 'the first'
collect second --duration 2 --tags base
collected second
collected first
collect second --duration 0.5 --tags nightly
collected second

# The list: newest first, filters, JSON.
[[ $(run list "$VIZ" runs) == 0 && $(wc -l <list.out) == 4 ]] || fail "the list"
says list.out 'base,night'
[[ $(awk 'NR == 2 { print $1 }' list.out) == 3 ]] || fail "the newest first"
! grep -q $'\033' list.out || fail "no escape sequences into a file"
[[ $("$VIZ" list-runs) == "$(<list.out)" ]] || fail "list-runs is runs"
ids()
{
    "$VIZ" runs --json "$@" | python3 -c '
import json, sys
print(*sorted(run["id"] for run in json.load(sys.stdin)))'
}
first=$("$VIZ" runs --json | python3 -c '
import json, sys
print(*(run["id"] for run in json.load(sys.stdin) if run["name"] == "first"))')
others=$(ids --name SECOND)
[[ $(ids) == '1 2 3' && $(wc -w <<<"$others") == 2 ]] || fail "the ids: $(ids)"
[[ $(ids --tag night) == "$first" ]] || fail "a tag is exact"
[[ $(ids --tag nigh) == '' && $(ids --tag %) == '' ]] || fail "a tag is no pattern"
[[ $(ids --name irs) == "$first" && $(ids --name _irst) == '' ]] || fail "a name's part"
[[ $(ids --host 127.0.0.1) == '1 2 3' && $(ids --host 10.0.0.1) == '' ]] || fail "hosts"
[[ $(ids --limit 1) == 3 && $(ids --limit 0) == '1 2 3' ]] || fail "the limit"
[[ $(ids --since 2020-01-31) == '1 2 3' && $(ids --until 2020-01-31T12:00Z) == '' ]] ||
    fail "dates"
moment=$("$VIZ" runs --json --limit 1 | python3 -c '
import json, sys
print(json.load(sys.stdin)[0]["started"])')
[[ $(ids --since "$moment") == 3 || $(ids --until "$moment") == '1 2' ]] ||
    fail "the moment of a run: $moment"
[[ $(run list "$VIZ" runs --tag nothing) == 0 ]] || fail "nothing found is no failure"
says list.out 'no run is like that'
printf '{"runs": %s}' "$("$VIZ" runs --json)" >list.json
holds list.json 'len(runs) == 3' 'all(run.state == "complete" for run in runs)' \
    'runs[0].started_ns > runs[1].started_ns' 'runs[0].started.endswith("Z")' \
    'all(run.samples > 0 and run.duration_s > 0 for run in runs)'
for date in yesterday 2026-02-30 2026-1-1 12:00; do
    [[ $(run date "$VIZ" runs --since "$date") == 2 ]] || fail "--since $date"
    says date.err 'expected a date'
done

# One run: every figure again.
"$VIZ" export "$first" --all --output first.csv 2>export.err || fail "export"
"$VIZ" show "$first" --json --ema 0.3 --bins 7 >first.json || fail "show --json"
"$VIZ" show first >first.txt || fail "show by name"
python3 - <<'PYTHON' || fail "viz show and Python do not agree"
import csv, json, math, statistics, struct
from fractions import Fraction

def single(text):
    """A frame's float, which is written with the fewest digits that name it."""
    return struct.unpack("f", struct.pack("f", float(text)))[0]

def percentile(values, percent):
    values = sorted(map(Fraction, values))
    at = (len(values) - 1) * Fraction(percent) / 100
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return float(values[low] + (at - low) * (values[high] - values[low]))

def same(name, got, expected):
    assert math.isclose(got, expected, rel_tol=1e-12), (name, got, expected)

rows = list(csv.DictReader(open("first.csv")))
stream = json.load(open("first.json"))["streams"][0]
assert len(rows) == stream["samples"] >= 30, (len(rows), stream["samples"])
for channel in stream["channels"]:
    name = channel["name"]
    number = float if name.startswith("peak") else single
    values = [number(row[name]) for row in rows
              if row.get(name) and int(row["hop_count"])]
    assert len(values) == channel["n"], name
    if not values:
        assert channel["mean"] is None
        continue
    exact = list(map(Fraction, values))
    average = values[0]
    for value in values[1:]:
        average = 0.3 * value + 0.7 * average
    low, high = min(values), max(values)
    bins = [0] * 7
    for value in values:
        at = int((value - low) / (high - low) * 7) if high > low else 0
        bins[min(at, 6)] += 1
    same(name, channel["mean"], float(sum(exact) / len(exact)))
    same(name, channel["sd"], statistics.stdev(exact))
    same(name, channel["ema"], average)
    for percent in (50, 95, 99):
        same(name, channel[f"p{percent}"], percentile(values, percent))
    assert (channel["min"], channel["max"]) == (low, high), name
    assert channel["distinct"] == len(set(values)), name
    assert channel["histogram"] == bins, (name, bins)
hops = [int(row["hop_count"]) for row in rows]
assert stream["unpublished"] == hops.count(0), stream["unpublished"]
fresh = 1 + sum(a != b for a, b in zip(hops, hops[1:]))
assert stream["published"] + (hops[0] == 0) == fresh, (stream["published"], fresh)
assert stream["repeats"] == len(rows) - fresh
same("flags", stream["flags"][1]["share"],
     sum(int(row["flags"]) >> 1 & 1 for row in rows) / len(rows))
if stream["hop_hz"] is not None:
    assert 40 < stream["hop_hz"] < 60, stream["hop_hz"]
    hop_us = [single(row["avg_total_us"]) for row in rows if int(row["hop_count"])]
    same("load", stream["true_load_percent"],
         statistics.fmean(hop_us) * stream["hop_hz"] / 1e4)
PYTHON
says first.txt 'type 7'
says first.txt 'percentiles of averages, not of hops'
says first.txt 'the first'
says first.txt '█'
LC_ALL=C "$VIZ" show first >plain.txt
says plain.txt '###'
! grep -q '█' plain.txt || fail "blocks in a locale without them"
"$VIZ" show first --metric hop_count >metric.txt
says metric.txt 'hop_count: n '
[[ $(run metric "$VIZ" show first --metric speed) == 1 ]] || fail "an unknown channel"
says metric.err 'avg_total_us'
"$VIZ" show first --profile readme >readme.txt
says readme.txt 'timing warning 100 %'
says first.txt 'enabled 100 %'

# Which run.
uuid=$("$VIZ" runs --json --name first | python3 -c '
import json, sys
print(json.load(sys.stdin)[0]["uuid"])')
for selector in "$first" "$uuid" "${uuid:0:8}" first tag:night; do
    "$VIZ" show "$selector" | head -n 1 | grep -q ": first$" || fail "show $selector"
done
"$VIZ" show @latest | head -n 1 | grep -q '^run 3: second$' || fail "show @latest"
for selector in second tag:base; do
    [[ $(run several "$VIZ" show "$selector") == 1 && ! -s several.out ]] ||
        fail "show $selector"
    [[ $(wc -l <several.err) == 3 ]] || fail "$selector: the candidates"
done
for selector in third 99 tag:none abcdabcd '' -- 0 -1; do
    [[ $(run missing "$VIZ" show -- "$selector") != 0 && ! -s missing.out ]] ||
        fail "show $selector"
    [[ $(wc -l <missing.err) == 1 ]] || fail "show $selector: not one sentence"
done

# While it is being recorded.
collect live
live_is()
{
    "$VIZ" runs --name live | grep -q "$1"
}
live_samples()
{
    "$VIZ" show live --json | python3 -c '
import json, sys
print(sum(stream["samples"] for stream in json.load(sys.stdin)["streams"]))'
}
has_more_than()
{
    (($(live_samples) > $1))
}
await "the live run" live_is recording
await "frames of the live run" has_more_than 2
await "more frames of the live run" has_more_than "$(live_samples)"
[[ $(run busy "$VIZ" delete --yes live) == 1 ]] || fail "deleted under its writer"
says busy.err 'being recorded'
kill -KILL "${pid[live]}"
end live
await "the state of a run whose writer is gone" live_is interrupted

# Words that cannot be.
for words in 'runs first' 'show' 'show first second' 'delete' 'delete --yes' \
    'show first --bins 0' 'show first --ema 2' 'show first --ema 0' 'runs --limit -1'; do
    # shellcheck disable=SC2086
    [[ $(run words "$VIZ" $words </dev/null) == 2 && ! -s words.out ]] || fail "viz $words"
    [[ $(wc -l <words.err) == 1 ]] || fail "viz $words: not one sentence"
done

# Deleting: not without a question, not the wrong one, all or nothing.
[[ $(run delete "$VIZ" delete first </dev/null) == 2 ]] || fail "delete without a terminal"
says delete.err '--yes'
[[ $(run delete "$VIZ" delete --yes first third) == 1 ]] || fail "one is missing"
[[ $(run delete "$VIZ" delete --yes second) == 1 ]] || fail "an ambiguous one"
[[ $(ids) == '1 2 3 4' ]] || fail "something was deleted"
# answer TEXT: what a person types.
answer()
{
    python3 -c '
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b""
while b"[y/N]" not in text:
    text += os.read(terminal, 4096)
os.write(terminal, sys.stdin.readline().encode())
try:
    while os.read(terminal, 4096):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$VIZ" delete live <<<"$1"
}
for no in n '' nonsense; do
    ! answer "$no" || fail "\"$no\" deletes"
done
[[ $(ids) == '1 2 3 4' ]] || fail "deleted against the answer"
answer y || fail "\"y\" does not delete"
[[ $(ids) == '1 2 3' ]] || fail "not deleted after the answer"
[[ $(run delete "$VIZ" delete --yes "$first" first @latest) == 0 ]] || fail "delete --yes"
[[ $(wc -l <delete.out) == 2 && $(ids | wc -w) == 1 ]] || fail "each once: $(ids)"
# shellcheck disable=SC2046
"$VIZ" delete --yes $(ids) >/dev/null
[[ $(run list "$VIZ" runs) == 0 ]] || fail "an empty store"
says list.out 'no runs yet'
[[ $("$VIZ" runs --json) == '[]' ]] || fail "an empty store as JSON"

# A full disk behind "> file".
[[ $(run full bash -c '"$1" runs >/dev/full' _ "$VIZ") == 1 ]] || fail "a full disk"

# What is no store.
echo 'not a database, but long enough to be looked at as one' >text.db
[[ $(run other "$VIZ" runs --db text.db) == 1 ]] || fail "a text for a store"
[[ $(run other "$VIZ" show 1 --db "$work") == 1 ]] || fail "a folder for a store"
[[ $(run other "$VIZ" runs --db postgresql://host/db) == 1 ]] || fail "a server"
says other.err 'SQLite'
