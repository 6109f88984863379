#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ws_server.py PLAY SENT.json [CERTIFICATE KEY]: a WebSocket server that is not ours, on a
port of the kernel's choice. What it sent and saw is in SENT.json when it is told to end.

PLAY device: like a LightwaveOS device. The first connection is closed with 1013, the second
    gets 40 frames, some in fragments, with pings and chatter between, and is closed with
    1001; the third gets 20 frames and stays.
PLAY lines: JSON Lines of a logger, as text and as binary messages.
PLAY refuse: 503 for everyone."""
import asyncio
import http
import json
import signal
import ssl
import struct
import sys

import websockets

seen = {"connections": 0, "frames": 0, "lines": 0, "pongs": 0, "chatter": 0,
        "requests": [], "codes": []}


def frame(number):
    return struct.pack("<IIfffHHIHBB", 0x004D4241, 1000 + 100 * number, 5000.5 + number,
                       3000.25, 25.0025, 6000, 4000, 62 * number, 31 * number, 3, 0)


async def answer(ws):
    """Acknowledge what is asked for, until the connection ends."""
    try:
        async for text in ws:
            request = json.loads(text)
            seen["requests"].append(request["type"])
            kind = request["type"].replace("subscribe", "subscribed")
            reply = {"type": kind, "requestId": request["requestId"], "success": True,
                     "data": {"clientId": 1, "accepted": True}}
            if request["type"] == "stm.subscribe":
                reply = {"type": "error", "requestId": request["requestId"],
                         "success": False, "error": {"code": "FEATURE_DISABLED",
                                                     "message": "No STM here"}}
            await ws.send(json.dumps(reply))
    except websockets.ConnectionClosed:
        pass


async def send_frames(ws, count):
    for number in range(count):
        data = frame(seen["frames"])
        await ws.send([data[:7], data[7:8], data[8:]] if number % 3 == 0 else data)
        seen["frames"] += 1
        if number % 10 == 0:
            await asyncio.wait_for(await ws.ping(), 5)
            seen["pongs"] += 1
            await ws.send(json.dumps({"type": "status", "fps": 120}))
            await ws.send(json.dumps({"type": "somethingNew", "data": [number]}))
            seen["chatter"] += 2
        await asyncio.sleep(0.02)


async def play_device(ws):
    number = seen["connections"]
    if number == 1:
        await ws.close(1013, "Reconnect too fast")
        return
    answering = asyncio.ensure_future(answer(ws))
    while len(seen["requests"]) < 3 * (number - 1):
        await asyncio.sleep(0.01)
    await send_frames(ws, 40 if number == 2 else 20)
    if number == 2:
        await ws.close(1001, "going away")
    await answering
    seen["codes"].append(ws.close_code)


async def play_lines(ws):
    def line(number):
        return json.dumps({"timestamp_ns": 1000000000 + 10000000 * number,
                           "t_s": number / 100, "sensor_id": 1, "ax": 0.5, "ay": number,
                           "az": 9.81, "gx": 0, "gy": 0, "gz": 0}) + "\n"
    for number in range(0, 100, 2):
        text = line(number) + line(number + 1)
        await ws.send(text if number % 4 else text.encode())
        seen["lines"] += 2
        await asyncio.sleep(0.01)
    await ws.wait_closed()
    seen["codes"].append(ws.close_code)


async def serve(ws, *_):
    seen["connections"] += 1
    await (play_device if sys.argv[1] == "device" else play_lines)(ws)


async def refuse(*_):
    seen["connections"] += 1
    return http.HTTPStatus.SERVICE_UNAVAILABLE, [], b"not now\n"


async def main():
    secure = None
    if len(sys.argv) > 3:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(sys.argv[3], sys.argv[4])
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set_result, None)
    async with websockets.serve(
            serve, "127.0.0.1", 0, ping_interval=None, ssl=secure,
            process_request=refuse if sys.argv[1] == "refuse" else None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listens on port {port}", file=sys.stderr, flush=True)
        await stop
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(seen, file)


asyncio.run(main())
