#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What scripts see of the command line: exit codes, which stream says what, and that viz
# send sends the same bytes for the same seed and tells truly what it sent.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    echo "cli: $*" >&2
    failed=1
}

# expect CODE ARGUMENTS...: the exit code; stdout and stderr go to $work/out and err.
expect() {
    code=$1
    shift
    "$VIZ" "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" = "$code" ] || fail "viz $*: exit code $got, not $code: $(cat "$work/err")"
}

says() {
    grep -qF -e "$1" "$work/err" || fail "stderr does not say \"$1\": $(cat "$work/err")"
    [ "$(wc -l <"$work/err")" = 1 ] || fail "not one line: $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "talk on stdout: $(cat "$work/out")"
}

# number KEY: from the JSON of viz send.
number() {
    sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work/sent.json"
}

expect 0 --help
[ ! -s "$work/err" ] || fail "--help talks on stderr"
expect 0 --version
grep -q '^viz [0-9]' "$work/out" || fail "--version: $(cat "$work/out")"
expect 0 send --help
expect 0 --man
head -n 1 "$work/out" | grep -q '^\.TH VIZ 1' || fail "--man is no manual page"

expect 2 --no-such-option
says "unknown option --no-such-option"
expect 2 --chanels 3
says "did you mean --channels?"
expect 2 --rate 0
says '--rate "0": expected a number from 0.001'
expect 2 --record file
says "this version has no recording"
for command in record replay; do
    expect 2 "$command"
    says "this version has no $command"
done
expect 2 nonsense
says '"nonsense" is no source'
expect 2 send
says "takes one DEST"
expect 2 send synth:
says "nothing can be sent there"
expect 1 send tcp://127.0.0.1:1
says "tcp://127.0.0.1:1: Connection refused"
expect 1 send --rows 60000 -
says "holds at most"

"$VIZ" --help >/dev/full 2>"$work/err"
[ $? = 1 ] || fail "a full disk behind --help goes unnoticed"

# The same seed, the same bytes; nothing but data on stdout.
for format in viz mpu csv; do
    expect 0 send - --format $format --duration 0.2 --rate 1k --seed 5 --loss 10
    mv "$work/out" "$work/first"
    expect 0 send - --format $format --duration 0.2 --rate 1k --seed 5 --loss 10
    cmp -s "$work/first" "$work/out" || fail "$format: two runs differ"
    [ -s "$work/first" ] || fail "$format: nothing was sent"
done

# Every row is sent or named lost, and as many lines came out as it says.
expect 0 send - --format csv --channels 3 --duration 0.5 --loss 20 --json "$work/sent.json"
rows=$(number rows)
[ "$((rows + $(number lost_rows)))" = 250 ] || fail "rows: $(cat "$work/sent.json")"
[ "$(number samples)" = "$((rows * 3))" ] || fail "samples: $(cat "$work/sent.json")"
[ "$(wc -l <"$work/out")" = "$((rows + 1))" ] || fail "lines: not $rows and a header"
[ "$(wc -c <"$work/out")" = "$(number bytes)" ] || fail "bytes: not $(number bytes)"

# Ctrl-C ends it cleanly, with the summary.
rm "$work/out"
"$VIZ" send - --duration 0 --json "$work/sent.json" >"$work/out" 2>"$work/err" &
sender=$!
tries=0
while [ ! -s "$work/out" ] && [ $tries -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -INT $sender
wait $sender || fail "an interrupted viz send ended with $?"
grep -q '  sent ' "$work/err" || fail "no summary after an interruption"
[ "$(wc -c <"$work/out")" = "$(number bytes)" ] || fail "bytes after an interruption"

# A reader that leaves is a failure that is told, not a signal.
{
    "$VIZ" send - --duration 20 2>"$work/err"
    echo $? >"$work/code"
} | head -c 100 >/dev/null
[ "$(cat "$work/code")" = 1 ] || fail "a closed pipe: exit code $(cat "$work/code")"
grep -q 'Broken pipe' "$work/err" || fail "a closed pipe is not told: $(cat "$work/err")"

exit $failed
