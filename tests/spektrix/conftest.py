"""A client with a fixed clock, and a raw server that can misbehave in ways no HTTP server would."""

import contextlib
import re
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.spektrix.client import SpektrixClient

BASE_URL = "https://spektrix.test"
SECRET = "MDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk8="
NOW = datetime(2026, 5, 28, 20, 31, 7, tzinfo=UTC)


@pytest.fixture
def base():
    """The address below which every call of the venue lies."""
    return f"{BASE_URL}/thetheatre/api/v3"


@pytest.fixture
def records():
    return []


@pytest.fixture
def make_client(records):
    """A maker of clients; the clients are closed after the test."""
    with contextlib.ExitStack() as stack:

        def make(base_url=BASE_URL, client_name="thetheatre", login="rezzy-api", secret=SECRET, **options):
            options = {"clock": lambda: NOW, "after_call": records.append} | options
            return stack.enter_context(SpektrixClient(base_url, client_name, login, secret, **options))

        yield make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def example():
    """A published example as bytes, by its file name."""
    return lambda name: (Path(__file__).parent / "examples" / name).read_bytes()


class RawServer:
    """A loopback listener that hands each request to `answer(connection, server)`.

    The connection stays open for the next request as long as `answer` returns true.
    """

    def __init__(self, answer, tls=None):
        self.requests = []
        self.connections = 0
        self.stopped = threading.Event()
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._current = self._listener
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def pause(self, seconds):
        """Let time pass, less of it once the test is over."""
        self.stopped.wait(seconds)

    def stop(self):
        self.stopped.set()
        for open_socket in (self._listener, self._current):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _run(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with contextlib.suppress(OSError):
                connection.settimeout(5)
                with self._wrapped(connection) as self._current:
                    self._talk(self._current)

    def _wrapped(self, connection):
        if self._tls is None:
            return connection
        with contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            ready = self._tls.wrap_socket(connection, server_side=True)
            stack.pop_all()
            return ready

    def _talk(self, connection):
        while request := read_request(connection):
            self.requests.append(request)
            if not self._answer(connection, self):
                return


def read_request(connection):
    """The bytes of one request, empty when the other side has gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(4096)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve():
    """A starter of raw servers; they stop after the test."""
    servers = []

    def start(answer, tls=None):
        if isinstance(answer, bytes):
            text = answer
            answer = lambda connection, _server: connection.sendall(text)  # noqa: E731
        servers.append(RawServer(answer, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
