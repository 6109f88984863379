#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""device_rude.py PORT FILE: clients that do not keep to the protocol, byte by byte. None
may end or hold up the device, and each gets the answer that the RFCs ask for. At the end
one that does not read, and then reads what is left; its figures go to FILE as JSON."""
import base64
import json
import os
import socket
import struct
import sys
import time

PORT = int(sys.argv[1])
UPGRADE = (b"GET %s HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Version: %d\r\nSec-WebSocket-Key: "
           + base64.b64encode(bytes(16)) + b"\r\n\r\n")
HELLO = UPGRADE % (b"/ws", 13)


def connect(receive_buffer=None):
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(10)
    client.connect(("127.0.0.1", PORT))
    return client


def until_end(client):
    out = b""
    while True:
        try:
            more = client.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return out
        out += more


def masked(first, payload, length=None):
    size = len(payload) if length is None else length
    head = bytes([first])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += b"\xfe" + struct.pack(">H", size)
    else:
        head += b"\xff" + struct.pack(">Q", size)
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def messages(stream):
    """(first byte, payload) of each whole frame of a server."""
    at = 0
    while at + 2 <= len(stream):
        first, size, begin = stream[at], stream[at + 1], at + 2
        if size == 126:
            size, begin = struct.unpack_from(">H", stream, begin)[0], begin + 2
        if begin + size > len(stream):
            break
        yield first, stream[begin:begin + size]
        at = begin + size


def http_status(request):
    client = connect()
    client.sendall(request)
    answer = until_end(client)
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else answer


def close_code(*frames):
    client = connect()
    client.sendall(HELLO)
    for frame in frames:
        client.sendall(frame)
    stream = until_end(client).split(b"\r\n\r\n", 1)[1]
    first, payload = list(messages(stream))[-1]
    assert first == 0x88, stream
    return struct.unpack(">H", payload[:2])[0] if payload else 1005


def expect(what, got, *expected):
    assert got in expected, f"{what}: {got}, not {expected}"


def handshakes():
    expect("no path", http_status(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 404)
    expect("another path", http_status(UPGRADE % (b"/elsewhere", 13)), 404)
    expect("no upgrade", http_status(b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n"), 426)
    expect("an old version", http_status(UPGRADE % (b"/ws", 8)), 426)
    expect("no HTTP", http_status(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), 400)
    expect("POST", http_status(b"POST /ws HTTP/1.1\r\nHost: x\r\n\r\n"), 405)
    expect("an endless header",
           http_status(b"GET /ws HTTP/1.1\r\nX: " + b"a" * 8200), 431)
    expect("many headers",
           http_status(b"GET /ws HTTP/1.1\r\n" + b"X: y\r\n" * 2000), 431)


def frames():
    text = b'{"type": "benchmark.get"}'
    expect("no mask", close_code(b"\x81\x02{}"), 1002)
    expect("a reserved bit", close_code(masked(0xC1, text)), 1002)
    expect("a reserved opcode", close_code(masked(0x83, text)), 1002)
    expect("a continuation of nothing", close_code(masked(0x80, text)), 1002)
    expect("a message within another",
           close_code(masked(0x01, text), masked(0x81, text)), 1002)
    expect("a ping in pieces", close_code(masked(0x09, b"x")), 1002)
    expect("a long ping", close_code(masked(0x89, bytes(126))), 1002)
    expect("no UTF-8", close_code(masked(0x81, b"\xff\xfe")), 1007)
    expect("2^63", close_code(masked(0x81, b"", 1 << 63)), 1002, 1009)
    expect("2^62", close_code(masked(0x82, b"x", 1 << 62)), 1009)
    expect("a close", close_code(masked(0x88, struct.pack(">H", 1000))), 1000)
    expect("a close without a code", close_code(masked(0x88, b"")), 1005)


def bytewise():
    client = connect()
    for byte in HELLO + masked(0x81, b'{"type": "benchmark.subscribe"}'):
        client.sendall(bytes([byte]))
    stream = b""
    while b"benchmark.subscribed" not in stream:
        stream += client.recv(1)
    client.close()


def at_once():
    client = connect()
    client.sendall(HELLO + masked(0x81, b'{"type": "benchmark.subscribe"}') +
                   masked(0x88, struct.pack(">H", 1000)))
    stream = until_end(client)
    assert b"benchmark.subscribed" in stream, stream


def crowd():
    """More connections that say nothing than a device holds."""
    clients = [connect() for _ in range(100)]
    ended, deadline = set(), time.monotonic() + 10
    while len(ended) < 60:
        assert time.monotonic() < deadline, len(ended)
        for client in clients:
            client.settimeout(0.001)
            try:
                if client.recv(1) == b"":
                    ended.add(client)
            except TimeoutError:
                pass
            except ConnectionResetError:
                ended.add(client)
    for client in clients:
        client.close()


def reluctant():
    """Nothing is read for a while: the device drops frames, and does not wait."""
    client = connect(receive_buffer=1)
    client.sendall(HELLO)
    for stream in (b"benchmark", b"audio", b"stm"):
        client.sendall(masked(0x81, b'{"type": "%s.subscribe"}' % stream))
    time.sleep(6)
    client.sendall(masked(0x88, struct.pack(">H", 1000)))
    stream = until_end(client).split(b"\r\n\r\n", 1)[1]
    seen = list(messages(stream))
    return {"frames": sum(len(p) == 32 for f, p in seen if f == 0x82),
            "audio": sum(len(p) == 464 for f, p in seen if f == 0x82),
            "stm": sum(len(p) == 250 for f, p in seen if f == 0x82)}


def main():
    hanging = connect()
    hanging.sendall(HELLO[:-2])
    begun = time.monotonic()
    handshakes()
    frames()
    bytewise()
    at_once()
    crowd()
    assert until_end(hanging) == b"", "a handshake that never ends"
    assert time.monotonic() - begun > 4
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(reluctant(), file)


main()
