#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz serve with a low limit of open files: the store is always answered for.
source "$(dirname "$0")/lib.bash"
type -P curl >/dev/null || skip "no curl here"
printf 't,stream,host_ns,frame_ms\n0,f,1000000000000000000,1\n1,f,1000000001000000000,2\n' >a.csv
"$VIZ" import a.csv --db runs.db >/dev/null || fail "a store"

few=$(ulimit -n 20 && run few "$VIZ" serve --port 0 --db runs.db)
[[ $few == 1 ]] || fail "20 files: exit status $few"
grep -q 'the limit is 20' few.err || fail "20 files: nothing is said"

limited()
{
    ulimit -n 80
    exec "$VIZ" serve --port 0 --db runs.db
}
start serve limited
await "the server" grep -q 'serving http://' serve.err
grep -q '32 connections at once instead of 256' serve.err || fail "fewer: nothing is said"
port=$(sed -n 's/.*serving http:[^ ]*:\([0-9]*\)\/.*/\1/p' serve.err)
for ((i = 0; i < 60; i++)); do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /api/runs?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
    read -r -t 20 -u "$fd" line || fail "connection $i is not answered"
    [[ $line == *" 200 "* ]] || fail "connection $i: $line"
done
metrics=$(curl -s "http://127.0.0.1:$port/metrics")
[[ $metrics == *"viz_web_short_of_files_total 0"* ]] || fail "it was short of files"
[[ $(curl -s "http://127.0.0.1:$port/api/health") == *'"status":"ok"'* ]] || fail "health"
interrupt serve
