#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mpu.py DEST EXPECTED [--crlf] [--greeting LINES] [--pace S] [--until FILE]

Sends lines as a logger of three sensors prints them, and writes to EXPECTED, as JSON,
exactly what was sent. DEST: - (standard output), udp:PORT, tcp:PORT (connects), listen
(prints its port, serves one client). --greeting: lines of the first datagram. --until:
the connection stays open until there is FILE.

S1 has six axes, now and then without gz; S2 ax, ay and gz; S3 six axes and a temperature
that is sometimes not a number. S2 pauses twice, S3 once."""
import argparse
import json
import os
import random
import socket
import sys
import time

RATE_HZ = 100
TICKS = 400
PERIOD_NS = 1_000_000_000 // RATE_HZ
START_NS = 8_212_345_678_901
SIX = ["ax", "ay", "az", "gx", "gy", "gz"]
PAUSES = {1: [], 2: [(100, 5), (300, 12)], 3: [(200, 40)]}


def axes_of(sensor, tick):
    if sensor == 2:
        return ["ax", "ay", "gz"]
    if sensor == 1:
        return SIX[:5] if tick % 10 == 7 else SIX
    return SIX + ["temp_c"]


def paused(sensor, tick):
    return any(first <= tick < first + ticks for first, ticks in PAUSES[sensor])


def line_of(sensor, tick):
    stamp_ns = START_NS + tick * PERIOD_NS + (sensor - 1) * 2_500_000
    parts = [f'"timestamp_ns":{stamp_ns}',
             f'"t_s":{(stamp_ns - START_NS) / 1e9:.6f}', f'"sensor_id":{sensor}']
    for axis in axes_of(sensor, tick):
        value = f"{random.gauss(0, 9.81):.5f}"
        if axis == "temp_c":
            value = "NaN" if tick % 50 == 3 else "24.5"
        parts.append(f'"{axis}":{value}')
    return "{" + ",".join(parts) + "}"


def build():
    meta = {"meta": "mpu6050_stream_config", "sensor_ids": [1, 2, 3],
            "pi_device_sample_rate_hz": 200.0, "pi_stream_decimation": 2,
            "pi_stream_rate_hz": float(RATE_HZ)}
    before = [f"[INFO] Sensor {sensor}: bus 1, address 0x68, WHO_AM_I 0x68"
              for sensor in (1, 2, 3)] + [""]
    after = ["=== Run summary ===", " Sensor 1: samples=400, errors=0", " Overruns: 0"]
    lines = before + [json.dumps(meta)]
    expected = {f"S{sensor}": {"rows": 0, "samples": 0, "gaps": len(PAUSES[sensor]),
                               "channels": len(axes_of(sensor, 0))}
                for sensor in (1, 2, 3)}
    for tick in range(TICKS):
        if tick == TICKS // 2:
            lines.append("[WARN] Sensor 3: read error, trying again")
        for sensor in (1, 2, 3):
            if paused(sensor, tick):
                continue
            lines.append(line_of(sensor, tick))
            expected[f"S{sensor}"]["rows"] += 1
            expected[f"S{sensor}"]["samples"] += len(axes_of(sensor, tick))
    lines += after
    rows = sum(stream["rows"] for stream in expected.values())
    samples = sum(stream["samples"] for stream in expected.values())
    return lines, {"streams": expected, "rows": rows, "samples": samples,
                   "rate_hz": RATE_HZ, "lines": rows + 1,
                   "chatter": len(before) + 1 + len(after)}


def open_destination(text):
    """What to call with bytes, whether they must be whole lines, and what to close."""
    if text == "-":
        out = sys.stdout.buffer
        return lambda data: (out.write(data), out.flush()), False, out
    kind, _, port = text.partition(":")
    if kind == "udp":
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("127.0.0.1", int(port)))
        return udp.send, True, udp
    if kind == "tcp":
        tcp = socket.create_connection(("127.0.0.1", int(port)), timeout=30)
        return tcp.sendall, False, tcp
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(30)
    print(f"listens on port {server.getsockname()[1]}", file=sys.stderr, flush=True)
    tcp, _ = server.accept()
    return tcp.sendall, False, tcp


def pieces(lines, newline, whole_lines, greeting):
    """Datagrams of a few whole lines, the first one of @greeting; or a stream cut
    anywhere."""
    if whole_lines:
        count = greeting
        while lines:
            yield "".join(line + newline for line in lines[:count]).encode()
            lines = lines[count:]
            count = random.randint(1, 6)
        return
    data = "".join(line + newline for line in lines).encode()
    while data:
        size = random.choice([1, 7, 100, 1000, 3000])
        yield data[:size]
        data = data[size:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("destination")
    parser.add_argument("expected")
    parser.add_argument("--crlf", action="store_true")
    parser.add_argument("--greeting", type=int, default=6, metavar="LINES")
    parser.add_argument("--pace", type=float, default=0.4)
    parser.add_argument("--until", metavar="FILE")
    arguments = parser.parse_args()
    random.seed(7)
    lines, expected = build()
    with open(arguments.expected, "w", encoding="utf-8") as file:
        json.dump(expected, file)
    send, whole_lines, opened = open_destination(arguments.destination)
    newline = "\r\n" if arguments.crlf else "\n"
    parts = list(pieces(lines, newline, whole_lines, arguments.greeting))
    begun = time.monotonic()
    for number, part in enumerate(parts):
        due = begun + arguments.pace * number / len(parts)
        time.sleep(max(0, due - time.monotonic()))
        send(part)
    while arguments.until and not os.path.exists(arguments.until):
        time.sleep(0.02)
    opened.close()


main()
