# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the scripts here, which begin with: source "$(dirname "$0")/lib.bash".
# Each runs in a folder of its own, and ends whatever it started.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
: "${VIZ:?the path of the program to test}"
VIZ=$(realpath "$VIZ")
work=$(mktemp -d)
cd "$work"
declare -A pid=()

clean_up()
{
    local name
    for name in "${!pid[@]}"; do
        kill -KILL "${pid[$name]}" 2>/dev/null || true
    done
    wait 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

fail()
{
    local file
    echo "FAILED: $*"
    for file in *.err *.out; do
        [[ -s $file ]] || continue
        echo "--- $file"
        tail -n 20 "$file"
    done
    exit 1
}

skip()
{
    echo "$*"
    exit 77
}

# Whether the program is built with AddressSanitizer, which needs terabytes of addresses.
is_sanitized()
{
    grep -q __asan_init "$VIZ"
}

# run NAME COMMAND...: to its end, into NAME.out and NAME.err; prints its exit status.
run()
{
    local name=$1 status=0
    shift
    timeout 60 "$@" >"$name.out" 2>"$name.err" || status=$?
    echo "$status"
}

# start NAME COMMAND...: the same beside the script.
start()
{
    local name=$1
    shift
    : >"$name.out"
    : >"$name.err"
    "$@" >"$name.out" 2>"$name.err" &
    pid[$name]=$!
}

# end NAME: wait for what was started; its exit status goes to $status.
end()
{
    local name=$1
    status=0
    wait "${pid[$name]}" || status=$?
    unset "pid[$name]"
}

# interrupt NAME: Ctrl-C, and the end must be a clean one.
interrupt()
{
    kill -INT "${pid[$1]}"
    end "$1"
    [[ $status == 0 ]] || fail "$1 ended with $status after SIGINT"
}

# await WHAT COMMAND...: until the command succeeds, 30 s at most.
await()
{
    local what=$1 deadline=$((SECONDS + 30))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited too long for $what"
        sleep 0.02
    done
}

# The port that NAME says it listens on goes to $port.
await_port()
{
    await "the port of $1" grep -q 'listens on port' "$1.err"
    port=$(sed -n 's/.*listens on port \([0-9]*\).*/\1/p' "$1.err" | tail -n 1)
}

# The port of the (first) device that NAME plays goes to $port.
await_device()
{
    await "the port of $1" grep -q 'listens\? on ws:' "$1.err"
    port=$(sed -n 's/.*listens\{0,1\} on ws:[^ ]*:\([0-9]*\)\/ws.*/\1/p' "$1.err")
}

# A Python that can import websockets goes to $websockets.
need_websockets()
{
    for websockets in python3 /usr/bin/python3; do
        "$websockets" -c 'import websockets' 2>/dev/null && return
    done
    skip "no Python with websockets here"
}

udp_queue_is_empty()
{
    local hex
    hex=$(printf ':%04X' "$1")
    awk -v local="$hex" '$2 ~ local "$" { split($5, queue, ":"); if (queue[2] != "00000000")
        waiting = 1; found = 1 } END { exit !(found && !waiting) }' /proc/net/udp
}

# Every datagram that was sent to $1 has been taken from its socket.
await_taken()
{
    await "the datagrams in port $1" udp_queue_is_empty "$1"
}

# holds FILE EXPRESSION...: each is true of the JSON document; see holds.py.
holds()
{
    python3 "$here/holds.py" "$@" || fail "$1 is not as it must be"
}

# looks FILE EXPRESSION...: each is true of the picture; see picture.py.
looks()
{
    python3 "$here/picture.py" "$@" || fail "$1 does not look as it must"
}

# A display of the script's own; its screen is in the file $screen.
open_display()
{
    command -v Xvfb >/dev/null || skip "no Xvfb here"
    mkdir screen
    Xvfb -displayfd 9 -screen 0 1400x900x24 -nolisten tcp -fbdir screen 9>display \
        >Xvfb.log 2>&1 &
    pid[Xvfb]=$!
    await "Xvfb" test -s display
    DISPLAY=:$(<display)
    export DISPLAY
    unset WAYLAND_DISPLAY
    screen=screen/Xvfb_screen0
}

# says FILE TEXT: a part of a line.
says()
{
    grep -qF -- "$2" "$1" || fail "$1 does not say: $2"
}

has_uring()
{
    local source=udp://127.0.0.1:0
    [[ $(run uring "$VIZ" "$source" --headless --net uring --exit-after 0.1) == 0 ]]
}

# Backends that can be tested here, one a line; says what cannot.
backends()
{
    echo poll
    if has_uring; then
        echo uring
    else
        echo "not tested: $(cat uring.err)" >&2
    fi
    rm -f uring.*
}

# mpu_is_whole VIZ.json SENT.json BACKEND: what mpu.py sent is what viz tells of.
mpu_is_whole()
{
    local net=poll
    [[ $3 == uring ]] && net=io_uring
    holds "$1" "sent=$2" "settings.net.startswith('$net')" \
        "sorted(stream) == ['S1', 'S2', 'S3']" \
        "all(stream[name][key] == sent.streams[name][key] for name in stream
             for key in ('rows', 'samples', 'gaps', 'channels'))" \
        "all(entry.requested_hz == sent.rate_hz for entry in streams)" \
        "all(entry.format == 'mpu' and entry.delivered_hz > 0 for entry in streams)" \
        "ledger.balanced and ledger.lost == 0 and lost == 0" \
        "all(entry.missing is None for entry in streams)" \
        "ledger.sent == ledger.received == ledger.drawn == sent.samples" \
        "sources[0].lines == sent.lines" "sources[0].chatter == sent.chatter" \
        "sum(sources[0][key] for key in sources[0] if key.startswith('bad_')) == 0"
}

[[ $(run drawing "$VIZ" --headless --exit-after 0.1) == 0 ]] ||
    ! grep -q 'VIZ_DRAW=OFF' drawing.err || skip "$(cat drawing.err)"
rm -f drawing.*
