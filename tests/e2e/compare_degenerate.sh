#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What has no ordinary answer: no sample, one, none that differs, numbers that are none,
# runs of unequal length, lists that overlap, a device that boots. Each gets a sentence and
# valid reports; nothing prints NaN and nothing crashes.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data

start device "$VIZ" device --port 0 --seed 4 --hop-rate 2000 --reboot-at 1.5 --nan 20
await_device device
start boots "$VIZ" collect --host "127.0.0.1:$port" --run-name boots --duration 4
start still "$VIZ" device --port 0 --seed 5 --hop-rate 1
await_device still
start nothing "$VIZ" collect --host "127.0.0.1:$port" --run-name nothing --duration 2

python3 - <<'EOF'
import random

random.seed(1)

def write(name, values, columns="x"):
    with open(f"{name}.csv", "w", encoding="utf-8") as file:
        print(f"t,{columns}", file=file)
        for i, value in enumerate(values):
            print(f"{i / 100},{value}", file=file)

write("one", [5])
write("two", [5, 6])
write("constant", [5] * 200)
write("other", [7] * 300)
write("zero", [0] * 100)
write("ties", [random.choice((1, 2)) for _ in range(400)])
write("holes", [random.choice(("nan", "inf", "-inf", "", random.gauss(5, 1)))
                for _ in range(600)])
write("noise", [random.gauss(5, 1) for _ in range(500)])
write("long", [random.gauss(5, 1) for _ in range(5000)])
write("huge", [random.choice((-1, 1)) * 1.7e308 for _ in range(100)])
write("tiny", [random.choice((0, 5e-324, 1e-310)) for _ in range(100)])
write("numberless", ["nan"] * 50)
write("spike", [5] * 399 + [6])
write("strange", [1, 2, 3, 4], "y")
EOF
for file in *.csv; do
    [[ $(run import "$VIZ" import "$file") == 0 ]] || fail "import $file"
done
# One that has a stream and no sample, and one of which all is left out.
[[ $(run import "$VIZ" import one.csv --again --run-name none) == 0 ]] || fail "import none"
[[ $(run import "$VIZ" import two.csv --again --run-name excluded) == 0 ]] ||
    fail "import excluded"
python3 - data/viz/runs.db <<'EOF'
import sqlite3, sys

with sqlite3.connect(sys.argv[1], timeout=30) as db:
    db.execute("DELETE FROM sample WHERE run = (SELECT id FROM run WHERE name = 'none')")
    db.execute("UPDATE run SET samples = 0 WHERE name = 'none'")
    db.execute("INSERT INTO annotation (run, from_ns, to_ns, text, author, exclude)"
               " SELECT id, started_ns, started_ns + 1000000000, 'door', '', 1 FROM run"
               " WHERE name = 'excluded'")
EOF
end boots
[[ $status == 0 ]] || fail "collect boots"
end nothing
[[ $status == 0 ]] || fail "collect nothing"
interrupt device
interrupt still

cat >valid.py <<'EOF'
import json, re, sys

def refuse(word):
    raise ValueError(f"{word} in JSON")

name = sys.argv[1]
document = json.load(open(f"{name}.json", encoding="utf-8"), parse_constant=refuse)
words = {"better", "worse", "equivalent", "not shown", "different"}
assert document["verdict"] in words and document["sentence"], document["sentence"]
assert document["metrics"]
for metric in document["metrics"]:
    assert metric["verdict"] in words and metric["sentence"], metric["name"]
    for statistic in metric["statistics"].values():
        assert statistic["verdict"] or statistic["why"], metric["name"]
for suffix in ("out", "json", "md", "html"):
    text = open(f"{name}.{suffix}", encoding="utf-8").read()
    assert len(text) > 100, suffix
    # Not as a part of a word, nor as a run's name.
    for line in text.splitlines():
        found = re.search(r"(?<![\w.-])[-+]?(nan|inf|infinity)(?![\w-])", line, re.I)
        assert not found, f"{name}.{suffix}: {line:.200}"
    if suffix == "out":
        assert max(map(len, text.splitlines())) <= 100, "too wide"
print(document["verdict"])
EOF

