#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz selftest stats: the exit status is the verdict, and Ctrl-C ends it soon with what there
# is. (That threads change nothing is in test_selftest.c.)
source "$(dirname "$0")/lib.bash"
export LC_ALL=C.UTF-8

test_stats()
{
    timeout 150 "$VIZ" selftest stats --pairs 100 "$@"
}

status=0
test_stats --threads 2 >text.out 2>text.err || status=$?
[[ $status == 0 ]] || fail "the selftest ended with $status"
says text.out 'checks passed.'
says text.out 'Welch, sleep, p'
[[ ! -s text.err ]] || fail "progress where there is no terminal"
! grep -q 'NOT ok' text.out || fail "a row that is not ok"
[[ $(awk 'length > 100' text.out) == '' ]] || fail "wider than 100 columns"

test_stats --threads 1 --json >one.out 2>one.err || fail "--json"
holds one.out 'ok' 'failed == 0' 'not stopped' 'seed == 1' 'pairs == 100' \
    'len(oracles) > 100' 'all(entry.ok for entry in oracles)' \
    'len(levels) == 8' 'all(entry.false_positives.student > 0.05 for entry in levels)' \
    'len(runs) == 6' 'len(coverage) == 12'

# Ctrl-C.
start stopped "$VIZ" selftest stats --pairs 100000
await "the first rows" grep -q 'Equal devices' stopped.out
began=$SECONDS
kill -INT "${pid[stopped]}"
end stopped
[[ $status == 1 ]] || fail "stopped: $status"
((SECONDS - began < 30)) || fail "it went on for long"
says stopped.out 'Stopped'

# What cannot be.
[[ $(run wrong "$VIZ" selftest) == 2 && ! -s wrong.out ]] || fail "no operand"
says wrong.err 'stats'
[[ $(run wrong "$VIZ" selftest luck) == 2 && ! -s wrong.out ]] || fail "another operand"
[[ $(run wrong "$VIZ" selftest stats --pairs 1) == 2 ]] || fail "too few pairs"
