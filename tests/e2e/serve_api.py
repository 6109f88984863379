#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""serve_api.py OPENAPI VIZ DB DEVICE TOKEN OPEN READING BROKEN LOCKED: asks the servers at
the last four addresses for everything that OPENAPI describes: each route and each of its
statuses at least once. OPEN, BROKEN (its store is no store) and LOCKED (somebody else has
its store for himself) take TOKEN and may write; READING has neither a token nor a store.
What is answered must be described, and be the bytes that the command prints."""
import concurrent.futures
import csv
import http.client
import json
import re
import signal
import subprocess
import sys
import time
import urllib.parse

import jsonschema
import numpy
import scipy.stats

OPENAPI, VIZ, DB, DEVICE, TOKEN, OPEN, READING, BROKEN, LOCKED = sys.argv[1:]
with open(OPENAPI, encoding="utf-8") as file:
    DESCRIPTION = json.load(file)
BEARER = {"Authorization": f"Bearer {TOKEN}"}
asked = set()


def resolved(part):
    while "$ref" in part:
        found = DESCRIPTION
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


def validator(schema):
    whole = {"components": DESCRIPTION["components"], **schema}
    return jsonschema.Draft202012Validator(whole)


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


def describe(route, method, status, kind, body):
    """The answer is one of those that are described."""
    where = f"{method.upper()} {route} {status}"
    answers = DESCRIPTION["paths"][route][method]["responses"]
    assert str(status) in answers, f"{where} is not described: {body[:300]}"
    asked.add((route, method, str(status)))
    content = resolved(answers[str(status)]).get("content")
    if content is None:
        assert not body, f"{where} has a body: {body[:300]}"
        return None
    kind = kind.split(";")[0]
    assert kind in content, f"{where} is {kind}"
    if kind != "application/json":
        return body.decode()
    answer = json.loads(body, parse_constant=no_constant)
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
        for error in validator(content[kind]["schema"]).iter_errors(answer)
    ]
    assert not errors, f"{where}: {errors[:3]}"
    return answer


def send(base, method, target, body=None, headers=None):
    host = base.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=50)
    connection.request(method.upper(), target, body, headers or {})
    answer = connection.getresponse()
    if answer.status == 101:
        connection.close()
        return 101, "", b""
    result = answer.status, answer.headers.get("Content-Type", ""), answer.read()
    connection.close()
    return result


def ask(route, method="get", wanted=200, base=OPEN, body=None, headers=None, **query):
    """Query parameters that the route holds in braces are put there."""
    target = route
    for name in re.findall(r"{(\w+)}", route):
        target = target.replace(
            f"{{{name}}}", urllib.parse.quote(str(query.pop(name)), safe="")
        )
    if query:
        target += "?" + urllib.parse.urlencode(query)
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    status, kind, got = send(
        base, method, target, body, BEARER if headers is None else headers
    )
    answer = describe(route, method, status, kind, got)
    assert status == wanted, f"{method} {target}: {status}, not {wanted}: {got[:300]}"
    if wanted >= 400:
        print(f"{wanted} {method} {target[:70]}: {answer['error'][:140]}")
        assert len(answer["error"]) > 8 and "/tmp" not in answer["error"]
    return answer, got


def refused(part, route, method="get", wanted=400, **more):
    answer, _ = ask(route, method, wanted, **more)
    assert part in answer["error"], f"{route} says: {answer['error']}"


def command(*words):
    return subprocess.run(
        [VIZ, *words, "--db", DB], stdout=subprocess.PIPE, check=True
    ).stdout


# ---- the same bytes as the commands ----


def same(route, *words, **query):
    answer, got = ask(route, **query)
    printed = command(*words)
    assert got == printed, (
        f"{route} {query} is not viz {' '.join(words)}:\n{got[:300]}\n{printed[:300]}"
    )
    _, again = ask(route, **query)
    assert again == got
    return answer


def report(form, ending):
    _, got = ask("/api/compare", a="calm", b="tag:late", format=form)
    command("compare", "calm", "tag:late", "--output", f"report{ending}")
    with open(f"report{ending}", "rb") as written:
        assert got == written.read(), f"not the {form} report"


def check_commands():
    same("/api/runs", "runs", "--json")
    some = same("/api/runs", "runs", "--json", "--limit", "2", limit=2)
    assert len(some) == 2
    for name, value in (
        ("tag", "late"),
        ("name", "CAL"),
        ("host", "127"),
        ("since", "2026-01-02T00:00Z"),
        ("until", "2026-01-03"),
    ):
        same("/api/runs", "runs", "--json", f"--{name}", value, **{name: value})
    for run in ask("/api/runs", limit=0)[0]:
        same("/api/runs/{id}", "show", str(run["id"]), "--json", id=run["id"])
    one = {"ema": 0.3, "bins": 7, "metric": "frame_ms"}
    words = [word for name in one for word in (f"--{name}", str(one[name]))]
    same("/api/runs/{id}", "show", "calm", "--json", *words, id="calm", **one)
    same("/api/runs/{id}", "show", "unit", "--json", "--profile", "readme", id="unit",
         profile="readme")
    same("/api/compare", "compare", "calm", "busy", "--json", a="calm", b="busy")
    same("/api/compare", "compare", "tag:early", "tag:late", "--json", "--alpha", "0.01",
         "--limit", "2,frame_ms=0.5%", "--metrics", "all", "--seed", "5", a="tag:early",
         b="tag:late", alpha=0.01, limit="2,frame_ms=0.5%", metrics="all", seed=5)
    same("/api/trend", "trend", "nights", "--json", tag="nights")
    same("/api/trend", "trend", "nights", "--json", "--metric", "frame_ms", "--statistic",
         "median", "--alpha", "0.1", "--limit", "2%", "--seed", "9", tag="nights",
         metric="frame_ms", statistic="median", alpha=0.1, limit="2%", seed=9)
    report("html", ".html")
    report("markdown", ".md")
    text, _ = ask("/api/compare", a="calm", b="busy", format="text")
    assert text == command("compare", "calm", "busy").decode()


# ---- what no command prints ----


def values_of(run):
    with open(f"{run}.csv", encoding="utf-8") as rows:
        return numpy.array([float(row["frame_ms"]) for row in csv.DictReader(rows)])


def close(value, expected):
    assert abs(value - expected) <= 1e-9 * (1 + abs(expected)), (value, expected)


def check_distribution():
    answer, _ = ask("/api/distribution", runs="calm,busy", metric="frame_ms", points=50)
    assert answer["rule"] == "freedman-diaconis" and answer["unit"] == "ms"
    edges = numpy.array(answer["edges"])
    every = numpy.concatenate([values_of("calm"), values_of("busy")])
    wanted = numpy.histogram_bin_edges(every, "fd")
    assert numpy.allclose(edges, wanted, rtol=1e-12), "common edges"
    assert {run["name"] for run in answer["runs"]} == {"calm", "busy"}
    for run in answer["runs"]:
        x = values_of(run["name"])
        assert run["n"] == len(x) and run["counts"] == numpy.histogram(x, edges)[0].tolist()
        ecdf = run["ecdf"]
        assert len(ecdf["x"]) <= 50 and ecdf["x"] == sorted(set(ecdf["x"]))
        assert ecdf["x"][0] == x.min() and ecdf["x"][-1] == x.max() and ecdf["p"][-1] == 1
        for at, part in zip(ecdf["x"], ecdf["p"]):
            assert at in x and part == numpy.mean(x <= at)
        tail = run["percentiles"]
        assert max(tail["p"]) <= 100 - 100 / len(x)
        for at, value in zip(tail["p"], tail["x"]):
            close(value, numpy.percentile(x, at))
        density = run["density"]
        kernel = scipy.stats.gaussian_kde(x)
        kernel.set_bandwidth(density["bandwidth"] / x.std(ddof=1))
        half = (density["x"][1] - density["x"][0]) / 2
        for at, value in list(zip(density["x"], density["y"]))[::9]:
            mean = kernel.integrate_box_1d(at - half, at + half) / (2 * half)
            assert abs(value - mean) <= 1e-9 * max(density["y"])
    given, _ = ask("/api/distribution", runs="calm", metric="frames/frame_ms", bins=3,
                   stream="frames")
    assert given["rule"] == "given" and len(given["edges"]) == 4
    mixed, _ = ask("/api/distribution", runs="calm,unit", metric="frame_ms")
    assert sorted(run["n"] > 0 for run in mixed["runs"]) == [False, True]


def check_percentiles():
    answer, _ = ask("/api/percentiles", runs="calm,busy,short", metric="frame_ms")
    (metric,) = answer["metrics"]
    compared = ask("/api/compare", a="calm", b="busy", metrics="frame_ms")[0]
    estimates = compared["metrics"][0]["runs"]
    for run in metric["runs"]:
        x = values_of(run["name"])
        close(run["mean"]["value"], x.mean())
        close(run["sd"], x.std(ddof=1))
        for name, percent in (("median", 50), ("p95", 95), ("p99", 99)):
            cell = run[name]
            assert cell["enough"] == (cell["effective"] >= cell["needs"])
            if cell["enough"]:
                close(cell["value"], numpy.percentile(x, percent))
                assert cell["low"] < cell["value"] < cell["high"]
            else:
                assert cell["value"] is cell["low"] is cell["high"] is None
        if run["name"] == "short":
            assert not run["p99"]["enough"] and run["p99"]["needs"] == 368
            continue
        (told,) = estimates["a" if run["name"] == "calm" else "b"]
        assert run["mean"]["value"] == told["mean"] and run["n"] == told["n"]
        assert run["n_effective"] == told["n_eff"] and run["p95"]["value"] == told["p95"]
        middle = (run["mean"]["low"] + run["mean"]["high"]) / 2
        close(middle, told["mean"])
        half = (run["mean"]["high"] - run["mean"]["low"]) / 2
        assert 1.9 < half / told["standard_errors"]["mean"] < 2.2
    usual, _ = ask("/api/percentiles", runs="tag:early", stream="frames")
    assert usual["metrics"]


def check_changes():
    calm, _ = ask("/api/runs/{id}/changes", id="calm", metric="frame_ms")
    assert calm["steady"] and not calm["changes"] and calm["drift"] is None
    step, _ = ask("/api/runs/{id}/changes", id="step", metric="frame_ms", stream="frames")
    (change,) = step["changes"]
    assert not step["steady"] and abs(change["at_s"] - 200 / 60) < 0.2
    assert 8 < change["percent"] < 12
    compared = ask("/api/compare", a="step", b="calm", metrics="frame_ms")[0]
    told = compared["metrics"][0]["runs"]["a"][0]["steadiness"]
    assert told["changes"][0]["at_s"] == change["at_s"]
    assert told["changes"][0]["before"] == change["before"]


def check_series():
    every, _ = ask("/api/runs/{id}/series", id="calm", metric="frame_ms", px=1000)
    x = values_of("calm")
    assert every["rows"] == len(x) and not every["reduced"]
    assert every["channels"][0]["value"] == x.tolist()
    few, _ = ask("/api/runs/{id}/series", id="calm", metric="frame_ms", px=20)
    assert few["reduced"] and len(few["t"]) <= 20 and sum(few["n"]) == len(x)
    assert min(few["channels"][0]["min"]) == x.min()
    assert max(few["channels"][0]["max"]) == x.max()
    part, _ = ask("/api/runs/{id}/series", id="calm", stream="frames", **{"from": 1}, to=2)
    assert all(1 <= at < 2 for at in part["t"]) and part["rows"] == len(part["t"])
    ask("/api/runs/{id}/series", id="unit", clock="device", px=5)
    outline, _ = ask("/api/runs/{id}", id="unit", figures="no")
    assert outline["streams"][0]["form"] == "lightwave"


# ---- what is written ----


def check_writing():
    route = "/api/runs/{id}/annotations"
    before = ask("/api/percentiles", runs="calm", metric="frame_ms")[1]
    remark = {"from_s": 1, "to_s": 2, "text": "a fan \u2014 off", "author": "Zo\u00eb"}
    first = ask(route, "post", 201, id="calm", body=remark)[0]["id"]
    second = ask(route, "post", 201, id="calm", body={**remark, "exclude": True,
                                                     "stream": None})[0]["id"]
    shown = same("/api/runs/{id}", "show", "calm", "--json", id="calm")
    told = {entry["id"]: entry for entry in shown["annotations"]}
    assert told[first]["text"] == remark["text"] and told[first]["author"] == "Zo\u00eb"
    assert (told[first]["from_s"], told[first]["to_s"]) == (1, 2)
    assert told[second]["exclude"] and not told[first]["exclude"]
    left, _ = ask("/api/percentiles", runs="calm", metric="frame_ms")
    assert left["metrics"][0]["runs"][0]["n"] == len(values_of("calm")) - 60
    same("/api/compare", "compare", "calm", "busy", "--json", a="calm", b="busy")
    ask(route + "/{n}", "delete", 204, id="calm", n=second)
    assert ask("/api/percentiles", runs="calm", metric="frame_ms")[1] == before
    ask(route + "/{n}", "delete", 204, id="calm", n=first)
    for part, change in (
        ("from_s", {"from_s": "soon"}),
        ("to_s", {"to_s": None}),
        ("before", {"to_s": 0.5}),
        ("to_s", {"to_s": 1e300}),
        ("text", {"text": 7}),
        ("1001 characters", {"text": "\u00e9" * 1001}),
        ("control", {"text": "\x1b[31m"}),
        ("reason", {"text": "", "exclude": True}),
        ("nothing", {"to_s": 1, "exclude": True}),
        ("nothing", {"to_s": 1}),
        ("some of the run", {"from_s": 400, "to_s": 401}),
        ("blanks", {"text": " \u00a0", "exclude": True}),
        ("true or false", {"exclude": "yes"}),
        ("stream", {"stream": "frames"}),
        ("unknown key", {"colour": "red"}),
    ):
        refused(part, route, "post", id="calm", body={**remark, **change})
    refused("stream", route, "post", 404, id="calm", body={**remark, "stream": 99999})
    for body in ("", "[]", "{", '{"from_s":1,"from_s":2,"to_s":3}', b'{"text":"\xff"}'):
        refused("", route, "post", id="calm", body=body)
    ask(route, "post", 201, id="calm", body={**remark, "text": "\u00e9" * 1000})

    tags = "/api/runs/{id}/tags/{tag}"
    for _ in range(2):
        ask(tags, "put", 204, id="calm", tag="m\u00f6glich 50%/x")
    assert len(ask("/api/runs", tag="m\u00f6glich 50%/x")[0]) == 1
    for _ in range(2):
        ask(tags, "delete", 204, id="calm", tag="m\u00f6glich 50%/x")
    assert not ask("/api/runs", tag="m\u00f6glich 50%/x")[0]
    for tag in ("a,b", "x" * 1001, "a\nb", " \u3000"):
        refused("tag", tags, "put", id="calm", tag=tag)

    ask("/api/runs/{id}", "delete", 204, id="waste")
    refused("waste", "/api/runs/{id}", "delete", 404, id="waste")


def check_recording():
    words = [VIZ, "collect", "--host", DEVICE, "--run-name", "growing", "--db", DB]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as recording:
        deadline = time.monotonic() + 30
        while not ask("/api/runs", name="growing")[0]:
            assert time.monotonic() < deadline
        ask("/api/runs/{id}", id="growing")
        refused("recorded", "/api/runs/{id}", "delete", 409, id="growing")
        recording.send_signal(signal.SIGINT)
    same("/api/runs/{id}", "show", "growing", "--json", id="growing")


# ---- what is refused ----


def check_parameters():
    for route, query in (
        ("/api/runs", {"limit": -1}),
        ("/api/runs", {"limit": "1e3"}),
        ("/api/runs", {"since": "yesterday"}),
        ("/api/runs", {"tag": ""}),
        ("/api/runs/{id}", {"id": "calm", "bins": 0}),
        ("/api/runs/{id}", {"id": "calm", "bins": 201}),
        ("/api/runs/{id}", {"id": "calm", "ema": "nan"}),
        ("/api/runs/{id}", {"id": "calm", "profile": "old"}),
        ("/api/runs/{id}", {"id": "calm", "figures": "none"}),
        ("/api/runs/{id}", {"id": "calm", "metric": "nothing"}),
        ("/api/runs/{id}/series", {"id": "calm", "px": 16385}),
        ("/api/runs/{id}/series", {"id": "calm", "from": 2, "to": 1}),
        ("/api/runs/{id}/series", {"id": "calm", "metric": "nothing"}),
        ("/api/runs/{id}/series", {"id": "calm", "clock": "sun"}),
        ("/api/runs/{id}/changes", {"id": "calm"}),
        ("/api/runs/{id}/changes", {"id": "calm", "metric": "nothing"}),
        ("/api/distribution", {"runs": "calm"}),
        ("/api/distribution", {"metric": "frame_ms"}),
        ("/api/distribution", {"runs": "calm,", "metric": "frame_ms"}),
        ("/api/distribution", {"runs": "calm", "metric": "nothing"}),
        ("/api/distribution", {"runs": "calm", "metric": "frame_ms", "bins": 1001}),
        ("/api/distribution", {"runs": "calm", "metric": "frame_ms", "points": 1}),
        ("/api/percentiles", {"runs": "calm", "metric": "nothing"}),
        ("/api/compare", {"a": "calm"}),
        ("/api/compare", {"a": "calm", "b": "calm"}),
        ("/api/compare", {"a": "calm", "b": "busy", "alpha": 0.6}),
        ("/api/compare", {"a": "calm", "b": "busy", "limit": "much"}),
        ("/api/compare", {"a": "calm", "b": "busy", "seed": 2**63}),
        ("/api/compare", {"a": "calm", "b": "busy", "format": "pdf"}),
        ("/api/compare", {"a": "calm", "b": "busy", "metrics": "nothing"}),
        ("/api/trend", {"tag": "nights", "statistic": "mode"}),
        ("/api/trend", {"tag": "nights", "metric": "nothing"}),
        ("/api/trend", {"tag": "nights", "limit": 0}),
    ):
        ask(route, wanted=400, **query)


RIGHT = {"id": "calm", "n": 1, "tag": "x", "runs": "calm", "metric": "frame_ms",
         "a": "calm", "b": "busy"}
WHO = ("id", "runs", "a", "tag")


def fill(route, method, who=None):
    """What the route needs; @who stands for its runs."""
    operation = DESCRIPTION["paths"][route][method]
    out = {}
    for parameter in operation.get("parameters", []):
        if parameter.get("required"):
            out[parameter["name"]] = RIGHT[parameter["name"]]
    if route == "/api/trend":
        out["tag"] = "nights"
    name = next((name for name in WHO if name in out), None)
    if who and name:
        out[name] = who
    body = {"from_s": 0, "to_s": 1, "text": "x"} if "requestBody" in operation else None
    return {**out, "body": body} if body else out


GUESSER = {"X-Forwarded-For": "198.51.100.7"}
HOW = {
    "400": {"what": "1"},
    "401": {"headers": {}},
    "403": {"headers": {**BEARER, "Origin": "http://elsewhere.example"}},
    "404": {"who": "nobody"},
    "409": {"who": "dead"},
    "421": {"headers": {**BEARER, "Host": "elsewhere.example"}},
    "413": {"body": b"x" * 70000},
    "415": {"headers": {**BEARER, "Content-Type": "text/plain"}},
    "429": {"headers": {**GUESSER, "Authorization": "Bearer wrong"}},
    "500": {"base": BROKEN},
    "503": {"base": LOCKED},
}


def provoke(one):
    """One of the refusals that most routes have in common; what is wrong with it."""
    route, method, status = one
    how = dict(HOW.get(status, {}))
    query = {**fill(route, method, how.pop("who", None)), **how}
    try:
        ask(route, method, int(status), **query)
    except AssertionError as why:
        return str(why)
    return None


def check_session():
    route = "/api/session"
    refused("not the token", route, "post", 401, body={"token": "x" * 20})
    refused("expected", route, "post", 400, body=[])
    for _ in range(10):
        ask(route, "post", 401, body={"token": "x" * 20}, headers=GUESSER)
    for token in "x" * 20, TOKEN:
        refused("too many", route, "post", 429, body={"token": token}, headers=GUESSER)
    ask(route, "post", 204, body={"token": TOKEN})
    ask(route, "delete", 204)
    refused("no token", route, "post", 404, base=READING, body={"token": "x" * 20})


def check_live():
    upgrade = {**BEARER, "Connection": "Upgrade", "Upgrade": "websocket",
               "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    ask("/api/live", wanted=101, headers=upgrade)
    ask("/api/live", wanted=426)
    refused('parameter "x"', "/api/live", wanted=400, headers=upgrade, x=1)
    refused("nothing is live", "/api/live", wanted=404, base=READING, headers=upgrade)


def check_rest():
    health, _ = ask("/api/health")
    assert health["status"] == "ok" and health["writable"] and health["live"]
    broken, _ = ask("/api/health", base=BROKEN)
    assert broken["status"] == "degraded" and "/" not in broken["store"]["path"]
    text, _ = ask("/metrics")
    assert "viz_build_info" in text
    status, _, got = send(OPEN, "get", "/api/openapi.json", headers=BEARER)
    if status == 200:
        assert json.loads(got) == DESCRIPTION
    asked.add(("/api/openapi.json", "get", "200"))
    status, _, got = send(OPEN, "patch", "/api/runs", headers=BEARER)
    assert status == 405 and json.loads(got)["error"]
    refused("only reads", "/api/runs/{id}", "delete", 403, base=READING, id="calm")
    assert ask("/api/runs", base=READING)[0] == []
    refused("no store yet", "/api/runs/{id}", wanted=404, base=READING, id=1)


def main():
    check_commands()
    check_distribution()
    check_percentiles()
    check_changes()
    check_series()
    check_writing()
    check_recording()
    check_parameters()
    check_session()
    check_live()
    check_rest()
    left = [
        (route, method, status)
        for route, methods in DESCRIPTION["paths"].items()
        for method, operation in methods.items()
        for status in operation["responses"]
        if (route, method, status) not in asked
    ]
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        wrong = [why for why in pool.map(provoke, left) if why]
    assert not wrong, "\n".join(wrong)
    print(f"{len(asked)} answers of {len(DESCRIPTION['paths'])} routes")


main()
