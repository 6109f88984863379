#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""serve_live.py URL: writes a logger's lines into descriptor 3, from where viz serve reads
them, and follows them in its live stream: once so closely that rows come, once in 40 columns. Both
must hold what was written, whose every sample must be in the ledger. Prints "ended" once the
source has, and waits for the server's own end."""
import asyncio
import json
import math
import os
import struct
import sys

import websockets

URL, = sys.argv[1:]
ROWS, GAP_AT, PERIOD_NS, GAP_NS = 1200, 700, 2_000_000, 300_000_000
HEADER = struct.Struct("<BBHIIHHdddd")


def written():
    """(device time, ax, ay) of each row."""
    for i in range(ROWS):
        time_ns = i * PERIOD_NS + (GAP_NS if i >= GAP_AT else 0)
        yield time_ns, i * 37 % 200 / 8, None if i % 10 == 3 else -i


async def write(fifo):
    meta = {"meta": "mpu6050_stream_config", "sensor_ids": [1],
            "pi_stream_rate_hz": 500}
    fifo.write(json.dumps(meta) + "\n")
    for i, (time_ns, ax, ay) in enumerate(written()):
        row = {"timestamp_ns": time_ns, "sensor_id": 1, "ax": ax}
        if ay is not None:
            row["ay"] = ay
        fifo.write(json.dumps(row) + "\n")
        if i % 10 == 9:
            fifo.flush()
            await asyncio.sleep(10 * PERIOD_NS / 1e9)


class Page:
    """What a page holds of stream 0, by the description of the messages."""

    def __init__(self):
        self.kind = self.step = self.health = None
        self.streams, self.serials, self.resets = [], set(), 0
        self.rows, self.columns = [], {}

    def take(self, message):
        if isinstance(message, str):
            text = json.loads(message)
            assert text["type"] != "error", text
            if text["type"] == "health":
                self.health = text
            else:
                self.streams = text["streams"]
            return
        (kind, flags, stream, serial, count, channels, header, first, step, now,
         newest) = HEADER.unpack(message[:48])
        assert stream == 0 and header == 48 and newest <= now + 1
        assert flags & 1 or kind == self.kind, "another kind without a reset"
        if flags & 1:
            self.rows, self.columns = [], {}
            self.resets += 1
        self.kind, self.step = kind, step
        self.serials.add(serial)
        body = message[48:]
        if kind == 1:
            assert len(body) == 8 * count * channels
            edges = struct.unpack(f"<{2 * count * channels}f", body)
            at = round(first / step)
            for i in range(count):
                self.columns[at + i] = [
                    (edges[2 * c * count + i], edges[(2 * c + 1) * count + i])
                    for c in range(channels)]
        else:
            assert len(body) == count * (8 + 4 * channels) and step == 0
            times = struct.unpack_from(f"<{count}d", body)
            values = struct.unpack_from(f"<{count * channels}f", body, 8 * count)
            self.rows += [(times[i], [values[c * count + i] for c in range(channels)])
                          for i in range(count)]


async def follow(socket, page):
    async for message in socket:
        page.take(message)


async def until(what, condition):
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited too long for {what}")


def same(got, expected):
    if math.isnan(expected):
        return math.isnan(got)
    return abs(got - expected) < 1e-3


def check_rows(page):
    assert page.kind == 2 and len(page.rows) == ROWS + 1, len(page.rows)
    time, values = page.rows.pop(GAP_AT)
    assert all(map(math.isnan, values)) and time == page.rows[GAP_AT][0]
    start = page.rows[0][0]
    for (time, got), (time_ns, ax, ay) in zip(page.rows, written()):
        assert abs(time - start - time_ns / 1e9) < 1e-6, (time, time_ns)
        assert same(got[0], ax) and same(got[1], math.nan if ay is None else ay), got


def check_columns(page, rows, first, last):
    assert page.kind == 1
    assert sorted(page.columns) == list(range(first, last + 1)), sorted(page.columns)
    empty = 0
    for index, edges in page.columns.items():
        inside = [values for time, values in rows
                  if index == math.floor(time / page.step + 1e-9)]
        empty += not inside
        for channel, (low, high) in enumerate(edges):
            numbers = [values[channel] for values in inside
                       if not math.isnan(values[channel])]
            assert same(low, min(numbers, default=math.nan)), (index, low, numbers)
            assert same(high, max(numbers, default=math.nan)), (index, high, numbers)
    assert 1 <= empty <= 3, f"{empty} columns of a gap of 300 ms are empty"


def check_health(health, samples):
    ledger = health["ledger"]
    assert ledger["balanced"] and ledger["in_flight"] == 0, ledger
    assert ledger["lost"] is ledger["missing"] is None, ledger
    assert health["loss_known"] is False, health
    assert ledger["sent"] == ledger["received"] == ledger["drawn"] == samples, ledger
    stream = health["streams"][0]
    assert stream["rows"] == ROWS and stream["gaps"] == 1, stream
    assert stream["requested_hz"] == 500 and stream["clock_steps"] == 0, stream
    assert health["clients"] == 3 and health["behind_ms"]["p50"] > 0, health
    source = health["sources"][0]
    assert source["where"] == "standard input" and source["format"] == "mpu", source


async def view(socket, **members):
    await socket.send(json.dumps({"view": members}))


async def main():
    fifo = os.fdopen(3, "w", encoding="utf-8")
    async with (websockets.connect(URL, max_size=1 << 20) as a,
                websockets.connect(URL, max_size=1 << 20) as b,
                websockets.connect(URL, max_size=1 << 20) as c):
        close, wide, late = Page(), Page(), Page()
        tasks = [asyncio.create_task(follow(socket, page))
                 for socket, page in ((a, close), (b, wide), (c, late))]
        await view(a, serial=7, window_s=6, px=4096)
        await view(b, serial=8, window_s=6, px=60)
        await write(fifo)
        fifo.close()
        await until("all rows", lambda: len(close.rows) > ROWS)
        await until("the end", lambda: close.health and close.health["ended"])
        check_rows(close)
        edges = [math.floor(close.rows[i][0] / wide.step + 1e-9) for i in (0, -1)]
        check_columns(wide, close.rows, *edges)
        await view(c, serial=9, from_s=(edges[0] + 1) * wide.step,
                   to_s=edges[1] * wide.step, px=edges[1] - edges[0] - 1)
        await until("the stretch", lambda: late.columns)
        assert late.step == wide.step and late.serials == {9}
        check_columns(late, close.rows, edges[0] + 1, edges[1] - 1)
        assert close.serials == {7} and wide.serials == {8} and wide.resets <= 2
        assert [stream["name"] for stream in late.streams] == ["S1"], late.streams
        assert [channel["name"] for channel in close.streams[0]["channels"]] == \
            ["ax", "ay"], close.streams
        samples = sum(1 + (ay is not None) for _, _, ay in written())
        check_health(close.health, samples)
        print("ended", flush=True)
        await asyncio.wait(tasks, timeout=30)
        assert a.close_code == b.close_code == c.close_code == 1001, a.close_code


asyncio.run(main())
