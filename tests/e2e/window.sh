#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The window on a display of its own: title, size, keys, wheel, closing.
source "$(dirname "$0")/lib.bash"
open_display

has_window() { python3 "$here/x11.py" size "$1" >size 2>/dev/null; }
has_a_row() { [[ -f viz.csv && $(wc -l <viz.csv) -ge 2 ]]; }
do_to() { python3 "$here/x11.py" "$@" || fail "x11.py $*"; }

# Closing it, by the window manager's way or by key, ends a benchmark with all written.
for way in 'close' 'key Escape' 'key q'; do
    rm -f viz.csv viz.json
    start viz "$VIZ" --benchmark --size 600x400 --warmup 0.1 --duration 60 \
        --log-interval 0.2 --csv viz.csv --json viz.json
    await "the window" has_window 'viz benchmark'
    [[ $(<size) == '600 400' ]] || fail "the window is $(<size)"
    await "the first row" has_a_row
    read -r action key <<<"$way"
    do_to "$action" 'viz benchmark' ${key:+"$key"}
    end viz
    [[ $status == 0 ]] || fail "$way: exit status $status"
    holds viz.json "interrupted and ledger.balanced and lost == 0" "0 < t < 60"
    [[ $(grep -c '^t= ' viz.out) == "$(($(wc -l <viz.csv) - 1))" ]] ||
        fail "$way: rows and lines differ"
    says viz.out '(interrupted)'
done

# Live: a picture moves; frozen, it does not (but for the time behind in its first line),
# and nothing is lost meanwhile.
take_curves() { tail -c +"$((24 * 1400 * 4 + 4096))" "$screen" >"$1"; }
moves()
{
    take_curves one
    sleep 0.1
    take_curves two
    ! cmp -s one two
}
stands() { ! moves; }

start viz "$VIZ" --size 900x600 --channels 4 --no-hud --window 20 --json viz.json \
    --exit-after 60
await "the window" has_window viz
await "a moving picture" moves
do_to key viz space
await "a standing picture" stands
cp "$screen" whole
looks whole "picture.count('56b4e9', 0, 0, 900, 600) > 50"
take_curves frozen
for _ in 1 2 3; do stands || fail "the frozen picture moves"; done

differs() { take_curves now && ! cmp -s "$1" now; }
do_to wheel viz up 500 300
await "the zoom" differs frozen
await "a standing picture" stands
take_curves zoomed
do_to wheel viz down 500 300
await "the zoom back" differs zoomed

# The figures come and go with H.
shows_panel() { cp "$screen" now && python3 "$here/picture.py" now \
    "picture.count('161c22', 0, 0, 900, 600) > 10000" >/dev/null; }
hides_panel() { ! shows_panel; }
hides_panel || fail "figures in spite of --no-hud"
do_to key viz h
await "the figures" shows_panel
do_to key viz h
await "no figures" hides_panel

do_to key viz space
await "a moving picture" moves
do_to close viz
end viz
[[ $status == 0 ]] || fail "exit status $status"
holds viz.json "ledger.balanced and lost == 0 and not interrupted" \
    "ledger.sent == ledger.drawn == streams[0].samples > 0" "ledger.held == 0"

# --keep-open: the results are there, and so is the window until it is closed.
rm -f viz.csv
start viz "$VIZ" --benchmark --keep-open --size 600x400 --warmup 0 --duration 0.3 \
    --csv viz.csv --json viz.json
await "the summary" grep -q 'the ledger balances' viz.out
await "the JSON file" test -s viz.json
has_window 'viz benchmark' || fail "the window did not stay"
do_to key 'viz benchmark' q
end viz
[[ $status == 0 ]] || fail "--keep-open: exit status $status"
holds viz.json "not interrupted and ledger.balanced and lost == 0"

# No display: one sentence.
[[ $(DISPLAY='' run viz "$VIZ" --exit-after 1) == 1 ]] || fail "without a display"
says viz.err '--headless'
