#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""picture.py FILE [NAME=FILE...] EXPRESSION...: each Python expression must be true, where
picture is FILE, and NAME another picture: PNG, or a screen of Xvfb's -fbdir (XWD)."""
import re
import struct
import sys
import zlib
from collections import Counter


class Picture:
    """rows[y][x] is "rrggbb"."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        is_png = data.startswith(b"\x89PNG\r\n\x1a\n")
        self.width, self.height, self.rows = read_png(data) if is_png else read_xwd(data)
        self.colours = Counter(colour for row in self.rows for colour in row)

    def part(self, left, top, right, bottom):
        return [row[left:right] for row in self.rows[top:bottom]]

    def count(self, colour, *part):
        rows = self.part(*part) if part else self.rows
        return sum(row.count(colour) for row in rows)

    def columns_with(self, colour, *part):
        return sum(colour in column for column in zip(*self.part(*part)))


def unfilter(kind, line, above, step):
    for i, byte in enumerate(line):
        left = line[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        up = above[i]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            base = left + up - corner
            guess = min((abs(base - left), 0, left), (abs(base - up), 1, up),
                        (abs(base - corner), 2, corner))[2]
        line[i] = (byte + guess) & 255


def to_colours(line, step, order):
    rgb = bytearray(len(line) // step * 3)
    for place, source in enumerate(order):
        rgb[place::3] = line[source::step]
    text = rgb.hex()
    return [text[i:i + 6] for i in range(0, len(text), 6)]


def read_png(data):
    at, pixels, head = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            pixels += body
        at += 12 + size
        if kind == b"IEND":
            break
    assert kind == b"IEND" and at == len(data), "the file does not end with its end"
    width, height, depth, colour_type, *_, interlace = head
    assert depth == 8 and colour_type in (2, 6) and not interlace, head
    step = 3 if colour_type == 2 else 4
    raw, above, rows = zlib.decompress(pixels), bytes(width * step), []
    assert len(raw) == height * (width * step + 1)
    for start in range(0, len(raw), width * step + 1):
        line = bytearray(raw[start + 1:start + 1 + width * step])
        if raw[start]:
            unfilter(raw[start], line, above, step)
        rows.append(to_colours(line, step, (0, 1, 2)))
        above = line
    return width, height, rows


def read_xwd(data):
    head = struct.unpack_from(">25I", data)
    width, height, little, bits, stride = head[4], head[5], head[7] == 0, head[11], head[12]
    assert bits == 32
    start = head[0] + head[19] * 12
    order = (2, 1, 0) if little else (1, 2, 3)
    return width, height, [
        to_colours(data[start + y * stride:start + y * stride + width * 4], 4, order)
        for y in range(height)]


def main():
    names = {"picture": Picture(sys.argv[1])}
    good = True
    for text in sys.argv[2:]:
        other = re.fullmatch(r"(\w+)=([^=].*)", text)
        if other:
            names[other[1]] = Picture(other[2])
        elif not eval("(" + text + ")", names):  # pylint: disable=eval-used
            good = False
            print(f"{sys.argv[1]}: not true: {text}")
    if not good:
        picture = names["picture"]
        print(picture.width, picture.height, picture.colours.most_common(12))
    sys.exit(not good)


main()
