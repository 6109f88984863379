#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Pictures: valid files of the size asked for, with curves in the colours asked for, and
# the same layout in a window as without one.
source "$(dirname "$0")/lib.bash"

# take NAME [OPTION...]: NAME.png and NAME.json.
take()
{
    local name=$1
    shift
    [[ $(run "$name" "$VIZ" --headless --exit-after 0.6 --window 0.5 --size 640x480 \
        --screenshot "$name.png" --json "$name.json" "$@") == 0 ]] || fail "$name"
    holds "$name.json" "ledger.balanced and lost == 0"
}

blue=56b4e9 orange=e9a540 green=2ec4a0 # of channels 1 to 3 in the dark theme
take plain --channels 3 --no-hud
looks plain.png "picture.width == 640 and picture.height == 480" \
    "all(picture.count(hue, 140, 0, 640, 480) > 50
         for hue in ('$blue', '$orange', '$green'))" \
    "picture.colours['0f1317'] > 640 * 480 / 2"
[[ $(echo plain.png*) == plain.png ]] || fail "an unfinished file is left over"

take odd --channels 1 --size 333x251 --no-hud
looks odd.png "picture.width == 333 and picture.height == 251" \
    "picture.colours['$blue'] > 50"

take chosen --channels 3 --show 1,3 --color 1=#ff0000 --no-hud
looks chosen.png "picture.colours['ff0000'] > 50 and picture.colours['$green'] > 50" \
    "picture.colours['$blue'] == picture.colours['$orange'] == 0"
holds chosen.json "ledger.hidden == streams[0].rows" \
    "ledger.drawn == 2 * streams[0].rows == ledger.sent - ledger.hidden"

take light --channels 3 --light --overlay --no-hud
looks light.png "picture.colours['ffffff'] > 640 * 480 / 2" \
    "picture.colours['0072b2'] > 50 and picture.colours['$blue'] == 0"

take figures --channels 3 --hud --size 1280x720
looks figures.png "picture.colours['161c22'] > 10000"
looks plain.png "picture.colours['161c22'] == 0"

# Three seconds of samples, the middle one of them missing: it stays dark.
python3 -c '
for n in list(range(100)) + list(range(200, 300)):
    print("%d,%d" % (10**12 + n * 10**7, 5 + n % 2))' >holes
"$VIZ" - --headless --window 3 --size 640x480 --no-hud --screenshot holes.png \
    --color 1=#ff0000 <holes 2>viz.err || fail "a picture of a hole"
looks holes.png "120 < picture.columns_with('ff0000', 160, 0, 640, 480) < 360"

# FILE@S: while viz goes on.
start viz "$VIZ" --headless --exit-after 60 --screenshot early.png@0.2 --size 640x480
await "the picture" test -s early.png
kill -0 "${pid[viz]}" 2>/dev/null || fail "the picture came only at the end"
interrupt viz
looks early.png "picture.width == 640 and picture.colours['$blue'] > 50"

# In a window: the same legend, axes and grid at the same places.
open_display
[[ $(run window "$VIZ" --exit-after 1.2 --window 0.5 --size 640x480 --no-hud \
    --screenshot window.png --channels 3 --refresh 60) == 0 ]] || fail "in a window"
[[ $(run headless "$VIZ" --headless --exit-after 1.2 --window 0.5 --size 640x480 --no-hud \
    --screenshot headless.png --channels 3) == 0 ]] || fail "headless"
looks window.png other=headless.png \
    "(picture.width, picture.height) == (other.width, other.height)" \
    "picture.part(0, 0, 60, 480) == other.part(0, 0, 60, 480)" \
    "picture.part(0, 460, 640, 480) == other.part(0, 460, 640, 480)" \
    "all(picture.count(hue, 140, 0, 640, 480) > 50
         for hue in ('$blue', '$orange', '$green'))"
