#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""viz collect against many simulated devices.

    bench/collect.py [--viz PROGRAM] [--devices 1000] [--duration 20] [--runs 5] [--core N]

Each run: viz device plays the devices, viz collect stores them; both on one core with
--core. Prints one JSON object a run: what the devices sent, what was stored, the CPU time
of both in cores, and the time from a frame's receipt by the kernel to the end of the commit
that holds it. On loopback the kernel receives a frame when it is sent. The last line has
median, least and greatest of the runs."""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time


def free_ports(count):
    """The first of so many consecutive ports that nobody listens on."""
    for first in range(20000, 30000, count):
        try:
            for port in (first, first + count // 2, first + count - 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise SystemExit("no free range of ports")


def cores(usage, seconds):
    return (usage.ru_utime + usage.ru_stime) / seconds


def wait_for(process):
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def run(options, folder):
    prefix = ["taskset", "-c", str(options.core)] if options.core is not None else []
    first = free_ports(options.devices)
    report, summary = f"{folder}/sent.json", f"{folder}/stored.json"
    begin = time.monotonic()
    devices = subprocess.Popen(
        prefix + [options.viz, "device", "--devices", str(options.devices), "--port",
                  str(first), "--report", report], stderr=subprocess.DEVNULL)
    time.sleep(1)
    collect = subprocess.Popen(
        prefix + [options.viz, "collect", "--host",
                  f"127.0.0.1:{first}-{first + options.devices - 1}", "--run-name", "bench",
                  "--duration", str(options.duration), "--db", f"{folder}/runs.db", "--json",
                  summary], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    collect_usage = wait_for(collect)
    collect_s = time.monotonic() - begin - 1
    devices.send_signal(signal.SIGINT)
    device_usage = wait_for(devices)
    device_s = time.monotonic() - begin
    with open(report) as sent, open(summary) as stored:
        sent, stored = json.load(sent), json.load(stored)
    delay = stored["commit_delay_ms"]
    return {
        "devices": options.devices,
        "collect_exit": collect.returncode,
        "sent": sent["total"]["sent"],
        "received": stored["frames"],
        "stored": stored["stored"],
        "missing": stored["missing"],
        "overflow": stored["overflow"],
        "frames_hz": round(stored["frames"] / stored["elapsed_s"], 1),
        "collect_cores": round(cores(collect_usage, collect_s), 3),
        "device_cores": round(cores(device_usage, device_s), 3),
        "delay_p50_ms": delay["p50"],
        "delay_p99_ms": delay["p99"],
        "delay_max_ms": delay["max"],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--viz", default="build/release/viz")
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--duration", type=float, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--core", type=int)
    options = parser.parse_args()
    results = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(options, folder))
        print(json.dumps(results[-1]), flush=True)
    print(json.dumps({
        name: {"median": statistics.median(r[name] for r in results),
               "min": min(r[name] for r in results),
               "max": max(r[name] for r in results)}
        for name in results[0]}))


if __name__ == "__main__":
    main()
