"""HTTP connections that hold a whole answer, headers and body, to one deadline.

The time-out of an ordinary socket limits the silence between two bytes, so a server that sends
one byte a second can keep a caller for ever. Here the socket's time-out at the start of an answer
is the time for all of it: each read is given only what is left.
"""

import http.client
import io
import socket
import time
from typing import Any, ClassVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _DeadlineReader(io.RawIOBase):
    """The raw bytes of one answer, until its time is up."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._ends = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_DeadlineReader(raw, sock))


class PlainConnection(HTTPConnection):
    """A connection over plain http that keeps to the deadline."""

    response_class = _DeadlineResponse


class TlsConnection(HTTPSConnection):
    """A connection over TLS that keeps to the deadline."""

    response_class = _DeadlineResponse


class PlainPool(HTTPConnectionPool):
    """A pool of connections over plain http that keep to the deadline."""

    ConnectionCls = PlainConnection


class TlsPool(HTTPSConnectionPool):
    """A pool of connections over TLS that keep to the deadline."""

    ConnectionCls = TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """An adapter without retries whose connections keep to the deadline."""

    pool_classes: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"http": PlainPool, "https": TlsPool}

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pool_classes
