#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A logger's lines through standard input: every row and value is accounted for.
source "$(dirname "$0")/lib.bash"

for backend in $(backends); do
    for ending in lf crlf; do
        options=()
        [[ $ending == crlf ]] && options=(--crlf)
        status=$(run viz bash -c '
            set -o pipefail
            python3 "$1/mpu.py" - sent.json "${@:4}" |
                "$2" - --headless --net "$3" --json viz.json' \
            _ "$here" "$VIZ" "$backend" "${options[@]}")
        [[ $status == 0 ]] || fail "exit status $status, $backend, $ending"
        says viz.err "speaks mpu"
        mpu_is_whole viz.json sent.json "$backend"
    done
done

# Channels are counted in the order of sensor_ids: S2 speaks first, and its only channel is
# the second as soon as S1 has one.
rows()
{
    local i
    for ((i = $2; i < $3; i++)); do
        printf '{"timestamp_ns":%d,"sensor_id":%d,"ax":%d}\n' $((i * 1000000)) "$1" "$i"
    done
}
{
    echo '{"meta":"mpu6050_stream_config","sensor_ids":[1,2,3],"pi_stream_rate_hz":1000}'
    rows 2 0 20
    sleep 0.5
    rows 1 20 70
    sleep 0.5
    rows 2 70 120
} | timeout 60 "$VIZ" - --headless --show 1 --json viz.json 2>viz.err >viz.out
holds viz.json "[entry.name for entry in streams] == ['S1', 'S2', 'S3']" \
    "[entry.rows for entry in streams] == [50, 70, 0]" "streams[2].channels == 0" \
    "ledger.hidden >= 50 and ledger.drawn >= 50 and ledger.balanced and lost == 0"
