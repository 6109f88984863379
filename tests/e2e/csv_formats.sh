#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Separated values of every kind that is promised, through standard input.
source "$(dirname "$0")/lib.bash"

python3 - <<'PY'
import math
def write(name, header, row, count=100, newline="\n"):
    with open(name, "w", newline="", encoding="utf-8") as file:
        if header:
            file.write(header + newline)
        for n in range(count):
            file.write(row(n) + newline)
def values(n):
    return [f"{math.sin(n / 9 + axis):.4f}" for axis in range(6)]
# A logger's own file, with a hole of ten rows.
write("logger", "timestamp_ns,t_s,sensor_id,ax,ay,az,gx,gy,gz",
      lambda n: ",".join([str(7 * 10**12 + (n + 10 * (n >= 50)) * 5_000_000),
                          f"{n / 200:.6f}", "2"] + values(n)))
write("two_sensors", "timestamp_ns,t_s,sensor_id,ax,ay,gz",
      lambda n: ",".join([str(7 * 10**12 + n * 5_000_000), f"{n / 200:.6f}",
                          str(1 + n % 2)] + values(n)[:3]))
write("semicolon", "time_s;temperature [°C];humidity", newline="\r\n",
      row=lambda n: f"{n / 100:.3f};{20 + n / 100:.2f};{n % 7}".replace(".", ","))
write("tab", "a\tb\tc", lambda n: "\t".join(values(n)[:3]))
write("space", None, lambda n: " ".join(values(n)[:4]))
write("headerless", None, lambda n: ",".join(values(n)))
write("one_column", None, lambda n: values(n)[0])
write("legacy", None,
      lambda n: ",".join([str(7 * 10**12 + n * 5_000_000)] + values(n)))
write("plotter", None, lambda n: f"temp:{20 + n / 100:.2f},hum:{n % 7}")
write("holes", "t,x,y", lambda n: f"{n / 100},{'' if n % 4 == 0 else n},"
                                  f"{'NaN' if n % 5 == 0 else n}")
PY

# shows NAME EXPRESSION...: the file is understood whole, and the expressions hold.
shows()
{
    local name=$1 status=0
    shift
    timeout 60 "$VIZ" - --headless --json viz.json <"$name" >viz.out 2>viz.err ||
        status=$?
    [[ $status == 0 ]] || fail "$name: exit status $status"
    grep -q 'speaks csv' viz.err || fail "$name is not recognised"
    holds viz.json "ledger.balanced and lost == 0 and ledger.unreadable == 0" \
        "ledger.drawn == ledger.sent" "all(entry.format == 'csv' for entry in streams)" \
        "sum(entry.rows for entry in streams) == 100" "$@"
}

shows logger "list(stream) == ['S2']" "stream['S2'].samples == 600" \
    "stream['S2'].channel_names == ['ax', 'ay', 'az', 'gx', 'gy', 'gz']" \
    "stream['S2'].gaps == 1"
shows two_sensors "sorted(stream) == ['S1', 'S2']" \
    "all(entry.rows == 50 and entry.samples == 150 for entry in streams)"
shows semicolon "streams[0].channels == 2 and streams[0].samples == 200" \
    "streams[0].channel_names == ['temperature', 'humidity']"
shows tab "streams[0].channel_names == ['a', 'b', 'c'] and streams[0].samples == 300"
shows space "streams[0].channels == 4 and streams[0].samples == 400"
shows headerless "streams[0].channels == 6 and streams[0].samples == 600"
shows one_column "streams[0].channels == 1 and streams[0].samples == 100"
shows legacy "streams[0].channel_names == ['ax', 'ay', 'az', 'gx', 'gy', 'gz']" \
    "streams[0].samples == 600"
shows plotter "streams[0].channel_names == ['temp', 'hum']" "streams[0].samples == 200"
# Lines without a time that came in a burst at first: what follows is no row of gaps.
(
    head -n 40 plotter
    tail -n +41 plotter | while read -r line; do
        sleep 0.004
        echo "$line"
    done
) | "$VIZ" - --headless --json viz.json >viz.out 2>viz.err || fail "a burst"
holds viz.json "streams[0].rows == 100 and streams[0].gaps == 0"

# An empty field is no sample; what is not a number is one.
shows holes "streams[0].channel_names == ['x', 'y']" "streams[0].samples == 175"
