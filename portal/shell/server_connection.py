"""One visitor's connection to the web server: what came of a request, and what has to leave of its answer.

Nothing here waits for the network.
"""

from __future__ import annotations

import fcntl
import re
import socket
import struct
import sys
import termios
from contextlib import suppress
from enum import Enum
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any

from gunicorn.config import Config
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, LimitRequestHeaders, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader

# Twice what the portal takes; a longer one is left to the portal to refuse, unread.
LONGEST_BODY = 128 * 1024
_LONGEST_HEAD = 64 * 1024
_PIECE = 64 * 1024
_PIECE_OF_BODY = 128
# A bare line feed ends no line; it is looked for so that the parser refuses it at once.
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
# What stands before each chunk of a body, and behind the last, is no longer.
_LONGEST_CHUNK_LINE = _LONGEST_TRAILERS = 8000
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]+")
# Closing then throws away what the visitor has not taken.
_AT_ONCE = struct.pack("ii", 1, 0)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Phase(Enum):
    """What a connection that no thread has is waiting for."""

    SILENCE = "the first bytes of a request"
    REQUEST = "the rest of a request"
    ANSWER = "the visitor taking an answer"
    END = "the visitor closing too"


class TooLong(Exception):
    """A request whose length nobody said is longer than what is taken."""


class Connection:
    """What gunicorn calls a connection, for a worker that gives threads to whole requests only."""

    def __init__(self, cfg: Config, peer: socket.socket, client: Any, server: Any) -> None:
        """Take a socket that was just accepted."""
        peer.setblocking(False)
        self.peer = peer
        self.sock = Outgoing(peer)
        self.client, self.server = client, server
        self.phase: Phase | None = None
        self.deadline = 0.0
        self.moved_before = 0
        self.stays_open = False
        self._parser = RequestParser(cfg, (), client)
        self._parser.unreader = self._body = _Received()
        self._received = bytearray()
        self._came = 0
        self._forget_request()

    def _forget_request(self) -> None:
        self.request: Request | None = None
        self._fault: Exception | None = None
        self._is_whole = False
        self._searched = 0

    def receive(self) -> bool:
        """Read once; returns False at the end of what is sent. Raises OSError, also when nothing is here."""
        piece = self.peer.recv(_PIECE)
        self._received += piece
        self._came += len(piece)
        return bool(piece)

    def discard(self) -> bool:
        """Read once and keep nothing; otherwise like `receive`."""
        return bool(self.peer.recv(_PIECE))

    @property
    def has_begun(self) -> bool:
        """Whether any of the next request is here."""
        return self.request is not None or bool(self._received)

    def moved(self) -> int:
        """Return how many bytes the visitor has sent, or has taken, since the connection began."""
        return self.sock.taken() if self.phase in {Phase.ANSWER, Phase.END} else self._came

    def is_ready(self) -> bool:
        """Tell whether a thread can go on with what is here: a whole request, or one to refuse."""
        try:
            self.request = self.request or self._head()
            return self.request is not None and self._has_body(self.request)
        except Exception as fault:
            self._fault = fault
            return True

    def whole_request(self) -> Request:
        """Return the request, for a thread. Raises what the parser has against it."""
        if self._fault is not None:
            raise self._fault
        if self.request is not None:
            # gunicorn would ask for the body now, which is here or is not wanted.
            self.request._expected_100_continue = False
            self.request.body = BytesIO(self._read_body(self.request))
        return self.request

    def _read_body(self, request: Request) -> bytes:
        try:
            return bytes(request.body.read()) if self._is_whole else b""
        except NoMoreData:
            raise ChunkMissingTerminator(b"") from None

    def _head(self) -> Request | None:
        # The end may lie across two pieces.
        end = _END_OF_HEAD.search(self._received, max(0, self._searched - 3))
        self._searched = 0 if end else len(self._received)
        if self._searched > _LONGEST_HEAD:
            raise LimitRequestHeaders("max buffer headers")
        if end is None:
            return None
        self._parser.unreader.unread(self._cut(end.end()))
        return next(self._parser)

    def _has_body(self, request: Request) -> bool:
        reader = request.body.reader
        if isinstance(reader, LengthReader):
            end = reader.length
            self._is_whole = len(self._received) >= end
            if not self._is_whole and end > LONGEST_BODY:
                return True
        else:
            end, self._is_whole = end_of_chunks(self._received, self._searched)
            self._searched = end
            if not self._is_whole and len(self._received) > LONGEST_BODY:
                raise TooLong
        if self._is_whole:
            self._body.take(self._cut(end))
        else:
            self._ask_for_body(request)
        return self._is_whole

    def _cut(self, end: int) -> bytes:
        piece = bytes(self._received[:end])
        del self._received[:end]
        return piece

    def _ask_for_body(self, request: Request) -> None:
        if request._expected_100_continue:
            request._expected_100_continue = False
            with suppress(OSError):
                self.peer.send(_CONTINUE)

    def answered(self, *, stays_open: bool) -> None:
        """Make ready for the next request."""
        # Behind a body that is not whole nobody knows where the next request begins.
        self.stays_open = stays_open and self._is_whole
        self._forget_request()

    def refuse(self, status: str, sentence: str) -> None:
        """Say why the connection ends."""
        head = (
            f"HTTP/1.1 {status}",
            "Connection: close",
            "Content-Type: text/plain",
            f"Content-Length: {len(sentence)}",
        )
        with suppress(OSError):
            self.sock.sendall("\r\n".join((*head, "", sentence)).encode())

    def close(self, *, is_answer_lost: bool) -> None:
        """Give everything back; where nobody takes the rest of an answer, what the system holds of it too."""
        if is_answer_lost and self.sock.waiting():
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.sock.forget()
        self.peer.close()


