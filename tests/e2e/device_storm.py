#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""device_storm.py PORT SECONDS: connections by the thousand, of clients that leave at
once, reset, talk rubbish or say nothing, while one keeps to the protocol. That one must
get its frames, and a new one after the storm as well. Prints how many there were."""
import base64
import os
import random
import select
import socket
import struct
import sys
import time

PORT, SECONDS = int(sys.argv[1]), float(sys.argv[2])
HELLO = (b"GET /ws HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\n"
         b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
         + base64.b64encode(bytes(16)) + b"\r\n\r\n")


def frame(first, payload):
    size = len(payload)
    head = bytes([first, 0x80 | size]) if size < 126 else \
        bytes([first, 0xfe]) + struct.pack(">H", size)
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


SUBSCRIBE = frame(0x81, b'{"type":"benchmark.subscribe"}')


def good_client():
    """Connected, subscribed, and its first frame is here."""
    client = socket.create_connection(("127.0.0.1", PORT), 10)
    client.sendall(HELLO + SUBSCRIBE)
    got, until = b"", time.monotonic() + 10
    while got.count(b"\x82") == 0:
        assert time.monotonic() < until, got
        more = client.recv(65536)
        assert more, "closed: %r" % got
        got += more
    return client


def bad_client(random):
    client = socket.socket()
    client.settimeout(10)
    # The device turns an address away that says too much: the good one has its own.
    client.bind((f"127.0.0.{random.randrange(2, 250)}", 0))
    client.connect(("127.0.0.1", PORT))
    kind = random.randrange(7)
    if kind == 0:
        client.sendall(os.urandom(random.randrange(1, 3000)))
    elif kind == 1:
        client.sendall(HELLO[:random.randrange(len(HELLO))])
    elif kind == 2:
        client.sendall(HELLO + SUBSCRIBE)
    elif kind == 3:
        client.sendall(HELLO + os.urandom(random.randrange(1, 500)))
    elif kind == 4:
        broken = bytearray(HELLO + SUBSCRIBE)
        broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
        client.sendall(broken)
    elif kind == 5:
        client.sendall(HELLO + frame(0x81, os.urandom(random.randrange(1, 400))))
    return client


def main():
    dice = random.Random(3)
    good = good_client()
    storm, count, received = [], 0, 0
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        try:
            storm.append(bad_client(dice))
            count += 1
        except (ConnectionError, socket.timeout):
            pass
        if len(storm) > dice.randrange(1, 60):
            client = storm.pop(dice.randrange(len(storm)))
            if dice.random() < 0.5:  # a reset and no farewell
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
            client.close()
        while select.select([good], [], [], 0)[0]:
            more = good.recv(65536)
            assert more, "the good client was dropped"
            received += len(more)
    for client in storm:
        client.close()
    assert received > SECONDS * 100, f"{received} bytes only"
    good.close()
    time.sleep(0.2)
    good_client().close()
    print(count)


main()
