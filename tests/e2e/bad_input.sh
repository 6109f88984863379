#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever comes in: never a crash, never an error, always a named counter.
source "$(dirname "$0")/lib.bash"

python3 - <<'PY'
import random, struct
random.seed(5)
noise = bytes(random.randrange(256) for _ in range(200000))
row = b'{"timestamp_ns":%d,"sensor_id":1,"ax":1.5}\n'
def rows(first, count):
    return b"".join(row % ((first + n) * 10000000) for n in range(count))
def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
write("noise", noise)
write("long_lines", rows(1, 50) + b"{" + b"x" * 100000 + b"}\n" + rows(51, 50)
      + b"y" * 20000 + b"\n" + rows(101, 50))
write("bad_lines", rows(1, 10) + b'{"sensor_id":1,"timestamp_ns":5,"ax":}\n'  # syntax
      + b'{"sensor_id":0,"timestamp_ns":110000000,"ax":1}\n'                  # value
      + b'{"sensor_id":1,"timestamp_ns":1e99,"ax":1}\n'                       # value
      + b'{"sensor_id":1,"timestamp_ns":120000000,"ax":"one"}\n'              # value
      + b'{"sensor_id":1\n\0\0\0\n' + rows(20, 10) + b'{"sensor_id":1,"time')
write("empty", b"")
write("newline", b"\n")
PY

# through NAME [OPTION...]: the file through standard input, into viz.json.
through()
{
    local name=$1 status=0
    shift
    timeout 60 "$VIZ" - --headless --json viz.json "$@" <"$name" >viz.out 2>viz.err ||
        status=$?
    [[ $status == 0 ]] || fail "$name $*: exit status $status"
    [[ ! -s viz.out ]] || fail "$name: talk on stdout"
    holds viz.json "ledger.balanced and ledger.in_flight == 0" \
        "sources[0].bytes == $(wc -c <"$name") and sources[0].ended"
}

bad="sum(sources[0][key] for key in sources[0] if key.startswith('bad_')
     or key in ('oversized', 'truncated', 'no_room'))"

through noise
holds viz.json "$bad > 0 and ledger.unreadable > 0 and lost > 0"
says viz.err 'no known format'
for format in mpu csv viz; do
    through noise --format $format
    holds viz.json "$bad + sources[0].chatter > 0" "ledger.unreadable == $bad"
done
holds viz.json "sources[0].bad_magic > 0"

through long_lines
holds viz.json "sources[0].oversized == 1 or sources[0].oversized == 2" \
    "streams[0].rows == 150 and ledger.drawn == 150" "ledger.unreadable == $bad"
through bad_lines
holds viz.json "streams[0].rows == 20" "sources[0].bad_value == 3" \
    "sources[0].bad_syntax == 2" "sources[0].truncated == 1" "sources[0].chatter == 1" \
    "ledger.unreadable == lost == 6"
through empty
holds viz.json "streams == [] and lost == 0 and ledger.sent == 0"
through newline
holds viz.json "streams == [] and ledger.sent == 0"

# Datagrams: noise, too short, too long for its format, the largest there is, nothing.
for backend in $(backends); do
    start viz "$VIZ" udp://127.0.0.1:0 --headless --net "$backend" --json viz.json \
        --exit-after 60
    await_port viz
    python3 - "$port" >expected <<'PY'
import random, socket, sys, time
random.seed(6)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(("127.0.0.1", int(sys.argv[1])))
sizes = [0, 1, 3, 4, 7, 100, 1472, 20000, 65507] * 3
for size in sizes:
    udp.send(random.randbytes(size))
    time.sleep(0.002)
good = b"".join(b'{"timestamp_ns":%d,"sensor_id":2,"ax":1,"ay":2}\n' % (n * 10**7)
                for n in range(1, 11))
udp.send(good)
for size in (0, 50, 65507):
    udp.send(b"{" * size)
    time.sleep(0.002)
udp.send(good.replace(b'"sensor_id":2', b'"sensor_id":3'))
print(len(sizes) + 5, sum(sizes) + 2 * len(good) + 50 + 65507)
PY
    await_taken "$port"
    interrupt viz
    read -r packets bytes <expected
    holds viz.json "ledger.balanced and sources[0].kernel_drops == 0" \
        "sources[0].packets == $packets and sources[0].bytes == $bytes" \
        "$bad > 5 and ledger.unreadable == $bad" \
        "sum(entry.rows for entry in streams) >= 20" \
        "stream['S2'].samples == stream['S3'].samples == 20"

    # Frames of our own format with one byte changed each.
    start viz "$VIZ" "udp://127.0.0.1:0?format=viz" --headless --net "$backend" \
        --json viz.json --exit-after 60
    await_port viz
    "$VIZ" send - --duration 0.2 2>/dev/null | python3 -c '
import random, socket, sys
random.seed(8)
data = bytearray(sys.stdin.buffer.read())
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(("127.0.0.1", int(sys.argv[1])))
for start in range(0, len(data) - 112, 56):
    frame = data[start:start + 112]
    frame[random.randrange(len(frame))] ^= 1 << random.randrange(8)
    udp.send(frame)
' "$port"
    await_taken "$port"
    interrupt viz
    holds viz.json "ledger.balanced and ledger.unreadable == $bad" "$bad > 0"
done
