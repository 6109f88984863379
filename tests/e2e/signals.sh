#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ctrl-C and SIGTERM end a benchmark cleanly, with everything written; a second one ends
# viz at once.
source "$(dirname "$0")/lib.bash"

has_a_row() { [[ -f viz.csv && $(wc -l <viz.csv) -ge 2 ]]; }

for signal in INT TERM; do
    rm -f viz.csv viz.json
    start viz "$VIZ" --benchmark --headless --warmup 0.1 --duration 60 \
        --log-interval 0.2 --csv viz.csv --json viz.json --gate 'lost=0'
    await "the first row" has_a_row
    kill "-$signal" "${pid[viz]}"
    end viz
    [[ $status == 0 ]] || fail "exit status $status after SIG$signal"
    holds viz.json "interrupted" "ledger.balanced and lost == 0" "0 < t < 60" "fps > 0"
    [[ $(grep -c '^t= ' viz.out) == "$(($(wc -l <viz.csv) - 1))" ]] ||
        fail "rows and lines differ"
    says viz.out '(interrupted)'
    says viz.out 'clauses hold'
done

# A gate that is broken stays broken when it is interrupted.
rm -f viz.csv
start viz "$VIZ" --benchmark --headless --warmup 0.1 --duration 60 --log-interval 0.2 \
    --csv viz.csv --gate 'fps>100000'
await "the first row" has_a_row
kill -INT "${pid[viz]}"
end viz
[[ $status == 3 ]] || fail "exit status $status of an interrupted run with a broken gate"

# Live, too; and viz send.
start viz "$VIZ" --headless --json viz.json udp://127.0.0.1:0
await_port viz
interrupt viz
holds viz.json "interrupted" "ledger.balanced"
start send "$VIZ" send - --format csv --duration 0 --rate 1k
await "data" test -s send.out
interrupt send
says send.err 'sent to -'

# Frames that take ten seconds each: the first signal waits for the last one of them, a
# second one of either kind does not.
catches_interrupt()
{
    local caught # the shell that becomes viz catches it as well
    [[ /proc/${pid[viz]}/exe -ef $VIZ ]] || return 1
    caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/${pid[viz]}/status")
    (((16#$caught >> 1) & 1))
}
nothing_pending() { ! grep -q '^ShdPnd:.*[1-9a-f]' "/proc/${pid[viz]}/status"; }
for second in INT TERM; do
    start viz "$VIZ" --headless --slow-frame 10000 udp://127.0.0.1:0
    await "the handler" catches_interrupt
    kill -INT "${pid[viz]}"
    await "the first signal" nothing_pending
    kill "-$second" "${pid[viz]}"
    end viz
    expected=$((128 + $(kill -l "$second")))
    [[ $status == "$expected" ]] || fail "exit status $status after INT and $second"
done
