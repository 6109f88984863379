#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long viz export takes and what memory, by the number of rows.

    bench/export.py [--viz PROGRAM] [--rows 1000000,10000000,50000000] [--runs 5] [--dir DIR]

Collects a second from a simulated device, multiplies its frames inside the database, and
exports the run to /dev/null as often as asked. Needs 80 bytes of disk in DIR for each row.
Prints one JSON object for each number of rows and format: rows a second as median, least and
greatest, and the largest resident memory of any run."""

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time


def collect(viz, database):
    device = subprocess.Popen([viz, "device", "--port", "0"], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True)
    port = device.stderr.readline().rsplit(":", 1)[1].split("/")[0]
    subprocess.run([viz, "collect", "--host", f"127.0.0.1:{port}", "--run-name", "bench",
                    "--max-samples", "10", "--db", database],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    device.send_signal(signal.SIGINT)
    device.wait()


def multiply(database, rows):
    """Repeat the newest frame until there are so many."""
    base = sqlite3.connect(database)
    base.execute("PRAGMA synchronous = OFF")
    have = base.execute("SELECT max(seq) + 1 FROM sample").fetchone()[0]
    newest = base.execute("SELECT * FROM sample WHERE seq = ?", (have - 1,)).fetchone()
    run, _, segment, host_ns, device_ns, marks, missing, frame = newest
    base.execute("""WITH RECURSIVE more(n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ?)
        INSERT INTO sample SELECT ?, ? + n - 1, ?, ? + n * 100000000, ? + n * 100000000,
            ?, ?, ? FROM more""",
                 (rows - have, run, have, segment, host_ns, device_ns, marks, missing,
                  frame))
    base.execute("UPDATE run SET samples = ?", (rows,))
    base.commit()
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()


def export(viz, database, form):
    begin = time.monotonic()
    process = subprocess.Popen([viz, "export", "bench", "--db", database, "--format", form],
                               stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--viz", default="build/release/viz")
    parser.add_argument("--rows", default="1000000,10000000,50000000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dir")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        database = f"{folder}/runs.db"
        collect(options.viz, database)
        for rows in (int(word) for word in options.rows.split(",")):
            multiply(database, rows)
            for form in ("csv", "json"):
                results = [export(options.viz, database, form) for _ in range(options.runs)]
                speeds = [rows / seconds for seconds, _ in results]
                print(json.dumps({
                    "bench": "export", "rows": rows, "format": form,
                    "runs": options.runs,
                    "rows_per_s": round(statistics.median(speeds)),
                    "rows_per_s_min": round(min(speeds)),
                    "rows_per_s_max": round(max(speeds)),
                    "rss_mb_max": round(max(rss for _, rss in results), 1),
                }), flush=True)


if __name__ == "__main__":
    main()
