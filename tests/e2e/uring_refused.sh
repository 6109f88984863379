#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where io_uring is refused, as in many containers: auto falls back and says so once,
# --net uring fails with the reason.
source "$(dirname "$0")/lib.bash"

refused=(python3 "$here/refuse_uring.py")
check=$(run check "${refused[@]}" true)
[[ $check == 0 ]] || skip "no system call filter here: $(cat check.err)"

start viz "${refused[@]}" "$VIZ" udp://127.0.0.1:0 --headless --json viz.json \
    --exit-after 60
await_port viz
python3 "$here/mpu.py" "udp:$port" sent.json
await_taken "$port"
interrupt viz
mpu_is_whole viz.json sent.json poll
holds viz.json "'refused' in settings.net and 'not permitted' in settings.net"
[[ $(grep -c 'io_uring is refused: Operation not permitted' viz.err) == 2 ]] ||
    fail "not said once at the start and once in the summary"

status=$(run viz "${refused[@]}" "$VIZ" udp://127.0.0.1:0 --headless --net uring \
    --exit-after 60)
[[ $status == 1 ]] || fail "--net uring: exit status $status"
says viz.err 'io_uring is refused: Operation not permitted'
[[ ! -s viz.out ]] || fail "talk on stdout"

# poll does not even ask.
[[ $(run viz "${refused[@]}" "$VIZ" udp://127.0.0.1:0 --headless --net poll \
    --json viz.json --exit-after 0.1) == 0 ]] || fail "--net poll"
! grep -q 'refused' viz.err || fail "--net poll speaks of io_uring"
holds viz.json "settings.net == 'poll'"
