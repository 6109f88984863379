#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs viz and a peer by turns under a harness that watches the X server from outside.

    bench/outside.py --harness DIR --bench BUILD/bench --viz BUILD/viz [--runs 5] [--heavy]

The harness (peerbench.py in DIR) starts a private X server, counts the CPU time of the
program's processes, counts damage as frames, and finds out when known jumps of a red curve
become visible. Prints one JSON line a run, then a table of medians with their range and the
ratios of the runs that stood side by side.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys


def one(options, name, command, extra):
    harness = os.path.join(options.harness, "peerbench.py")
    out = subprocess.run([harness, "--name", name, *extra, "--", *command],
                         stdout=subprocess.PIPE, check=True, text=True)
    run = json.loads(out.stdout.splitlines()[-1])
    fps = run["self"]["fps"] if run.get("self") else run["x_fps"]
    row = {
        "bench": "outside",
        "program": name,
        "fps": fps,
        "cpu_percent": run["cpu_pct"],
        "cpu_ms_a_frame": round(run["cpu_pct"] * 10 / fps, 3) if fps else None,
        "latency_mean_ms": (run.get("x_lat_ms") or {}).get("mean"),
        "latency_max_ms": (run.get("x_lat_ms") or {}).get("max"),
        "rss_mb": run["rss_mb"],
        "other_cpu_percent": run["other_cpu_pct"],
    }
    print(json.dumps(row), flush=True)
    return row


def spread(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    if not values:
        return "–"
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def ratios(ours, theirs, key):
    pairs = [a[key] / b[key] for a, b in zip(ours, theirs) if a[key] and b[key]]
    if not pairs:
        return "–"
    return f"{statistics.median(pairs):.2f} ({min(pairs):.2f}–{max(pairs):.2f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--harness", required=True)
    parser.add_argument("--bench", required=True, help="folder with bench_outside")
    parser.add_argument("--viz", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--refresh", default="60", help="viz's frames a second; the peer's are 60")
    parser.add_argument("--heavy", action="store_true", help="50 kHz instead of 500 Hz")
    options = parser.parse_args()

    rate, rows = ("50000", "250") if options.heavy else ("500", "1")
    feed = [os.path.abspath(os.path.join(options.bench, "bench_outside")), "--rate", rate,
            "--rows", rows, os.path.abspath(options.viz), "--refresh", options.refresh,
            "--color", "1=#ff0000"]
    peer = [os.path.join(options.harness, "peer_pyqtgraph.py"), "--refresh", "60",
            "--rate", rate]
    peer += ["--source", "block", "--down", "peak"] if options.heavy else ["--source", "thread"]
    waits = ["--warm", "15", "--secs", "15"]
    if options.heavy:
        waits += ["--report-wait", "240"]

    viz, pyqtgraph = [], []
    for _ in range(options.runs):
        viz.append(one(options, "viz", feed, [*waits, "--feed"]))
        pyqtgraph.append(one(options, "pyqtgraph", peer, waits))
    keys = ["fps", "cpu_percent", "cpu_ms_a_frame", "latency_mean_ms", "latency_max_ms", "rss_mb"]
    print(f"\n{'median (range)':20s} {'viz':>24s} {'pyqtgraph':>24s} {'ratio in one run':>22s}")
    for key in keys:
        print(f"{key:20s} {spread(viz, key):>24s} {spread(pyqtgraph, key):>24s} "
              f"{ratios(viz, pyqtgraph, key):>22s}")


if __name__ == "__main__":
    sys.exit(main())