# compared A B: every report of them is valid. The verdict goes to $verdict.
compared()
{
    [[ $(run c "$VIZ" compare "$1" "$2" --output c.json) == 0 && ! -s c.err ]] ||
        fail "compare $1 $2"
    cp c.out text
    for suffix in md html; do
        [[ $(run c "$VIZ" compare "$1" "$2" --output "c.$suffix") == 0 && ! -s c.err ]] ||
            fail "compare $1 $2 --output c.$suffix"
    done
    cmp -s text c.out || fail "$1 $2: another text the second time"
    verdict=$(python3 valid.py c) || fail "compare $1 $2"
}

names=(none one two constant other zero ties holes noise long huge tiny numberless spike excluded)
for ((i = 0; i < ${#names[@]}; i++)); do
    compared "${names[i]}" "${names[(i + 4) % ${#names[@]}]}"
done
compared noise,ties none
compared none,one,two holes,numberless
compared constant,other zero,tiny
compared huge,tiny constant,spike

# What is said of some of them. expect A B VERDICT WORDS EXPRESSION...
expect()
{
    local words=$4
    compared "$1" "$2"
    [[ $verdict == "$3" ]] || fail "$1 $2: $verdict, not $3"
    tr -s '\n ' ' ' <c.out | grep -qF -- "$words" || fail "$1 $2: nothing of: $words"
    shift 4
    holds c.json "$@"
}
expect none noise 'not shown' 'A has no values' \
    "sides.a.samples == 0" "metrics[0].statistics.mean.a is None"
expect excluded noise 'not shown' 'A has no values' \
    "metrics[0].runs.a[0].left_out.excluded == 2"
expect numberless noise 'not shown' 'A has no values' \
    "metrics[0].runs.a[0].left_out.not_finite == 50"
expect huge noise 'not shown' 'A has no values' \
    "metrics[0].runs.a[0].left_out.too_large == 100"
expect one two 'not shown' 'too few values for a test' \
    "metrics[0].statistics.mean.difference == 0.5" \
    "metrics[0].statistics.mean.p is None" "metrics[0].statistics.mean.interval is None"
expect constant other 'not shown' 'no variation to test' \
    "metrics[0].statistics.mean.difference == 2" "metrics[0].statistics.mean.p is None"
expect ties zero different 'x is different' "metrics[0].better == 'neither'"
expect holes noise 'not shown' '1 run a side' \
    "metrics[0].runs.a[0].n + metrics[0].runs.a[0].left_out.not_finite == 600" \
    "0 < metrics[0].runs.a[0].left_out.not_finite < 600"
expect noise long 'not shown' 'unequal length' \
    "sides.a.samples == 500" "sides.b.samples == 5000"

# The same run twice on a side is one run.
expect noise,noise long 'not shown' '1 run, 500 samples' "len(sides.a.runs) == 1"

# A device that boots: no value stands for hops before and after it. One that publishes
# nothing: no value.
expect boots nothing 'not shown' 'booted 1 time' \
    "all(run.boots == 1 and run.n > 0
         and run.left_out.beginning + run.left_out.broken >= 2
         for m in metrics for run in m.runs.a)" \
    "all(run.rows == run.n + sum(run.left_out.values())
         for m in metrics for run in m.runs.a + m.runs.b)" \
    "all(run.n == 0 and run.left_out.unmeasured == run.rows
         for m in metrics for run in m.runs.b)" \
    "metrics[0].runs.a[0].left_out.not_finite > 0"

# refused STATUS WORDS A B: one sentence, and nothing else.
refused()
{
    [[ $(run no "$VIZ" compare "$3" "$4" --output no.json) == "$1" ]] ||
        fail "compare $3 $4 does not end with $1"
    [[ ! -s no.out && ! -e no.json && $(wc -l <no.err) == 1 ]] ||
        fail "compare $3 $4: more than a sentence"
    says no.err "$2"
}
refused 2 'is on both sides' noise noise
refused 2 'is on both sides' noise,one two,one
refused 2 'is on both sides' noise 'noise,long'
refused 2 'no metric in common' noise strange
refused 2 'no metric in common' nothing noise
refused 1 'no run "nobody"' nobody noise
refused 1 'tag "nobody"' noise tag:nobody
refused 2 'missing' noise, one
refused 2 'missing' '' one
refused 2 'missing' noise ,

# Scripts can tell what is not known from what is not worse.
[[ $(run strict "$VIZ" compare none noise --strict) == 4 ]] || fail "strict about no value"
[[ $(run gate "$VIZ" compare none noise --gate) == 0 ]] || fail "no value shuts the gate"

if is_sanitized; then
    echo "sanitized, and nothing found"
else
    echo "a sentence for each"
fi
