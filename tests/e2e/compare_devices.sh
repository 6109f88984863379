#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole path: devices whose hops take 2 % longer and devices that are the same are
# collected and compared. What viz compare says of the mean is computed again from the
# exported frames, in plain Python.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data

# Their hops depend on the seed, which of them are seen on the clock: one comparison in a
# thousand may err.
alpha=0.001

# devices SIDE SEED EFFECT: five of them, a run of each, all at the same time.
declare -A first=()
devices()
{
    start "device_$1" "$VIZ" device --port 0 --devices 5 --seed "$2" --effect "$3" \
        --hop-rate 2000 --mean 5000 --sd 200
    await_device "device_$1"
    first[$1]=$(grep -o 'ws:[^ ]*' "device_$1.err" | head -n 1 |
        sed 's/.*:\([0-9]*\)\/ws/\1/')
}
devices before 11 0
devices again 12 0
devices after 13 2
for side in before again after; do
    for i in 0 1 2 3 4; do
        start "$side$i" "$VIZ" collect --host "127.0.0.1:$((first[$side] + i))" \
            --run-name "$side" --tags "$side" --duration 3
    done
done
for side in before again after; do
    for i in 0 1 2 3 4; do
        end "$side$i"
        [[ $status == 0 ]] || fail "collect $side$i"
    done
    interrupt "device_$side"
done

# Slower: seen, of the right size, and the gate is shut.
[[ $(run worse "$VIZ" compare before tag:after --alpha "$alpha" --gate \
    --output worse.json) == 3 ]] ||
    fail "the gate is open to what is worse"
says worse.out 'B is worse: '
[[ ! -s worse.err ]] || fail "words on stderr"
awk 'length($0) > 110 { exit 1 }' worse.out || fail "a line is too long"
holds worse.json "verdict == 'worse'" "len(sides.a.runs) == len(sides.b.runs) == 5" \
    "{m.name for m in metrics} == {'avg_total_us', 'avg_goertzel_us', 'cpu_load_percent'}" \
    "all(m.verdict == 'worse' and m.level == 'runs' for m in metrics)" \
    "all(m.family == (m.name != 'cpu_load_percent') for m in metrics)" \
    "all(m.statistics.mean.interval_percent[0] < 2 < m.statistics.mean.interval_percent[1]
         for m in metrics)" \
    "all(1 < m.statistics.mean.difference_percent < 3 for m in metrics)" \
    "metrics[0].statistics.mean.interval[0] < 100 < metrics[0].statistics.mean.interval[1]" \
    "metrics[0].statistics.mean.p_adjusted < alpha == $alpha"

# The other way around it is better, with the signs turned.
[[ $(run better "$VIZ" compare tag:after before --alpha "$alpha" --gate --json) == 0 ]] ||
    fail "the gate is shut to what is better"
holds better.out worse=worse.json "verdict == 'better'" \
    "avg_total_us_diff == -worse.avg_total_us_diff" \
    "abs(avg_total_us_pvalue - worse.avg_total_us_pvalue) <= 1e-12"

# The same: neither better nor worse, and the gate is open.
[[ $(run same "$VIZ" compare before again --alpha "$alpha" --gate --output same.json) == 0 ]] ||
    fail "the gate is shut to what is the same"
holds same.json "verdict in ('equivalent', 'not shown')" \
    "all(m.verdict in ('equivalent', 'not shown') for m in metrics)" \
    "all(m.statistics.mean.interval[0] < 0 < m.statistics.mean.interval[1] for m in metrics)"

# The same bytes from the same runs and seed, whatever computes them.
for threads in 1 3; do
    "$VIZ" compare before after --seed 5 --threads "$threads" --json >"seed$threads.json"
done
cmp seed1.json seed3.json || fail "threads change the result"

# Again, from the frames: the averages undone, a mean for each run, Welch's test.
"$VIZ" runs --json >runs.json
for id in {1..15}; do
    "$VIZ" export "$id" --output "$id.csv" 2>export.err || fail "export $id"
done
python3 - <<'EOF' || fail "plain Python says something else"
import csv, json, math

def mean_of(run):
    values, before = [], None
    for row in csv.DictReader(open(f"{run}.csv", encoding="utf-8")):
        hops, average = int(row["hop_count"]), float(row["avg_total_us"])
        if hops and before and hops != before[0]:
            left = 0.9 ** (hops - before[0])
            values.append((average - left * before[1]) / (1 - left))
        if hops:
            before = hops, average
    return math.fsum(values) / len(values), len(values)

def moments(side):
    means = [mean_of(run["id"])[0] for run in runs if run["name"] == side]
    assert len(means) == 5
    mean = math.fsum(means) / 5
    return mean, math.fsum((x - mean) ** 2 for x in means) / 4 / 5

def near(a, b):
    # The exported averages have eight digits.
    assert abs(a - b) <= 0.001, (a, b)

runs = json.load(open("runs.json", encoding="utf-8"))
for b in ("after", "again"):
    said = json.load(open({"after": "worse.json", "again": "same.json"}[b],
                          encoding="utf-8"))
    total = next(m for m in said["metrics"] if m["name"] == "avg_total_us")
    mean = total["statistics"]["mean"]
    (mean_a, var_a), (mean_b, var_b) = moments("before"), moments(b)
    near(mean["a"], mean_a)
    near(mean["b"], mean_b)
    near(mean["difference"], mean_b - mean_a)
    near(said["avg_total_us_diff"], mean_b - mean_a)
    for run in total["runs"]["a"] + total["runs"]["b"]:
        own, n = mean_of(run["run"])
        near(run["mean"], own)
        assert run["n"] == n, (run["n"], n)
        assert run["rows"] == n + sum(run["left_out"].values())
    near(mean["standard_error"], (var_a + var_b) ** 0.5)
    near(mean["t"], mean["difference"] / mean["standard_error"])
EOF
echo "2 % are seen, and 0 % are not"