class _Received(Unreader):
    """Gives gunicorn's parser the body that is here and, after that, the end."""

    def __init__(self) -> None:
        super().__init__()
        self._body = BytesIO()

    def take(self, body: bytes) -> None:
        self._body = BytesIO(body)

    def chunk(self, size_hint: int | None = None) -> bytes:
        # For each chunk gunicorn copies all that it was given behind it, so that is little.
        return self._body.read(max(size_hint or 0, _PIECE_OF_BODY))


class Outgoing:
    """Takes an answer as a socket does, and keeps what the visitor does not take at once.

    What is kept stands in memory and, when it is long, in a file.
    """

    def __init__(self, peer: socket.socket) -> None:
        """Take the visitor's socket."""
        self._peer = peer
        self._sent = 0
        self._kept: Any = None
        self._read = self._written = 0

    def sendall(self, data: bytes) -> None:
        """Send what can be sent now and keep the rest. Raises OSError when the visitor has left."""
        if self.flush():
            data = data[self._send(data) :]
        if data:
            self._kept = self._kept or SpooledTemporaryFile(max_size=_PIECE)  # noqa: SIM115 - forget closes it
            self._kept.seek(self._written)
            self._kept.write(data)
            self._written += len(data)

    def flush(self) -> bool:
        """Send more of what is kept; returns whether nothing is left. Raises OSError likewise."""
        while self._read < self._written:
            self._kept.seek(self._read)
            sent = self._send(self._kept.read(_PIECE))
            if not sent:
                return False
            self._read += sent
        self.forget()
        return True

    def _send(self, data: bytes) -> int:
        try:
            sent = self._peer.send(data)
        except BlockingIOError:
            return 0
        self._sent += sent
        return sent

    def taken(self) -> int:
        """Return how many bytes the visitor has taken."""
        return self._sent - self._with_system()

    def waiting(self) -> int:
        """Return how many bytes the visitor has not taken."""
        return self._written - self._read + self._with_system()

    def _with_system(self) -> int:
        """Return how many bytes the system took from us and holds."""
        held = bytes(4)
        with suppress(OSError):
            held = fcntl.ioctl(self._peer, termios.TIOCOUTQ, held)
        return int.from_bytes(held, sys.byteorder)

    def forget(self) -> None:
        """Throw away what is kept."""
        if self._kept:
            self._kept.close()
        self._kept = None
        self._read = self._written = 0

    def gettimeout(self) -> float:
        """Say that it never waits."""
        return 0.0

    def shutdown(self, _how: int) -> None:
        """Leave the end to the worker: gunicorn would wait here for the visitor to close too."""
        raise OSError

    def close(self) -> None:
        """Leave that too."""


def end_of_chunks(data: bytearray, at: int) -> tuple[int, bool]:
    """Walk over whole chunks from `at`; returns where that ends, and whether the body ends there.

    Raises InvalidChunkSize at the first chunk whose end nobody can tell.
    """
    while (line_end := data.find(b"\r\n", at, at + _LONGEST_CHUNK_LINE)) >= 0:
        digits = bytes(data[at:line_end]).partition(b";")[0].rstrip(b" \t")
        if not _HEXADECIMAL.fullmatch(digits):
            raise InvalidChunkSize(digits)
        size = int(digits, 16)
        if size == 0:
            end = data.find(b"\r\n\r\n", line_end, line_end + _LONGEST_TRAILERS)
            if end < 0 and len(data) - line_end > _LONGEST_TRAILERS:
                raise InvalidChunkSize(b"trailers without an end")
            return (end + 4, True) if end >= 0 else (at, False)
        after = line_end + 2 + size + 2
        if after > len(data):
            return at, False
        at = after
    if len(data) - at > _LONGEST_CHUNK_LINE:
        raise InvalidChunkSize(b"a line without an end")
    return at, False
