"""Visitors who hold a web server's connections: each way not to finish what they have begun."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

POST = b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /static/vendor/htmx-2.0.11.min.js HTTP/1.1\r\nHost: a\r\n"
DRIP_SECONDS = 0.25
ESTABLISHED = 1


@dataclass(frozen=True)
class Way:
    """How they hold it: what they send first, and then a little at a time."""

    begins: bytes
    drips: bytes = b""
    reads: bool = True


WAYS = {
    "say nothing": Way(b""),
    "never end a line": Way(b"G", b"E"),
    "never end the headers": Way(GET, b"X-A: b\r\n"),
    "never end a body": Way(POST + b"Content-Length: 1000\r\n\r\n", b"a"),
    "never begin a body": Way(POST + b"Content-Length: 1000\r\n\r\n"),
    "never end a chunk": Way(POST + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n", b"a"),
    "send ever more chunks": Way(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "never end the trailers": Way(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
    "announce a huge body": Way(POST + b"Content-Length: 999999999999\r\n\r\n", b"a"),
    "never read": Way((GET + b"\r\n") * 200, reads=False),
    "never close": Way(GET + b"Connection: close\r\n\r\n"),
    "keep a connection for later": Way(GET + b"\r\n"),
}


class SlowPeople:
    """Connections that are held, each in one way of `WAYS`."""

    def __init__(self, place: tuple[str, int], ways: list[Way]) -> None:
        """Open a connection for each of `ways`."""
        self._held = [(_connect(place, way), way) for way in ways]
        self._goes_on = True
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def held(self) -> int:
        """Return how many connections the server has not ended."""
        return sum(_is_held(one) for one, _ in self._held)

    def leave(self) -> None:
        self._goes_on = False
        self._thread.join()
        for one, _ in self._held:
            one.close()

    def _drip(self) -> None:
        while self._goes_on:
            for one, way in self._held:
                with contextlib.suppress(OSError):
                    one.send(way.drips)
                if way.reads:
                    with contextlib.suppress(OSError):
                        while one.recv(65_536):
                            pass
            time.sleep(DRIP_SECONDS)


@contextlib.contextmanager
def slow_people(place: tuple[str, int], ways: list[Way]) -> Iterator[SlowPeople]:
    """Let them hold their connections for the length of a with block."""
    people = SlowPeople(place, ways)
    try:
        yield people
    finally:
        people.leave()


def _connect(place: tuple[str, int], way: Way) -> socket.socket:
    one = socket.socket()
    if not way.reads:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.settimeout(10)
    one.connect(place)
    one.setblocking(False)
    with contextlib.suppress(OSError):
        one.send(way.begins)
    return one


def _is_held(one: socket.socket) -> bool:
    # The system's own word, since bytes that were not read would hide the end.
    return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED
