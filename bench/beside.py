#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A native window's latency with and without a hundred browsers on the other core.

    bench/beside.py --build BUILD [--runs 6] [--seconds 15] [--browsers 100]

By turns (off on on off ...): viz --benchmark --headless on one core; alone, or while
viz serve synth: and the clients of bench_tail share the other. Both cores are chosen from
those that this process may use. Prints one JSON line a run, then the medians with their
range and the ratio of the 99th percentiles.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile


def pinned(core, command, **options):
    return subprocess.Popen(["taskset", "-c", str(core), *command], text=True, **options)


def start_server(viz, core, store):
    server = pinned(core, [viz, "serve", "--port", "0", "--db", store, "synth:"],
                    stderr=subprocess.PIPE)
    said = server.stderr.readline()
    return server, int(re.search(r":(\d+)/", said).group(1))


def native(options, core, folder):
    path = os.path.join(folder, "native.json")
    command = [f"{options.build}/viz", "--benchmark", "--headless", "--channels", "18",
               "--rate", "500", "--no-csv", "--duration", str(options.seconds), "--json",
               path]
    pinned(core, command, stdout=subprocess.DEVNULL).wait()
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def one(options, cores, folder, beside):
    row = {"bench": "beside", "browsers": options.browsers if beside else 0}
    if beside:
        server, port = start_server(f"{options.build}/viz", cores[0],
                                    os.path.join(folder, "runs.db"))
        tail = pinned(cores[0], [f"{options.build}/bench/bench_tail", "127.0.0.1",
                                 str(port), str(options.browsers),
                                 str(options.seconds + 2), str(server.pid)],
                      stdout=subprocess.PIPE)
    run = native(options, cores[1], folder)
    if beside:
        row["tail"] = json.loads(tail.communicate()[0])
        server.terminate()
        server.wait()
    for name in ("p50_latency_ms", "p99_latency_ms", "max_latency_ms", "fps"):
        row[name] = run[name]
    print(json.dumps(row), flush=True)
    return row


def say(name, rows, key):
    values = [row[key] for row in rows]
    print(f"{name:10} {key:16} {statistics.median(values):8.3f}"
          f"  ({min(values):.3f} to {max(values):.3f})")
    return statistics.median(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--runs", type=int, default=6, help="of each kind")
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--browsers", type=int, default=100)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[:2]
    order = [bool((i + 1) // 2 % 2) for i in range(2 * options.runs)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [one(options, cores, folder, beside) for beside in order]
    alone = [row for row in rows if not row["browsers"]]
    beside = [row for row in rows if row["browsers"]]
    for key in ("p50_latency_ms", "p99_latency_ms", "max_latency_ms"):
        ratio = say("beside", beside, key) / say("alone", alone, key)
        print(f"{'':10} {key:16} ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
