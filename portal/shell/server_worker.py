"""How the web server shares its threads: only a request that is whole is given one.

gunicorn's own worker gives a thread to whoever has begun to send, so a few who never finish take them all.
Here one thread, which waits for no single visitor, gathers requests and sends off answers. Who is too slow is
cut off.
"""

from __future__ import annotations

import selectors
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.config import Config
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from portal.shell.server_connection import Connection, Phase, TooLong

# In each such time a request comes to its end or on by so many bytes; and so does an answer.
PATIENCE_SECONDS = 10.0
LEAST_BYTES = 20 * 1024
_LOOK_SECONDS = 1.0
_TOO_LONG = "This request is too long. Shorten it and send it again."


class ServerWorker(ThreadWorker):
    """gunicorn's worker with threads, which hold whole requests only; `gunicorn.conf.py` names it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what every worker takes."""
        super().__init__(*args, **kwargs)
        # Files go the way of all answers, since nobody may wait for a visitor to take one.
        self.cfg.set("sendfile", False)
        # Who is waited for, the longest first.
        self._waiting: dict[Connection, None] = {}
        self._looks_at = 0.0

    @classmethod
    def check_config(cls, cfg: Config, _log: Any) -> None:
        """Raise ValueError where a setting asks for what this worker does not do."""
        if cfg.is_ssl:
            raise ValueError("TLS belongs to the proxy before the portal; set neither certfile nor keyfile")

    def accept(self, listener: Any) -> None:
        """Take a visitor in, without a thread."""
        try:
            peer, client = listener.accept()
        except OSError:
            # Another worker was faster, the visitor has left, or there are too many open files.
            return
        self.nr_conns += 1
        self._read(Connection(self.cfg, peer, client, listener.getsockname()))

    def _read(self, connection: Connection, _peer: object = None) -> None:
        try:
            is_there = connection.receive()
        except BlockingIOError:
            is_there = True
        except OSError:
            is_there = False
        if is_there:
            self._go_on(connection)
        else:
            self._drop(connection)

    def _go_on(self, connection: Connection) -> None:
        if connection.is_ready():
            self._stop_waiting(connection)
            self.enqueue_req(connection)
        else:
            self._wait(connection, Phase.REQUEST if connection.has_begun else Phase.SILENCE)

    def handle(self, connection: Connection) -> bool:
        """Answer a request in a thread; returns whether the connection may stay open."""
        try:
            return bool(self.handle_request(connection.whole_request(), connection))
        except TooLong:
            connection.refuse(
                "413 Content Too Large", "This request is too long. Shorten it and send it again."
            )
        except (BrokenPipeError, ConnectionResetError):
            self.log.debug("the visitor has left")
        except StopIteration:
            self.log.debug("an answer broke off")
        except Exception as error:
            self.handle_error(connection.request, connection.sock, connection.client, error)
        return False

    def finish_request(self, connection: Connection, handled: Future[bool]) -> None:
        """Take the connection back from its thread."""
        stays_open = handled.exception() is None and handled.result()
        connection.answered(stays_open=stays_open)
        self._write(connection)

    def _write(self, connection: Connection, _peer: object = None) -> None:
        try:
            is_sent = connection.sock.flush()
        except OSError:
            self._drop(connection)
            return
        if not is_sent:
            self._wait(connection, Phase.ANSWER)
        elif connection.stays_open:
            self._go_on(connection)
        else:
            self._end(connection)

    def _end(self, connection: Connection) -> None:
        # Closing at once, with bytes unread, would take the answer from a visitor who is still sending.
        with suppress(OSError):
            connection.peer.shutdown(socket.SHUT_WR)
        self._wait(connection, Phase.END)

    def _discard(self, connection: Connection, _peer: object = None) -> None:
        try:
            is_there = connection.discard()
        except BlockingIOError:
            is_there = True
        except OSError:
            is_there = False
        if not is_there:
            self._drop(connection)

    def _wait(self, connection: Connection, phase: Phase) -> None:
        if connection.phase is phase:
            return
        goes_on, seconds = {
            Phase.SILENCE: (self._read, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER),
            Phase.REQUEST: (self._read, PATIENCE_SECONDS),
            Phase.ANSWER: (self._write, PATIENCE_SECONDS),
            Phase.END: (self._discard, PATIENCE_SECONDS),
        }[phase]
        self._stop_waiting(connection)
        event = selectors.EVENT_WRITE if phase is Phase.ANSWER else selectors.EVENT_READ
        self.poller.register(connection.peer, event, partial(goes_on, connection))
        self._waiting[connection] = None
        connection.phase = phase
        connection.deadline = time.monotonic() + seconds
        connection.moved_before = connection.moved()

    def _stop_waiting(self, connection: Connection) -> None:
        if connection.phase is not None:
            self.poller.unregister(connection.peer)
            del self._waiting[connection]
            connection.phase = None

    def _drop(self, connection: Connection) -> None:
        phase = connection.phase
        self._stop_waiting(connection)
        connection.close(is_answer_lost=phase in {Phase.ANSWER, Phase.END})
        self.nr_conns -= 1

    def murder_pending(self) -> None:
        """Cut off whoever is too slow and, where there is no room, whoever is waited for longest."""
        now = time.monotonic()
        cut = 0
        if now >= self._looks_at:
            self._looks_at = now + _LOOK_SECONDS
            for connection in [one for one in self._waiting if one.deadline <= now]:
                cut += self._cut_off(connection, now)
        while self.nr_conns >= self.worker_connections and self._waiting:
            self._drop(next(iter(self._waiting)))
            cut += 1
        if cut:
            self.log.info("%d connections were cut off that were slow or too many", cut)

    def _cut_off(self, connection: Connection, now: float) -> bool:
        """Do so unless the visitor comes on; returns whether a request or an answer was lost."""
        phase, moved = connection.phase, connection.moved()
        if phase is not Phase.SILENCE and moved - connection.moved_before >= LEAST_BYTES:
            connection.deadline, connection.moved_before = now + PATIENCE_SECONDS, moved
            return False
        if phase is Phase.SILENCE and connection.sock.waiting():
            self._end(connection)
            return False
        if phase is Phase.REQUEST:
            connection.refuse("408 Request Timeout", "This request came too slowly. Send it again.")
            self._end(connection)
            return True
        is_loss = connection.sock.waiting() > 0
        self._drop(connection)
        return is_loss

    def murder_keepalived(self, force: bool = False) -> None:
        """Close all at the very end; until then `murder_pending` looks after everybody."""
        for connection in list(self._waiting) if force else []:
            self._drop(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Wait for the next requests until `deadline` at most, since the worker stops."""
        for connection in self._waiting:
            if connection.phase is Phase.SILENCE:
                connection.deadline = min(connection.deadline, deadline)
