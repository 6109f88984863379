#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Thousands of clients come and go, none of them well: the device lives, the one client
# that behaves has its frames, and every frame is accounted for.
source "$(dirname "$0")/lib.bash"

start device "$VIZ" device --port 0 --report device.json
await_device device
[[ $(run storm python3 "$here/device_storm.py" "$port" 3) == 0 ]] || fail "the storm"
interrupt device
(($(<storm.out) > 20)) || fail "no storm: $(<storm.out) clients"
holds device.json "total.connections > 2" \
    "total.made == total.sent + total.dropped + total.stalled + total.unsent"

# An address in brackets, as the device itself prints it.
if [[ $(run six "$VIZ" device --host '[::1]' --port 0 --duration 0.1) == 0 ]]; then
    says six.err 'listens on ws://[::1]:'
else
    says six.err 'cannot listen on'
fi
