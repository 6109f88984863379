#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The live stream of viz serve, as a client that is not ours sees it: rows and columns hold
# what was sent, and health has every sample of it.
source "$(dirname "$0")/lib.bash"
need_websockets
mkfifo rows
# shellcheck disable=SC2016 # the inner shell expands it
start serve bash -c 'exec "$@" <rows' _ "$VIZ" serve --port 0 --db "$work/none.db" -
exec 3>rows
await "the server" grep -q 'serving http://' serve.err
port=$(sed -n 's|.*serving http://[^:]*:\([0-9]*\)/.*|\1|p' serve.err)
start client "$websockets" "$here/serve_live.py" "ws://127.0.0.1:$port/api/live"
exec 3>&- # the client has it as well, and closes it when it has written its rows
client_is_through()
{
    grep -q '^ended' client.out || ! kill -0 "${pid[client]}" 2>/dev/null
}
await "the end of the rows" client_is_through
interrupt serve
end client
[[ $status == 0 ]] || fail "the client saw something else than was sent"
