#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The documented views in the plain sqlite3 shell, while viz writes and afterwards.
source "$(dirname "$0")/lib.bash"
command -v sqlite3 >/dev/null || skip "needs the program sqlite3"

# ask SQL: the answer of a shell that can only read.
ask()
{
    sqlite3 -readonly runs.db "$1"
}

start device "$VIZ" device --port 0 --seed 3 --extended
await "the device" grep -q '/ws' device.err
device=$(grep -o 'ws://[^ ]*/ws' device.err | head -n 1)
start collect "$VIZ" collect --host "$device" --run-name shell --tags b,a --db runs.db \
    --duration 4
has_frames()
{
    [[ -e runs.db && $(ask "SELECT count(*) > 5 FROM frames WHERE run = 1" 2>&1) == 1 ]]
}
await "frames of a run that is being recorded" has_frames
[[ $(ask "SELECT name, tags, state, ended IS NULL FROM runs") == 'shell|a,b|recording|1' ]] ||
    fail "the run while it is recorded: $(ask 'SELECT * FROM runs')"
end collect
[[ $status == 0 ]] || fail "collect"

[[ $(ask "SELECT state, samples = (SELECT count(*) FROM frames), duration_s > 3 FROM runs") == \
    'complete|1|1' ]] || fail "the run at its end: $(ask 'SELECT * FROM runs')"
# The first figures are published after 62 hops.
[[ $(ask "SELECT count(*) FROM frames WHERE hop_count >= 62") -gt 5 ]] ||
    fail "frames with figures"
[[ $(ask "SELECT count(*) FROM frames WHERE hop_count >= 62
          AND avg_total_us BETWEEN 1000 AND 20000 AND hops_below_6400us > 0 AND enabled
          AND abs(cpu_load_percent - avg_total_us / 200) < 0.001
          AND avg_dc_agc_us BETWEEN 1 AND avg_total_us") == \
    $(ask "SELECT count(*) FROM frames WHERE hop_count >= 62") ]] ||
    fail "the values of the frames"
[[ $(ask "SELECT count(*) FROM frames WHERE boot") == 1 ]] || fail "the first frame"
[[ $(ask "PRAGMA integrity_check") == ok ]] || fail "integrity"

# A backup while the store is in use, as docs/runs.md has it.
sqlite3 runs.db "VACUUM INTO 'copy.db'"
[[ $(sqlite3 copy.db "PRAGMA application_id; SELECT count(*) FROM runs") == $'1986624114\n1' ]] ||
    fail "the backup"
