"""A small load generator: connections kept alive, each asking its next question when answered.

Usage: python -m benches.load PORT CONNECTIONS SECONDS [STATUS] < REQUESTS

Reads one request a line, and prints {"answers", "seconds", "p50_ms", "p99_ms"}. A path alone asks for JSON; a
path, a space and a form is sent as the widget's own page sends it, each from another address. One thread and
one selector, since sixteen threads would time each other. Runs as a process of its own, so that its
processor time is not taken for the server's. Exits 1 with a line on any answer but STATUS, 200 if not said.

With 0 SECONDS it is a rush: every request has a connection of its own, all are sent at one moment, any status
will do, and it prints {"statuses", "waits_ms"}.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from embedded import LOOPBACK

from benches.report import percentile

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class BadAnswer(Exception):
    """The server said something other than 200, or hung up."""


@dataclass(frozen=True)
class Answer:
    """What came, and after how many seconds."""

    status: int
    seconds: float


class Connection:
    """One connection and the answer that is coming in on it."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection((LOOPBACK, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._received = b""
        self._asked_at = 0.0

    def ask(self) -> None:
        self._received = b""
        self._asked_at = time.perf_counter()
        self.socket.sendall(next(self._requests))

    def receive(self) -> Answer | None:
        """Take what has come and return the answer once it is whole. Raises BadAnswer."""
        piece = self.socket.recv(65536)
        if not piece:
            raise BadAnswer("the server hung up")
        self._received += piece
        head, end, body = self._received.partition(_HEAD_END)
        if not end:
            return None
        length = _LENGTH.search(head + _HEAD_END)
        if not head.startswith(b"HTTP/1.1 ") or length is None:
            raise BadAnswer(head[:200].decode(errors="replace"))
        seconds = time.perf_counter() - self._asked_at
        return Answer(int(head[9:12]), seconds) if len(body) >= int(length[1]) else None


def request(line: str, port: int, number: int = 0) -> bytes:
    """Return a line's request as bytes; a form's sender has an address that counts up with `number`."""
    path, _, form = line.partition(" ")
    host = f"Host: {LOOPBACK}:{port}\r\n"
    if not form:
        return f"GET {path} HTTP/1.1\r\n{host}Accept: application/json\r\n\r\n".encode()
    address = ".".join(str(byte) for byte in (10, *number.to_bytes(3, "big")))
    sent = f"X-Forwarded-For: {address}\r\nHX-Request: true\r\nContent-Length: {len(form)}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    return f"POST {path} HTTP/1.1\r\n{host}{sent}{kind}\r\n{form}".encode()


def rush(port: int, lines: list[str]) -> dict[str, Any]:
    """Send all requests at one moment; return what is printed. Raises BadAnswer or OSError."""
    first = random.SystemRandom().randrange(2**23)
    numbered = [request(line, port, first + number) for number, line in enumerate(lines)]
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        connections = [Connection(port, iter([one])) for one in numbered]
        for connection in connections:
            opened.enter_context(connection.socket)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        for connection in connections:
            connection.ask()
        while len(waits) < len(lines):
            ready = selector.select(timeout=60)
            if not ready:
                raise BadAnswer("nothing came for a minute")
            for key, _ in ready:
                answer = key.data.receive()
                if answer is not None:
                    statuses[answer.status] += 1
                    waits.append(answer.seconds * 1000)
                    selector.unregister(key.fileobj)
    return {"statuses": statuses, "waits_ms": waits}


def press(
    port: int, lines: list[str], connections: int, seconds: float, status: int = 200
) -> dict[str, float]:
    """Send the requests in turn for `seconds`, and until the first answer; return what is printed.

    Raises BadAnswer or OSError.
    """
    first = random.SystemRandom().randrange(2**23)
    requests = itertools.cycle([request(line, port, first + number) for number, line in enumerate(lines)])
    waits: list[float] = []
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        for _ in range(connections):
            connection = Connection(port, requests)
            opened.enter_context(connection.socket)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask()
        began = time.perf_counter()
        while (now := time.perf_counter()) < began + seconds or not waits:
            ready = selector.select(timeout=10)
            if not ready:
                raise BadAnswer("nothing came for ten seconds")
            for key, _ in ready:
                answer = key.data.receive()
                if answer is None:
                    continue
                if answer.status != status:
                    raise BadAnswer(f"it answered {answer.status}")
                waits.append(answer.seconds)
                key.data.ask()
    return {
        "answers": len(waits),
        "seconds": now - began,
        "p50_ms": percentile(waits, 0.50) * 1000,
        "p99_ms": percentile(waits, 0.99) * 1000,
    }


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    lines = sys.stdin.read().splitlines()
    try:
        if seconds:
            print(json.dumps(press(port, lines, connections, seconds, *map(int, sys.argv[4:]))))
        else:
            print(json.dumps(rush(port, lines)))
    except (BadAnswer, OSError) as problem:
        sys.exit(f"The load stopped at port {port}: {problem}")


if __name__ == "__main__":
    main()
