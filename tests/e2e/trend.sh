#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs night after night, and whether viz trend says where they changed: once for a step,
# never for equal runs or for a single wild one.
source "$(dirname "$0")/lib.bash"
export TZ=UTC XDG_DATA_HOME=$work/data

# nights TAG MEAN...: a run for each, a day apart, 200 frames around MEAN.
nights()
{
    local tag=$1 file
    python3 - "$@" <<'PY'
import datetime, random, sys
random.seed(5)
tag, *means = sys.argv[1:]
for night, mean in enumerate(map(float, means), 1):
    start = datetime.datetime(2026, 1, night, 3, tzinfo=datetime.timezone.utc)
    start_ns = int(start.timestamp()) * 10**9
    with open(f"{tag}-{night:02}.csv", "w") as out:
        out.write("t,stream,host_ns,frame_ms\n")
        for frame in range(200):
            out.write(f"{frame / 60:.6f},frames,{start_ns + frame * 16666667},"
                      f"{mean + random.gauss(0, 0.05):.6f}\n")
PY
    for file in "$tag"-*.csv; do
        "$VIZ" import "$file" --again --tags "$tag" --run-name "${file%.csv}" >/dev/null
    done
}

calm=(10 10.02 9.99 10.01 9.98 10.03 10)
nights step "${calm[@]}" 10.3 10.32 10.29 10.31 10.28
nights same 10 10 10 10 10 10 10 10 10 10 10 10
nights wild "${calm[@]}" 10.01 9.99 10.02 10 15
nights down "${calm[@]}" 9.7 9.72 9.69 9.71 9.68
nights few 10 10 10 12

# The step.
[[ $(run step "$VIZ" trend step) == 0 && ! -s step.err ]] || fail "trend step"
[[ $(grep -c 'changed by' step.out) == 1 ]] || fail "not one change"
grep -A 1 'changed by' step.out | tail -n 1 | grep -q 'step-08' || fail "not at run 8"
says step.out 'worse'
says step.out 'frame_ms is worse since run 8 (2026-01-08, step-08)'
[[ $(grep -c '^2026-01-' step.out) == 12 ]] || fail "not a line for each run"
[[ $(wc -L <step.out) -le 100 ]] || fail "too wide"
"$VIZ" trend step --json >step.json
holds step.json 'verdict == "worse"' 'metric == "frame_ms"' 'changes == 1' \
    '[at for at, run in enumerate(runs) if run.change] == [7]' \
    'runs[7].change.percent_low < 3 < runs[7].change.percent_high' \
    'runs[7].change.p < 0.02' 'all(run.low < run.value < run.high for run in runs)' \
    'runs_needed == 8'
[[ $(run gate "$VIZ" trend tag:step --gate) == 3 ]] || fail "a gate that is passed"
[[ $(run gate "$VIZ" trend step --strict) == 3 ]] || fail "--strict of what is worse"
[[ $(run gate "$VIZ" trend down --gate) == 0 ]] || fail "a gate against the better"
says gate.out 'frame_ms is better since'

# The same bytes, with any number of threads.
for options in '' '--threads 1' '--threads 5'; do
    # shellcheck disable=SC2086
    "$VIZ" trend step --statistic median --json $options >again.json
    [[ -s median.json ]] || cp again.json median.json
    cmp -s again.json median.json || fail "other bytes with $options"
done
holds median.json 'verdict == "worse"' 'statistic == "median"'

# None.
[[ $(run same "$VIZ" trend same --gate --strict) == 0 ]] || fail "trend same"
says same.out 'frame_ms has not changed in 12 runs'
[[ $(run wild "$VIZ" trend wild --gate) == 0 ]] || fail "trend wild"
[[ $(run strict "$VIZ" trend wild --strict) == 4 ]] || fail "--strict of what is not shown"
! grep -q 'changed by' same.out wild.out || fail "a change that is none"
[[ $(run few "$VIZ" trend few) == 0 ]] || fail "trend few"
says few.out 'can be shown with 4 runs: at alpha 0.05 it takes 8'

# The newest run or two unlike the others: nobody may take that for all being well.
steady=(10 10.01 9.99 10.005 9.995 10.01 9.99 10 10.01 9.99 10 10.005 9.995)
nights late "${steady[@]}" 10.3
nights later "${steady[@]}" 10.3 10.3
[[ $(run late "$VIZ" trend late --strict) == 4 ]] || fail "a late run taken for equivalent"
says late.out 'The newest run is 3.0'
says late.out 'one run is no change yet'
! grep -q 'has not changed' late.out || fail "has not changed, with a late run"
[[ $(run later "$VIZ" trend later --strict) =~ ^[34]$ ]] || fail "two late runs, equivalent"
"$VIZ" trend late --json >late.json
holds late.json 'verdict == "not shown"' 'newest.unexpected == 1' 'newest.runs == 3' \
    'newest.unexpected_beyond_limit' 'not newest.within' \
    '9.9 < newest.expected_low < newest.expected_high < 10.1'

# What lacks the metric, or values enough of it.
sed '1s/frame_ms/other/' few-01.csv >other.csv
"$VIZ" import other.csv --tags few --run-name other >/dev/null
[[ $(run lack "$VIZ" trend few --metric frame_ms) == 0 ]] || fail "a run without it"
says lack.out 'runs that have no frame_ms: '
says lack.out '–'
[[ $(run p99 "$VIZ" trend step --statistic p99) == 0 ]] || fail "trend of p99"
says p99.out 'n is too small (p99 needs 368 effective)'
"$VIZ" trend few --metric frame_ms --json >few.json
! grep -q 'NaN' few.json || fail "NaN in JSON"
holds few.json 'runs[-1].value is not None or runs[-1].why == "no such metric"' \
    'sorted(run.why or "" for run in runs)[-1] == "no such metric"' \
    'detectable_percent is None' 'runs_with_value == 4'

# Words that cannot be.
for words in '' 'step same' 'step --metric nope' 'step --metric a,b' 'step --statistic p98' \
    'step --alpha 0'; do
    # shellcheck disable=SC2086
    [[ $(run words "$VIZ" trend $words) == 2 && ! -s words.out ]] || fail "trend $words"
    [[ $(wc -l <words.err) == 1 ]] || fail "trend $words: not one sentence"
done
for words in '' ',' 'step,' ',step' 'step,,same'; do
    [[ $(run words "$VIZ" trend "$words") == 2 && ! -s words.out ]] || fail "trend '$words'"
    [[ $(wc -l <words.err) == 1 ]] || fail "trend '$words': not one sentence"
    says words.err 'a run is missing'
done
[[ $(run none "$VIZ" trend nothing) == 1 && ! -s none.out ]] || fail "no such tag"
