#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A benchmark that is kept: every interval of the CSV file and every frame is in the store,
# and one that is interrupted is kept as that.
source "$(dirname "$0")/lib.bash"

[[ $(run bench "$VIZ" --benchmark --headless --duration 2 --warmup 0.5 --log-interval 0.5 \
    --csv out.csv --json out.json --store runs.db --run-name "a run") == 0 ]] ||
    fail "the benchmark failed"
rows=$(($(wc -l <out.csv) - 1))
stored=$(sqlite3 runs.db "SELECT count(*) FROM readings WHERE stream = 'intervals' AND
    channel = 'fps'")
[[ $stored == "$rows" ]] || fail "$stored of $rows intervals are stored"
# Rounded by the C library, as the file's figures are: SQLite's own printf rounds exact halves
# up, and pages of 4096 bytes make such halves of a MiB.
sqlite3 runs.db "SELECT value FROM readings WHERE stream = 'intervals' AND
    channel = 'fps' ORDER BY seq" | awk '{ printf "%.2f\n", $1 }' >stored.fps
tail -n +2 out.csv | cut -d, -f2 >written.fps
sqlite3 runs.db "SELECT value FROM readings WHERE stream = 'intervals' AND
    channel = 'rss_mb' ORDER BY seq" | awk '{ printf "%.2f\n", $1 }' >stored.rss
column=$(head -n 1 out.csv | tr , '\n' | grep -n '^rss_mb$' | cut -d: -f1)
tail -n +2 out.csv | cut -d, -f"$column" >written.rss
diff stored.rss written.rss || fail "the store and the CSV file disagree on memory"
diff stored.fps written.fps || fail "the store and the CSV file disagree"
frames=$(sqlite3 runs.db "SELECT count(*) FROM readings WHERE stream = 'frames' AND
    channel = 'frame_ms'")
holds out.json "frame_ms.count == $frames"
[[ $(sqlite3 runs.db "SELECT state, name FROM runs") == "complete|a run" ]] ||
    fail "the run is not complete"
sqlite3 runs.db "SELECT delivered FROM run" >delivered.json
holds delivered.json "fps > 0 and ledger.balanced"

start cut "$VIZ" --benchmark --headless --no-csv --store runs.db --run-name cut
await "the first row" grep -q 't=' cut.out
interrupt cut
[[ $(sqlite3 runs.db "SELECT state FROM runs WHERE name = 'cut'") == interrupted ]] ||
    fail "a run that was cut short is not interrupted"

[[ $(run wrong "$VIZ" --run-name x --headless --exit-after 0.1) == 2 ]] ||
    fail "--run-name without --benchmark was taken"
mkdir folder
[[ $(run folder "$VIZ" --benchmark --headless --duration 1 --no-csv --store folder) == 1 ]] ||
    fail "a folder was taken for a store"
says folder.err "folder"
