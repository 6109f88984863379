#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""holds.py FILE [NAME=FILE...] EXPRESSION...: each Python expression must be true, where
the keys of FILE's JSON object are variables, NAME the object of another file, and
stream[NAME] one of FILE's streams."""
import json
import re
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Record(dict):
    """An object whose keys can be written behind a dot."""

    __getattr__ = dict.__getitem__


def record(value):
    if isinstance(value, dict):
        return Record({key: record(entry) for key, entry in value.items()})
    if isinstance(value, list):
        return [record(entry) for entry in value]
    return value


def main():
    names = dict(record(load(sys.argv[1])))
    names["document"] = record(load(sys.argv[1]))
    if isinstance(names.get("streams"), list):
        names["stream"] = {entry["name"]: entry for entry in names["streams"]}
    good = True

    def value(text):
        return eval("(" + text + ")", names)  # pylint: disable=eval-used

    for text in sys.argv[2:]:
        other = re.fullmatch(r"(\w+)=([^=].*\.json)", text)
        if other:
            names[other[1]] = record(load(other[2]))
        elif not value(text):
            good = False
            print(f"{sys.argv[1]}: not true: {text}")
            for part in re.split(r" (?:==|>=|<=|<|>|and|or|in|is) ", text):
                try:
                    print(f"    {part} is {value(part)!r:.500}")
                except Exception as error:  # a part that is no expression
                    print(f"    {part}: {error!r:.200}")
    sys.exit(not good)


main()
