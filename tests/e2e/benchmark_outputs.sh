#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the benchmark writes: the CSV file as it goes, a line an interval, the JSON file,
# the summary; and that their numbers agree.
source "$(dirname "$0")/lib.bash"

fixed=t,fps,target_fps,timer_hz,avg_frame_ms,avg_latency_ms,max_latency_ms
fixed+=,approx_dropped_fps,cpu_percent

# Rows are there while it runs, in the file that is the default.
start viz "$VIZ" --benchmark --headless --channels 6 --rate 333.3 --duration 2 \
    --warmup 0.3 --log-interval 0.5 --json viz.json
rows_are_there() { [[ -f $1 && $(wc -l <"$1") -ge $2 ]]; }
await "the first row" rows_are_there benchmark_results.csv 2
kill -0 "${pid[viz]}" 2>/dev/null || fail "the first row came only at the end"
lines_are_there() { grep -q '^t= *0\.5 s  fps ' viz.out; }
await "the first line" lines_are_there
kill -0 "${pid[viz]}" 2>/dev/null || fail "the first line came only at the end"
end viz
[[ $status == 0 ]] || fail "exit status $status"
[[ ! -s viz.err ]] || fail "talk on stderr where all is well"
[[ $(head -n 1 benchmark_results.csv) == "$fixed",* ]] || fail "the first nine columns"
[[ $(grep -c '^t= ' viz.out) == "$(($(wc -l <benchmark_results.csv) - 1))" ]] ||
    fail "not one line a row"
for words in 'measured for 2.0 s' 'frames ' 'latency ' 'stages ' 'stream ' 'samples ' \
    'the ledger balances' 'tracing '; do
    says viz.out "$words"
done

python3 - benchmark_results.csv viz.json <<'PY'
import csv, json, sys
with open(sys.argv[1], newline="") as file:
    rows = list(csv.DictReader(file))
total = json.load(open(sys.argv[2]))
assert len(rows) in (4, 5), f"{len(rows)} rows"
for row in rows:
    assert None not in row and None not in row.values(), "columns and fields differ"
    numbers = {name: float(value) for name, value in row.items() if value}
    empty = {name for name, value in row.items() if not value}
    assert empty <= {"gpu_ms"}, f"no figure: {empty}"
    assert numbers["target_fps"] == 60
    assert numbers["p50_latency_ms"] <= numbers["p99_latency_ms"] \
        <= numbers["p999_latency_ms"] <= numbers["max_latency_ms"] + 1e-4
    assert 0 < numbers["avg_latency_ms"] <= numbers["max_latency_ms"]
    assert numbers["fps"] <= numbers["timer_hz"] + 0.01
assert [float(row["t"]) for row in rows] == sorted({float(row["t"]) for row in rows})
for name in rows[0]:
    assert name in total, f"{name} is not in the JSON file"
for name in ("samples_in", "samples_drawn", "uploaded_bytes"):
    assert sum(int(row[name]) for row in rows) == total[name], name
for name in ("max_latency_ms", "max_frame_ms"):
    assert abs(max(float(row[name]) for row in rows) - total[name]) < 1e-3, name
PY

holds viz.json \
    "set(streams[0]) >= {'name', 'source', 'format', 'channels', 'requested_hz',
                         'delivered_hz', 'rows', 'samples', 'gaps'}" \
    "set(ledger) >= {'sent', 'received', 'drawn', 'held', 'hidden', 'in_flight',
                     'missing', 'late', 'overflow', 'evicted_unseen', 'duplicate',
                     'kernel_drops', 'unreadable', 'lost', 'balanced'}" \
    "0 < latency_ms.min <= latency_ms.p50 <= latency_ms.p90 <= latency_ms.p99
     <= latency_ms.p999 <= latency_ms.max" \
    "latency_ms.definition and latency_ms.count > 0" "fps > 0" \
    "stages_ms.sum_minus_total_ns == 0" \
    "abs(sum(stages_ms[name].mean for name in stages_ms if name != 'sum_minus_total_ns')
         - latency_ms.mean) < 1e-6" \
    "all(stages_ms[name].count == latency_ms.count
         for name in stages_ms if name != 'sum_minus_total_ns')" \
    "abs(avg_latency_ms - latency_ms.mean) < 1e-6" \
    "ledger.balanced and ledger.lost == lost == 0" \
    "ledger.sent == ledger.received == ledger.drawn == streams[0].samples" \
    "streams[0].samples == 6 * streams[0].rows" \
    "streams[0].channels == 6 and streams[0].requested_hz == 333.3" \
    "abs(samples_in - 6 * 333.3 * t) < 0.2 * samples_in" \
    "samples_drawn <= ledger.drawn and t >= 2" \
    "not interrupted and mode == 'benchmark' and revision and viz" \
    "set(machine) >= {'host', 'cpu', 'cores', 'kernel', 'gpu', 'clock'}" \
    "settings.channels == 6 and settings.rate_hz == 333.3 and settings.warmup_s == 0.3" \
    "tracing.on and tracing.on_ns_per_row > tracing.off_ns_per_row > 0"

# Another file, no file, and the other spelling of the options.
rm benchmark_results.csv
brief=(--benchmark --headless --warmup 0)
[[ $(run viz "$VIZ" "${brief[@]}" --duration 0.3 --csv other.csv) == 0 ]] ||
    fail "--csv"
[[ $(head -n 1 other.csv) == "$fixed",* ]] || fail "--csv other.csv"
[[ $(run viz "$VIZ" "${brief[@]}" --duration 0.3 --no-csv) == 0 ]] || fail "--no-csv"
[[ $(run viz "$VIZ" "${brief[@]}" --bench-duration 0.6 --bench-channels 9 \
    --bench-rate 200 --bench-refresh 30 --bench-log-interval 0.2 --bench-csv alias.csv \
    --json alias.json) == 0 ]] || fail "the aliases"
holds alias.json "settings.duration_s == 0.6 and settings.channels == 9" \
    "settings.rate_hz == 200 and target_fps == 30 and settings.log_interval_s == 0.2"
[[ $(wc -l <alias.csv) -ge 3 ]] || fail "--bench-log-interval 0.2"
[[ $(run viz "$VIZ" "${brief[@]}" --bench-duration 0.3 --bench-no-csv) == 0 ]] ||
    fail "--bench-no-csv"
[[ ! -e benchmark_results.csv ]] || fail "a file that nobody asked for"
