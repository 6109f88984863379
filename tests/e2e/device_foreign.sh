#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A client that is not ours and the simulated device: what the device reports is what the
# client saw, with every fault; and the device's answers are those of its firmware.
source "$(dirname "$0")/lib.bash"
need_websockets
names=()

# device NAME OPTION...: a client listens to all that it sends.
device()
{
    local name=$1
    shift
    start "$name" "$VIZ" device --port 0 --duration 6 --report "$name.json" "$@"
    await_device "$name"
    start "client_$name" "$websockets" "$here/device_client.py" LISTEN \
        "ws://127.0.0.1:$port/ws" "$name.seen.json" benchmark audio stm
    names+=("$name")
}

device plain --seed 3
device twin --seed 3
device mixed --drop 20 --nan 20 --garbage 30 --half-frames 30 --spikes 5 --ar 0.5
device stall --stall 3:1.5
device reboot --reboot-at 3.5 --clock 50000
device wrap --clock 4294965296
device wide --extended --slow 300
device silent --silent
device refuse --refuse
device coded --close-code 4001@2

for name in "${names[@]}"; do
    end "$name"
    [[ $status == 0 ]] || fail "$name ended with $status"
    end "client_$name"
    [[ $status == 0 ]] || fail "the client of $name ended with $status"
    holds "$name.json" "seen=$name.seen.json" \
        "total.made == total.sent + total.dropped + total.stalled + total.unsent" \
        "total.sent == seen.frames and total.unsent == 0" \
        "total.repeats == seen.repeats and total.nan == seen.nan" \
        "total.garbage == seen.garbage and total.halves == seen.cut" \
        "total.audio == seen.audio and total.stm == seen.stm" \
        "total.status == seen.status and total.connections == seen.connections" \
        "total.avg_total_us_sum == seen.sum" \
        "devices[0].first_timestamp_ms == seen.first" \
        "devices[0].last_timestamp_ms == seen.last" \
        "devices[0].last_avg_total_us == seen.last_average" \
        "total.texts == 3 * total.connections" \
        "all(100 <= d for d in seen.distances)"
done

# (Clients begin when the machine gets round to it.)
holds plain.json seen=plain.seen.json "10 <= seen.frames <= 60" "seen.codes == [1001]" \
    "all(d <= 103 for d in seen.distances)" "total.repeats >= total.sent - 6" \
    "seen.replies == 3" "seen.wide == 0" "1.2 <= seen.audio / seen.frames <= 1.9" \
    "2.5 <= seen.stm / seen.frames <= 3.7"
holds plain.seen.json twin=twin.seen.json \
    "len(by_stamp.keys() & twin.by_stamp.keys()) >= 10" \
    "all(by_stamp[k] == twin.by_stamp[k] for k in by_stamp.keys() & twin.by_stamp.keys())"
holds mixed.json seen=mixed.seen.json "total.dropped > 0" "total.nan > 0" \
    "total.garbage > 0" "total.halves > 0" "seen.sum > 0"
holds stall.json seen=stall.seen.json "14 <= total.stalled <= 16" \
    "max(seen.distances) >= 1500"
holds reboot.json seen=reboot.seen.json "seen.codes == [1006, 1001]" "seen.boots == 1" \
    "total.boots == 2" "seen.first >= 50000" "seen.last < 2600"
holds wrap.json seen=wrap.seen.json "seen.first > 4294965000" "seen.last < 5000" \
    "all(d <= 103 for d in seen.distances)"
holds wide.json seen=wide.seen.json "seen.wide == seen.frames" "seen.frames <= 57"
holds silent.json seen=silent.seen.json "total.made == 0" "seen.audio == 0" \
    "seen.replies == 3" "total.subscriptions == 1"
holds refuse.json seen=refuse.seen.json "total.rejections == 3" "seen.frames == 0"
holds coded.json seen=coded.seen.json "seen.codes == [4001]" "seen.frames <= 21"

# Its answers.
for rule in RULES COOL-DOWN SINGLE-SESSION; do
    option=()
    [[ $rule == RULES ]] || option=("--${rule,,}")
    start rules "$VIZ" device --port 0 --report rules.json "${option[@]}"
    await_device rules
    [[ $(run client "$websockets" "$here/device_client.py" "$rule" \
        "ws://127.0.0.1:$port/ws") == 0 ]] || fail "$rule"
    interrupt rules
done
holds rules.json "total.refused_connections == 1" "total.connections == 3"

# Many devices in one process, each with a series of its own, all on ports in a row.
start many "$VIZ" device --port 0 --devices 50 --duration 3 --report many.json
await_device many
says many.err "to ws://127.0.0.1:$((port + 49))/ws"
[[ $(run client "$websockets" "$here/device_client.py" MANY 127.0.0.1 "$port" 50 \
    many.seen.json) == 0 ]] || fail "many"
end many
holds many.json seen=many.seen.json "len(devices) == 50" \
    "[d.sent for d in devices] == seen.frames" \
    "[d.avg_total_us_sum for d in devices] == seen.sums" \
    "total.sent == sum(seen.frames) > 900" "len(set(seen.sums)) == 50" \
    "[d.port for d in devices] == list(range($port, $port + 50))"

# The report on standard output; a port that is taken.
[[ $(run piped "$VIZ" device --port 0 --duration 0.1 --report -) == 0 ]]
holds piped.out "total.boots == 1" "devices[0].last_avg_total_us is None"
start first "$VIZ" device --port 0 --host ::1
await_device first
says first.err 'ws://[::1]:'
[[ $(run second "$VIZ" device --host ::1 --port "$port") == 1 ]] || fail "a taken port"
says second.err "port $port: Address already in use"
[[ $(run second "$VIZ" device --port 65000 --devices 1000) == 2 ]] || fail "beyond 65535"
says second.err '65535'
[[ $(run second "$VIZ" device elsewhere) == 2 ]] || fail "an operand"
[[ $(run second "$VIZ" device --report missing/file) == 1 ]] || fail "no such folder"
[[ $(run second "$VIZ" device --host no..host --port 0) == 1 ]] || fail "no such host"
interrupt first

# Fewer files than devices.
[[ $(run few bash -c 'ulimit -n 50; "$1" device --port 0 --devices 100' _ "$VIZ") == 1 ]] ||
    fail "too few files"
says few.err '100 devices need 132 open files and this process may have 50'
