#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Clients of the simulated device that do not keep to the protocol, that say nothing, that
# do not read: each gets its answer, and the others notice nothing.
source "$(dirname "$0")/lib.bash"

start device "$VIZ" device --port 0 --report device.json
await_device device
[[ $(run rude python3 "$here/device_rude.py" "$port" seen.json) == 0 ]] || fail "rude"
interrupt device
holds device.json seen=seen.json "total.unsent > 0" \
    "total.made == total.sent + total.dropped + total.stalled + total.unsent" \
    "seen.frames <= total.sent <= seen.frames + 2" \
    "seen.audio == total.audio" "seen.stm == total.stm"

# A report goes into a device node and never into its place.
[[ -c /dev/full ]] || skip "no /dev/full here"
[[ $(run full "$VIZ" device --port 0 --duration 0.1 --report /dev/full) == 1 ]] ||
    fail "a report was lost in silence"
[[ -c /dev/full ]] || fail "/dev/full was replaced"
