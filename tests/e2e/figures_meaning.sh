#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the figures mean, by making something slow and looking which of them moves.
source "$(dirname "$0")/lib.bash"

# measure NAME [OPTION...]: a short benchmark into NAME.json and NAME.csv.
measure()
{
    local name=$1
    shift
    [[ $(run "$name" "$VIZ" --benchmark --headless --warmup 0.2 --duration 1.5 \
        --json "$name.json" --csv "$name.csv" "$@") == 0 ]] || fail "$name"
    holds "$name.json" "ledger.balanced" "lost == 0"
}

# watch NAME [OPTION...]: the same, and what the kernel says of its memory meanwhile.
watch()
{
    local name=$1 pages most=0 page_kb
    shift
    page_kb=$(($(getconf PAGESIZE) / 1024))
    start "$name" "$VIZ" --benchmark --headless --warmup 0.2 --duration 1.5 \
        --json "$name.json" --csv "$name.csv" "$@"
    while read -r _ pages _ 2>/dev/null <"/proc/${pid[$name]}/statm" &&
        ((pages > 0)); do
        ((pages <= most)) || most=$pages
        sleep 0.05
    done
    end "$name"
    [[ $status == 0 ]] || fail "$name"
    holds "$name.json" "ledger.balanced" "lost == 0" \
        "0.7 < rss_mb / ($most * $page_kb / 1024) < 1.3"
    python3 - "$name.csv" $((most * page_kb)) <<'PY' || fail "$name.csv: rss_mb"
import csv, sys
rss = [row["rss_mb"] for row in csv.DictReader(open(sys.argv[1], newline=""))]
assert 0.7 < float(rss[-1]) / (int(sys.argv[2]) / 1024) < 1.3, (rss, sys.argv[2])
print(rss[-1], file=open(sys.argv[1] + ".rss", "w"))
PY
}

watch plain
holds plain.json "cpu_percent > 0 and cpu_frame_ms > 0" "rss_mb > 0" \
    "trace_percent > 0" "avg_frame_ms > 0" "ring_depth >= 1" \
    "gpu_ms is None or 0 < gpu_ms <= avg_frame_ms"

# More and wider rows: more to upload, to account for and to keep.
watch many --channels 64 --rate 5000
holds many.json plain=plain.json "rss_mb > plain.rss_mb" \
    "uploaded_bytes / (fps * t) > 1.3 * plain.uploaded_bytes / (plain.fps * plain.t)" \
    "trace_percent / fps > plain.trace_percent / plain.fps" \
    "gpu_ms is None or 0 < gpu_ms <= avg_frame_ms"
python3 -c 'import sys; sys.exit(float(sys.argv[1]) <= float(sys.argv[2]))' \
    "$(<many.csv.rss)" "$(<plain.csv.rss)" || fail "rss_mb does not follow the memory"

# Frames that take 50 ms: at most 20 of them fit into a second, and of 60 deadlines a
# second the rest pass without one.
measure slow --slow-frame 50
holds slow.json plain=plain.json "fps <= 20.5" "avg_frame_ms >= 50" \
    "approx_dropped_fps >= 30 and approx_dropped_fps > plain.approx_dropped_fps" \
    "timer_hz <= 20.5 < plain.timer_hz" \
    "abs(timer_hz + approx_dropped_fps - 60) < 10" \
    "stages_ms.submit.min >= 50 and avg_latency_ms >= 50" "p50_frame_ms >= 50"

# A source that sleeps half a second owes its samples all the same, with their intended
# times; nothing about the frames has changed.
measure stalled --stall 0.8:0.5
holds stalled.json plain=plain.json "max_latency_ms >= 400" \
    "max_latency_ms > plain.max_latency_ms" "stages_ms.receive.max >= 400" \
    "abs(samples_in - 18 * 500 * t) <= 18 * 500 * 0.6" \
    "stages_ms.sum_minus_total_ns == 0"

# Asleep from the middle to the end: nobody woke up to count, and still the samples are
# owed, made at last, and late.
measure asleep --stall 1.1:1
holds asleep.json plain=plain.json "max_latency_ms >= 400" \
    "abs(offered_hz - 500) < 25" "achieved_hz < 450" "ledger.unmade == 0"

# More than any machine makes: what was due and never made is lost, by name.
[[ $(run hopeless "$VIZ" --benchmark --headless --warmup 0 --duration 0.3 --rate 10MHz \
    --channels 256 --json hopeless.json --no-csv --gate lost=0) == 3 ]] || fail hopeless
holds hopeless.json "ledger.balanced" "lost == ledger.lost >= ledger.unmade > 0" \
    "achieved_hz < 0.9 * offered_hz" "streams[0].delivered_hz < 9e6"

# While it sleeps, what is due goes on and what is made does not; afterwards it catches up.
measure owing --stall 0.8:0.5 --log-interval 0.1
holds owing.json "abs(offered_hz - 500) < 25"
python3 - owing.csv <<'PY'
import csv, sys
rows = [(float(row["offered_hz"]), float(row["achieved_hz"]))
        for row in csv.DictReader(open(sys.argv[1], newline=""))]
assert any(offered > 250 and achieved < 25 for offered, achieved in rows), rows
assert any(achieved > 1.5 * offered for offered, achieved in rows), rows
PY

# No tracing, no figures: empty and null, never 0.
measure untraced --trace off
holds untraced.json "fps > 0 and cpu_percent > 0" "latency_ms.count == 0" \
    "all(document[name] is None for name in ('avg_latency_ms', 'max_latency_ms',
         'p50_latency_ms', 'p99_latency_ms', 'p999_latency_ms', 'trace_percent'))" \
    "all(latency_ms[name] is None for name in ('p50', 'p99', 'p999', 'max', 'mean'))" \
    "not tracing.on and tracing.on_ns_per_row is None"
python3 - untraced.csv <<'PY'
import csv, sys
for row in csv.DictReader(open(sys.argv[1], newline="")):
    assert row["avg_latency_ms"] == row["max_latency_ms"] == "", row
    assert float(row["fps"]) > 0 and float(row["cpu_percent"]) > 0, row
PY
says untraced.out 'latency  –'

# The refresh rate that is asked for is the one in force.
measure other --refresh 25
holds other.json plain=plain.json "target_fps == 25" "timer_hz <= 25.7 < plain.timer_hz"
