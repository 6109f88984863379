#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz serve --token-file: a token that is changed while browsers are signed in.
source "$(dirname "$0")/lib.bash"
export XDG_DATA_HOME=$work/data
type -P curl >/dev/null || skip "no curl here"
umask 077
echo the-first-token-of-two >token
start serve "$VIZ" serve --port 0 --db "$work/runs.db" --token-file token
await "the server" grep -q 'serving http://' serve.err
url=$(sed -n 's/.*serving \(http:[^ ]*\)\/.*/\1/p' serve.err)
status()
{
    curl -s -o status.out -w '%{http_code}' "$@" "$url/api/health"
}
sign_in()
{
    curl -s -o sign_in.out -w '%{http_code}' -c "$1" -d "{\"token\":\"$2\"}" \
        -H 'Content-Type: application/json' "$url/api/session"
}

[[ $(curl -s -o live.out -w '%{http_code}' "$url/api/live") == 401 ]] || fail "what is live"
[[ $(curl -s -o form.out -w '%{http_code}' -d '{"token":"x"}' "$url/api/session") == 415 ]] ||
    fail "a form"
[[ $(sign_in jar the-first-token-of-two) == 204 ]] || fail "signing in"
[[ $(status -b jar) == 200 ]] || fail "the session"
chmod 644 token
await "the complaint" grep -q 'can be read or written by others.*the token stays' serve.err
[[ $(status -b jar) == 200 ]] || fail "the session, with a file that is wrong"
echo the-second-of-the-two >next
mv next token
await "the other token" grep -q 'the token has changed: token' serve.err
ended()
{
    [[ $(status -b jar) == 401 ]]
}
await "the end of the session" ended
[[ $(status -H 'Authorization: Bearer the-first-token-of-two') == 401 ]] || fail "the old token"
[[ $(status -H 'Authorization: Bearer the-second-of-the-two') == 200 ]] || fail "the new token"
[[ $(sign_in jar the-second-of-the-two) == 204 && $(status -b jar) == 200 ]] ||
    fail "signing in again"
[[ $(curl -s -o forget.out -w '%{http_code}' -b jar -X DELETE "$url/api/session") == 204 ]] ||
    fail "signing out"
ended || fail "a session that was given back"
interrupt serve
! grep -q 'the-first\|the-second' serve.err || fail "a token is told"
