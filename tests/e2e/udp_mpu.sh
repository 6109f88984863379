#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A logger's lines in datagrams: every row and value is accounted for.
source "$(dirname "$0")/lib.bash"

# receive BACKEND SOURCE [OPTION OF mpu.py...]
receive()
{
    local backend=$1 source=$2
    shift 2
    start viz "$VIZ" "$source" --headless --net "$backend" --json viz.json \
        --exit-after 60
    await_port viz
    python3 "$here/mpu.py" "udp:$port" sent.json "$@"
    await_taken "$port"
    interrupt viz
    mpu_is_whole viz.json sent.json "$backend"
    holds viz.json "interrupted" "sources[0].kernel_drops == 0"
    says viz.err 'mpu numbers no rows: what never arrived is not known'
}

for backend in $(backends); do
    receive "$backend" udp://127.0.0.1:0
    says viz.err "speaks mpu"
    # The first datagrams are chatter, which no probe can tell from others.
    receive "$backend" udp://127.0.0.1:0 --crlf --greeting 1
    says viz.err "speaks mpu"
    ! grep 'no known format' viz.err || fail "the logger's first words are no format"
done
