"""Asks the database for one row in few words, past the session and, on PostgreSQL, past pool and cursor too.

What is asked before every answer that is kept is a row of two numbers, and the session, the pool and the
driver's cursor cost many times what finding that row does. So PostgreSQL is asked over lines of our own, in
libpq's plainest calls: one trip, no transaction around it. A question is prepared once a line, but not where
a pooler stands between, which may give each question another connection. SQLite has no trips to save, and
is asked through the pool.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
# Where an app keeps what asks its database.
EXTENSION = "one_row"


class Away(Exception):
    """The database cannot be asked just now."""


class OneRow(Protocol):
    """Asks for the first row of a question in which each value, a text, stands as a `?`."""

    def ask(self, question: str, *values: str) -> Row | None:
        """Return the row as the driver has it, None where there is none. Raises Away."""


def asker(engine: Engine) -> OneRow:
    """Return what asks the database of an engine."""
    return _OverOwnLines(engine) if engine.dialect.name == "postgresql" else _ThroughThePool(engine)


class _ThroughThePool:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def ask(self, question: str, *values: str) -> Row | None:
        try:
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(question, values)
                row: Row | None = cursor.fetchone()
                return row
            finally:
                connection.close()
        except self._errors as error:
            raise Away from error


class _Line:
    """A connection to PostgreSQL that asks nothing but such questions."""

    def __init__(self, connection: PGconn, error: type[Exception], has_rows: int) -> None:
        self._connection, self._error, self._has_rows = connection, error, has_rows
        # The server knows a question by its name once it was prepared.
        self._names: dict[bytes, bytes] = {}
        own = self._rows(lambda: connection.exec_(b"SELECT pg_backend_pid()"))
        # A pooler gives its callers a number of its own.
        self._is_direct = own is not None and own.get_value(0, 0) == b"%d" % connection.backend_pid

    def ask(self, command: bytes, values: list[bytes], *, anew: bool) -> PGresult | None:
        """Return the answer, None where there is none to be had; `anew` goes without what was prepared."""
        if anew or not self._is_direct:
            return self._rows(lambda: self._connection.exec_params(command, values))
        return self._rows(lambda: self._connection.exec_prepared(self._prepared(command), values))

    def _prepared(self, command: bytes) -> bytes:
        """Return the name by which the server knows a question."""
        if command not in self._names:
            name = b"one_row_%d" % len(self._names)
            self._connection.prepare(name, command)
            self._names[command] = name
        return self._names[command]

    def _rows(self, send: Callable[[], PGresult]) -> PGresult | None:
        try:
            result = send()
        except self._error:
            return None
        return result if result.status == self._has_rows else None


class _OverOwnLines:
    """Holds as many lines as were ever in use at once. Rows are of bytes, as PostgreSQL writes its values."""

    def __init__(self, engine: Engine) -> None:
        words = {**engine.dialect.create_connect_args(engine.url)[1]}
        # SQLAlchemy's own, for the driver's cursors.
        words.pop("context", None)
        self._address = words
        self._commands: dict[str, bytes] = {}
        self._idle: deque[_Line] = deque()
        self._process = os.getpid()
        event.listen(engine, "engine_disposed", lambda _engine: self._idle.clear())

    def ask(self, question: str, *values: str) -> Row | None:
        command = self._commands.get(question) or self._command(question)
        told = [value.encode() for value in values]
        line = self._free_line()
        result = line.ask(command, told, anew=False) if line else None
        if result is None:
            # No line was free, or this one has been lost since its last question.
            line = self._open()
            result = line.ask(command, told, anew=True)
        if line is None or result is None:
            raise Away
        self._idle.append(line)
        if not result.ntuples:
            return None
        return tuple(result.get_value(0, column) for column in range(result.nfields))

    def _free_line(self) -> _Line | None:
        if self._process != os.getpid():
            # After a fork they are the parent's; the driver closes none that another process opened.
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _open(self) -> _Line:
        # The driver is there only where PostgreSQL is.
        from psycopg import OperationalError, conninfo, pq  # noqa: PLC0415

        connection = pq.PGconn.connect(conninfo.make_conninfo(**self._address).encode())
        return _Line(connection, OperationalError, pq.ExecStatus.TUPLES_OK)

    def _command(self, question: str) -> bytes:
        """Return a question in PostgreSQL's words: $1 for the first value, and so on."""
        numbers = count(1)
        command = re.sub(r"\?", lambda _mark: f"${next(numbers)}", question)
        return self._commands.setdefault(question, command.encode())
