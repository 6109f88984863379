#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A logger's lines from a TCP server, cut anywhere: every row and value is accounted for,
# and viz without a window ends with the connection.
source "$(dirname "$0")/lib.bash"

for backend in $(backends); do
    for ending in lf crlf; do
        options=()
        [[ $ending == crlf ]] && options=(--crlf)
        start server python3 "$here/mpu.py" listen sent.json "${options[@]}"
        await_port server
        status=$(run viz "$VIZ" "tcp://127.0.0.1:$port" --headless --net "$backend" \
            --json viz.json)
        [[ $status == 0 ]] || fail "exit status $status, $backend, $ending"
        end server
        says viz.err "speaks mpu"
        mpu_is_whole viz.json sent.json "$backend"
        holds viz.json "sources[0].connections == 1" "sources[0].ended"
    done
done
