#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The simulated device, watched live: what it reports to have sent is what is shown, as
# channels with names and units.
source "$(dirname "$0")/lib.bash"

# watch BACKEND OPTION OF viz device...
watch()
{
    local backend=$1
    shift
    start device "$VIZ" device --port 0 --duration 60 --report device.json "$@"
    await_device device
    start viz "$VIZ" "ws://127.0.0.1:$port/ws" --headless --net "$backend" \
        --json viz.json --exit-after 4
    end viz
    [[ $status == 0 ]] || fail "viz ended with $status"
    interrupt device
}

# (What a device sends between viz's goodbye and its own is on the way when viz ends.)
for backend in $(backends); do
    watch "$backend" --seed 5
    holds viz.json "device=device.json" \
        "sorted(stream) == ['audio', 'benchmark', 'stm']" \
        "0 <= device.total.sent - stream['benchmark'].rows <= 1" \
        "0 <= device.total.audio - stream['audio'].rows <= 1" \
        "0 <= device.total.stm - stream['stm'].rows <= 1" \
        "stream['benchmark'].rows > 30" "stream['audio'].rows > 45" "stream['stm'].rows > 90" \
        "stream['benchmark'].channel_names[0] == 'avg total'" \
        "stream['benchmark'].channel_units[:5] == ['µs', 'µs', '%', 'µs', 'µs']" \
        "len(stream['audio'].channel_units) == stream['audio'].channels" \
        "sources[0].format == 'lightwave' and ledger.balanced and lost == 0" \
        "sources[0].link.subscribed == ['benchmark', 'audio', 'stm']" \
        "sources[0].link.replies == 3 and sources[0].link.refusals == 0" \
        "sources[0].link.opened == 1 and sources[0].link.lost == 0"
done

# Reboots, refusals and rubbish: nothing of it ends the program.
watch auto --reboot-at 2 --garbage 50
says viz.err 'connection lost'
holds viz.json "sources[0].link.opened == 2" "sources[0].link.lost == 1" \
    "sources[0].bad_magic + sources[0].bad_length > 0" "ledger.balanced"
watch auto --refuse
says viz.err 'benchmark.subscribe is refused: '
says viz.err '(RESOURCE_EXHAUSTED); asking again in 5 s'
holds viz.json "sources[0].link.refusals == 3" "sources[0].link.subscribed == []"
watch auto --silent
holds viz.json "sources[0].link.replies == 3" "streams == []"
