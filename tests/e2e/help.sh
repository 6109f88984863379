#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --help, --version and the manual page: on stdout, complete, from one table.
source "$(dirname "$0")/lib.bash"

for words in '--help' '-h' 'send --help' '--version' 'send --version' '--man' \
    'udp://:0 --help'; do
    # shellcheck disable=SC2086
    [[ $(run viz "$VIZ" $words) == 0 ]] || fail "viz $words"
    [[ -s viz.out && ! -s viz.err ]] || fail "viz $words: on stdout and only there"
done

# Every command is named by viz --help and explains itself; "help" is none.
"$VIZ" --help >help
for command in send device collect runs show delete export import compare ab trend; do
    grep -qE "^  $command  +[a-z]" help || fail "--help does not name $command"
    [[ $(run viz "$VIZ" "$command" --help) == 0 && ! -s viz.err ]] || fail "$command --help"
    grep -q "^Usage: viz $command" viz.out || fail "$command --help: no usage"
done
[[ $(run viz "$VIZ" help collect) == 2 && ! -s viz.out ]] || fail "viz help collect"
says viz.err 'viz COMMAND --help'

"$VIZ" --version >version
grep -qE '^viz [0-9]+\.[0-9]+\.[0-9]+ \(.+\)$' version || fail "$(<version)"

"$VIZ" --help >help
for option in refresh window size headless screenshot exit-after show color json net \
    format channels rate duration warmup seed csv no-csv log-interval gate keep-open \
    benchmark bench-rate bench-duration bench-refresh bench-channels bench-log-interval \
    bench-csv bench-no-csv bench-keep-open history trace light overlay slow-frame stall; do
    says help "--$option"
done
[[ $(awk '{ print length }' help | sort -n | tail -n 1) -le 80 ]] || fail "a long line"
"$VIZ" send --help >send
for option in format channels rate duration loss duplicate reorder jitter burst seed \
    pattern json; do
    says send "--$option"
done

# Every column of the CSV file is explained.
[[ $(run viz "$VIZ" --benchmark --headless --warmup 0 --duration 0.2 --csv viz.csv) == 0 ]]
for column in $(head -n 1 viz.csv | tr , ' '); do
    grep -qE "^  $column( |\$)" help || fail "--help does not explain $column"
done

# A full disk.
status=$(run full bash -c '"$1" --help >/dev/full' _ "$VIZ")
[[ $status == 1 ]] || fail "a full disk: exit status $status"
says full.err 'could not be written'

"$VIZ" --man >viz.1
says viz.1 '.TH'
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning viz.1 >lint || fail "$(<lint)"
fi
if command -v groff >/dev/null; then
    groff -man -Tutf8 -P-cbou -ww viz.1 >page 2>warnings || fail "groff"
    [[ ! -s warnings ]] || fail "$(<warnings)"
    says page '--log-interval'
fi
