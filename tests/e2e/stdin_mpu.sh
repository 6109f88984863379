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
