#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --gate: exit status 0, 3 with the broken clause named, or 2 before anything runs.
source "$(dirname "$0")/lib.bash"

# gate STATUS EXPRESSION [OPTION...]
gate()
{
    local expected=$1 expression=$2 status
    shift 2
    status=$(run viz "$VIZ" --benchmark --headless --no-csv --warmup 0 --duration 0.2 \
        --gate "$expression" "$@")
    [[ $status == "$expected" ]] || fail "$expression: exit status $status"
}

gate 0 'lost=0,fps>0.1,p99_latency<60s,ledger.held=0,streams[0].gaps=0,streams[0].rows>10'
says viz.out 'gate: 6 of 6 clauses hold'
gate 0 'p99_latency_ms > 10us , stages_ms.upload.p99 < 60 s, cpu<=3200%'

gate 3 'lost=0,fps>1000,missing=0,p99_latency<1us'
grep -q 'gate: fps>1000.*failed, is [0-9]' viz.out || fail "the broken clause, its figure"
grep -q 'gate: p99_latency<1us.*failed' viz.out || fail "the second broken clause"
[[ $(grep -c 'gate: ' viz.out) == 2 ]] || fail "a clause that holds is named as broken"
says viz.out 'the ledger balances'

# What was not measured proves nothing.
gate 3 'p99_latency<60s' --trace off
says viz.out 'p99_latency<60s'
# A path is known only at the end.
gate 1 'streams[0].nonsense>0'
says viz.err nonsense

for wrong in 'nonsense<1' 'fps' 'fps>' 'fps>>1' '>1' 'fps>x' 'p99_latency<1kg' '' \
    'fps>1,,fps>2'; do
    gate 2 "$wrong"
    [[ -s viz.err && ! -s viz.out ]] || fail "'$wrong': what is wrong goes to stderr"
done
[[ $(run viz "$VIZ" --headless --exit-after 0.1 --gate 'fps>0') == 2 ]] ||
    fail "a gate without a benchmark"
