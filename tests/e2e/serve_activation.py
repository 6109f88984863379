#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""serve_activation.py VIZ: hands sockets to viz serve, in the folder it runs in."""
import fcntl
import http.client
import os
import select
import signal
import socket
import sys

VIZ = sys.argv[1]
FIRST = 3  # of the descriptors that are handed over


def listening(host="127.0.0.1", family=socket.AF_INET):
    one = socket.socket(family)
    one.bind((host, 0))
    one.listen()
    return one


class Serve:
    """viz serve with @sockets for the process @process, its own without that."""

    def __init__(self, sockets, *words, process=None):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.become(sockets, words, writing, process)
        os.close(writing)
        self.err = reading
        self.said = ""

    @staticmethod
    def become(sockets, words, err, process):
        high = [fcntl.fcntl(one, fcntl.F_DUPFD, 100) for one in sockets]
        os.dup2(err, 2)
        os.closerange(FIRST, 100)
        for number, one in enumerate(high):
            os.dup2(one, FIRST + number)
        os.closerange(100, 200)
        environment = {
            **os.environ,
            "LISTEN_FDS": str(len(sockets)),
            "LISTEN_PID": str(process or os.getpid()),
        }
        os.execve(VIZ, [VIZ, "serve", "--port", "0", *words], environment)

    def await_words(self, words):
        while words not in self.said:
            ready, _, _ = select.select([self.err], [], [], 30)
            got = os.read(self.err, 4096) if ready else b""
            assert got, f"never said: {words}\n{self.said}"
            self.said += got.decode()

    def end(self, number=None):
        if number:
            os.kill(self.pid, number)
        _, status = os.waitpid(self.pid, 0)
        while got := os.read(self.err, 4096):
            self.said += got.decode()
        os.close(self.err)
        return os.waitstatus_to_exitcode(status)

    def end_well(self):
        status = self.end(signal.SIGTERM)
        assert status == 0, f"{status}: {self.said}"


class Local(http.client.HTTPConnection):
    """Through a Unix socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def health(connection):
    connection.timeout = 30
    connection.request("GET", "/api/health", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    answer.read()
    connection.close()


def is_served():
    with listening() as one:
        port = one.getsockname()[1]
        viz = Serve([one])
        viz.await_words(f"serving http://127.0.0.1:{port}/ (")
        health(http.client.HTTPConnection("127.0.0.1", port))
        viz.end_well()


def is_named_as_it_is():
    """Whatever --host says."""
    try:
        one = listening("::1", socket.AF_INET6)
    except OSError as why:
        print(f"not tested on IPv6: {why}")
        return
    with one:
        viz = Serve([one], "--host", "127.0.0.2")
        viz.await_words(f"serving http://[::1]:{one.getsockname()[1]}/ (")
        viz.end_well()


def outlives_the_server():
    """Who connects between two servers is served by the second."""
    with listening() as one:
        port = one.getsockname()[1]
        viz = Serve([one])
        viz.await_words("serving ")
        viz.end_well()
        waiting = http.client.HTTPConnection("127.0.0.1", port)
        waiting.connect()
        viz = Serve([one])
        health(waiting)
        viz.end_well()


def is_local():
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        one.listen()
        viz = Serve([one])
        viz.await_words("serving the local socket socket (")
        health(Local("socket"))
        viz.end_well()
        assert os.path.exists("socket")


def is_of_another_process():
    with listening() as one:
        port = one.getsockname()[1]
        viz = Serve([one], process=os.getpid())
        viz.await_words("serving http://127.0.0.1:")
        assert f":{port}/" not in viz.said, viz.said
        viz.end_well()


def refused(words, sockets, *more):
    viz = Serve(sockets, *more)
    status = viz.end()
    assert status > 0 and words in viz.said, f"{status}: {viz.said}"
    for one in sockets:
        one.close()


def is_refused():
    refused("2 sockets were handed over", [listening(), listening()])
    quiet = socket.socket()
    quiet.bind(("127.0.0.1", 0))
    refused("is no listening stream socket", [quiet])
    datagrams = socket.socket(type=socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    refused("is no listening stream socket", [datagrams])
    refused("is one that others reach", [listening("0.0.0.0")])


def is_for_everybody():
    with listening("0.0.0.0") as one:
        viz = Serve([one], "--no-auth")
        viz.await_words("everybody who reaches this machine can read")
        viz.await_words(f"serving http://0.0.0.0:{one.getsockname()[1]}/ (")
        viz.end_well()


for test in (is_served, is_named_as_it_is, outlives_the_server, is_local,
             is_of_another_process, is_refused, is_for_everybody):
    test()
    print(test.__name__)
