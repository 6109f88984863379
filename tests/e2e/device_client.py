#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""device_client.py LISTEN URL FILE STREAM...: a WebSocket client that is not ours subscribes
and keeps listening, through reboots, until the device closes; what it saw goes to FILE as
JSON. MANY HOST PORT COUNT FILE: the same with as many devices, frames alone.
RULES URL: the device's answers and refusals, one after the other.
COOL-DOWN URL, SINGLE-SESSION URL: what it does about connections in a row or at once."""
import asyncio
import json
import math
import struct
import sys

import websockets

FRAME = struct.Struct("<4sIfffHHIHBB")
MAGIC = b"ABM\0"


def ask(kind, request=None):
    message = {"type": kind}
    if request is not None:
        message["requestId"] = request
    return json.dumps(message)


async def reply(socket, request):
    """The text that answers @request; the device's own chatter is passed over."""
    while True:
        message = await asyncio.wait_for(socket.recv(), 5)
        if isinstance(message, str):
            answer = json.loads(message)
            if answer["type"] != "status" and answer.get("requestId") == request:
                return answer


class Seen:
    """Everything that came, in figures."""

    def __init__(self):
        self.frames = self.repeats = self.nan = self.cut = self.garbage = 0
        self.audio = self.stm = self.status = self.replies = self.wide = 0
        self.first = self.last = self.last_average = None
        self.sum = 0.0
        self.hops = None
        self.connections = self.boots = 0
        self.distances = []
        self.by_stamp = {}

    def frame(self, message):
        values = FRAME.unpack(message[:32])
        stamp, average, hops, flags = values[1], values[2], values[7], values[9]
        assert flags == 2 and values[10] == 0, values
        if self.last is None:
            self.first = stamp
        elif stamp < self.last and self.last < 2**31:
            self.boots += 1
        else:
            self.distances.append((stamp - self.last) % 2**32)
        self.last = stamp
        self.repeats += self.hops == hops
        self.hops = hops
        self.frames += 1
        self.wide += len(message) == 64
        if math.isnan(average):
            self.nan += 1
        else:
            self.sum += average
            self.by_stamp[stamp] = [average, hops]
            self.last_average = average
            assert abs(values[4] - average / 200) < 0.01, values

    def binary(self, message):
        if message[:4] == MAGIC and len(message) in (32, 64):
            self.frame(message)
        elif message[:4] == MAGIC and len(message) == 16:
            self.cut += 1
        elif message[:4] == b"AUD\0" and len(message) == 464:
            self.audio += 1
        elif message[0] == 0xFD and len(message) == 250:
            self.stm += 1
        else:
            self.garbage += 1

    def take(self, message):
        if isinstance(message, bytes):
            self.binary(message)
        elif json.loads(message)["type"] == "status":
            self.status += 1
        else:
            self.replies += 1


async def listen_once(url, seen, streams):
    async with websockets.connect(url) as socket:
        assert not socket.extensions
        seen.connections += 1
        if seen.connections > 1:
            seen.hops = None
        for stream in streams:
            await socket.send(ask(stream + ".subscribe"))
        try:
            while True:
                seen.take(await asyncio.wait_for(socket.recv(), 20))
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


async def listen(url, path, *streams):
    seen = Seen()
    codes = []
    while not codes or codes[-1] == 1006:
        codes.append(await listen_once(url, seen, streams))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**vars(seen), "codes": codes}, file)


async def raw_reply(socket, message):
    await socket.send(message)
    while True:
        answer = json.loads(await asyncio.wait_for(socket.recv(), 5))
        if answer["type"] != "status":
            return answer


async def rules(url):
    sockets = [await websockets.connect(url) for _ in range(8)]
    for number, socket in enumerate(sockets[:5]):
        await socket.send(ask("benchmark.subscribe", f"r{number}"))
        answer = await reply(socket, f"r{number}")
        if number < 4:
            assert answer["type"] == "benchmark.subscribed", answer
            assert answer["success"] is True
            assert answer["data"] == {"clientId": number + 1, "frameSize": 32,
                                      "targetFps": 10, "magicByte": 0,
                                      "accepted": True}, answer
        else:
            assert answer == {"type": "benchmark.rejected", "requestId": "r4",
                              "success": False,
                              "error": {"code": "RESOURCE_EXHAUSTED",
                                        "message": "Subscriber table full"}}, answer
    quiet = sockets[5]
    for message, code, words in (
            ("{", "INVALID_JSON", "Parse error"),
            ("[" * 11 + "]" * 11, "INVALID_JSON", "Parse error"),
            (" " * 65537, "INVALID_VALUE", "Message too large"),
            ('{"type": "effects.set"}', "INVALID_VALUE", "Unknown command type"),
            ('{"type": "ledStream.subscribe"}', "FEATURE_DISABLED",
             "LED streaming not available")):
        answer = await raw_reply(quiet, message)
        assert answer == {"type": "error", "success": False,
                          "error": {"code": code, "message": words}}, answer
    # In pieces, with a ping between them.
    await quiet.send(['{"type": "bench', 'mark.unsubscribe", ', '"requestId": "ü"}'])
    assert (await reply(quiet, "ü"))["type"] == "benchmark.unsubscribed"
    await asyncio.wait_for(await quiet.ping(), 5)
    await quiet.send(b"\0\1\2")  # no text: not answered
    ninth = await websockets.connect(url)
    await ninth.wait_closed()
    assert (ninth.close_code, ninth.close_reason) == (1008, "Connection limit")
    huge = sockets[6]
    await huge.send(" " * (2 << 20))
    await huge.wait_closed()
    assert huge.close_code == 1009, huge.close_code
    for socket in sockets:
        await socket.close()
        assert socket is huge or socket.close_code == 1000
    for path, status in (("/", 404), ("/wsx", 404)):
        try:
            await websockets.connect(url.replace("/ws", path))
            raise AssertionError(path)
        except websockets.InvalidStatusCode as error:
            assert error.status_code == status, error


async def closed_with(url):
    socket = await websockets.connect(url)
    await asyncio.wait_for(socket.wait_closed(), 5)
    return socket.close_code, socket.close_reason


async def cool_down(url):
    first = await websockets.connect(url)
    await first.close()
    assert await closed_with(url) == (1013, "Reconnect too fast")
    await asyncio.sleep(2.05)
    again = await websockets.connect(url)
    await again.send(ask("benchmark.get", "g"))
    assert (await reply(again, "g"))["type"] == "benchmark.stats"
    await again.close()


async def single_session(url):
    first = await websockets.connect(url)
    assert await closed_with(url) == (1008, "Only one session per device")
    await first.send(ask("benchmark.get", "g"))
    assert (await reply(first, "g"))["success"]
    await first.close()
    second = await websockets.connect(url)
    await second.send(ask("benchmark.get", "h"))
    await reply(second, "h")
    await second.close()


async def many(host, first, count, path):
    """The frames of so many devices at once, each counted."""
    seen = [Seen() for _ in range(int(count))]
    await asyncio.gather(*(listen_once(f"ws://{host}:{int(first) + i}/ws", one,
                                       ["benchmark"]) for i, one in enumerate(seen)))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"frames": [one.frames for one in seen],
                   "sums": [one.sum for one in seen]}, file)


COMMANDS = {"LISTEN": listen, "RULES": rules, "COOL-DOWN": cool_down,
            "SINGLE-SESSION": single_session, "MANY": many}
asyncio.run(COMMANDS[sys.argv[1]](*sys.argv[2:]))
