"""A small load generator: connections kept alive, each asking its next question when answered.

Usage: python -m benches.load PORT CONNECTIONS SECONDS < PATHS

Reads one path a line, asks for JSON, and prints {"answers", "seconds", "p50_ms", "p99_ms"}. One thread and
one selector, since sixteen threads would time each other. Runs as a process of its own, so that its
processor time is not taken for the server's. Exits 1 with a line on any answer but 200.
"""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

from embedded import LOOPBACK

from benches.report import percentile

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class BadAnswer(Exception):
    """The server said something other than 200, or hung up."""


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

    def receive(self) -> float | None:
        """Take what has come and return the seconds waited once the answer is whole. Raises BadAnswer."""
        piece = self.socket.recv(65536)
        if not piece:
            raise BadAnswer("the server hung up")
        self._received += piece
        head, end, body = self._received.partition(_HEAD_END)
        if not end:
            return None
        length = _LENGTH.search(head + _HEAD_END)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise BadAnswer(head[:200].decode(errors="replace"))
        return time.perf_counter() - self._asked_at if len(body) >= int(length[1]) else None


def request(path: str, port: int) -> bytes:
    """Return a request for JSON as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nAccept: application/json\r\n\r\n".encode()


def press(port: int, paths: list[str], connections: int, seconds: float) -> dict[str, float]:
    """Ask for the paths in turn for `seconds`, and until the first answer; return what is printed.

    Raises BadAnswer or OSError.
    """
    requests = itertools.cycle([request(path, port) for path in paths])
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
                wait = key.data.receive()
                if wait is not None:
                    waits.append(wait)
                    key.data.ask()
    return {
        "answers": len(waits),
        "seconds": now - began,
        "p50_ms": percentile(waits, 0.50) * 1000,
        "p99_ms": percentile(waits, 0.99) * 1000,
    }


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    try:
        print(json.dumps(press(port, sys.stdin.read().split(), connections, seconds)))
    except (BadAnswer, OSError) as problem:
        sys.exit(f"The load stopped at port {port}: {problem}")


if __name__ == "__main__":
    main()
