#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tools themselves: a check that finds nothing must be one that could.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "$*"
    exit 1
}

# The layer check passes here, and finds each of these once planted in a copy.
cp -R "$root/tools" "$root/src" "$root/include" "$root/tests" "$root/bench" "$work"
"$work/tools/check-layers" || fail "the copy must pass before anything is planted"
plant()
{
    local file=$work/$1 line=$2 expected=$3 found
    printf '%s\n' "$line" >"$file"
    found=$("$work/tools/check-layers") && fail "not found: $line in $1"
    [[ $found == *"$expected"* ]] || fail "$line in $1: says $found"
    rm "$file"
}
plant src/core/planted.c '#include <viz/session.h>' 'core may not include viz/session.h'
plant src/net/planted.c '#include <viz/png.h>' 'net may not include viz/png.h'
plant src/app/planted.c '#include <liburing.h>' 'liburing'
plant src/core/planted.c 'int main(void) { printf("x"); }' 'not below src/cli'

# Counting: Criterion's tests each, a skip with its reason, a program that never ran.
cat >"$work/junit.xml" <<'XML'
<testsuite>
<testcase name="test_a" status="fail"><failure message=""/><system-out>
[SKIP] a::gpu: no GPU here
[====] Synthesis: Tested: 5 | Passing: 3 | Failing: 2 | Crashing: 1
</system-out></testcase>
<testcase name="tsan_b" status="run"><system-out></system-out></testcase>
<testcase name="e2e_c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
<system-out>no display</system-out></testcase>
<testcase name="test_d" status="notrun"><skipped message="Unable to find executable"/>
<system-out></system-out></testcase>
</testsuite>
XML
counted=$("$root/tools/count-tests" "$work/junit.xml")
[[ $counted == "passed 4
failed 3
skipped 2
skip test_a a::gpu: no GPU here
skip e2e_c: no display" ]] || fail "counted: $counted"

# Stacks: innermost frame first in, last out; callers without a name as one.
folded=$(printf '%s\n' 'viz:render 12 1000' '	 1f0 draw+0x10 (/bin/viz)' \
    '	 2f0 [unknown] (/lib/libgl.so)' '	 2f1 [unknown] (/lib/libgl.so)' \
    '	 3f0 main (/bin/viz)' '' 'viz:render 12 500' '	 3f0 main (/bin/viz)' |
    "$root/tools/stacks" fold)
[[ $folded == "viz:render;main 500
viz:render;main;[libgl.so];draw 1000" ]] || fail "folded: $folded"
top=$("$root/tools/stacks" top <<<"$folded")
[[ $top == *"66.67 %  draw"* && $top == *"100.00 %  main"* ]] || fail "top: $top"
flame=$("$root/tools/stacks" flame <<<"$folded")
[[ $flame == *'"draw",1000'* ]] || fail "no flame graph"
