"""How SQLite and PostgreSQL are opened, so that both keep the same promises.

SQLite: write-ahead log, foreign keys on, and every transaction that may write begins IMMEDIATE. A deferred
one that reads first and writes later fails at once with "database is locked", however long the time-out.
Writers take turns in the order in which they came, and look often: SQLite's own wait sleeps longer and longer
while newcomers pass, so in a rush one of them waited for seconds.

PostgreSQL: READ COMMITTED. A request that only reads has no transaction, since each statement sees its own
moment there anyway, and trusts a connection that was in use a moment ago; that saves four trips of six.
Nothing outlives a transaction, since a pooler may give the next one another connection: no statement is
prepared at the server unless the address asks for it, and SET is always LOCAL.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask, current_app, request
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError, SQLAlchemyError, TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from portal.extensions import db

# A web process has this many threads (gunicorn.conf.py), each of which may hold a connection.
_MOST_THREADS = 16
# How long a connection that was just used is taken to be alive without asking.
_TRUSTED_SECONDS = 30.0
# How long SQLite's writers wait for each other.
_BUSY_SECONDS = 15
_SECONDS_BETWEEN_LOOKS = 0.001
# After how many times a statement is prepared at the server; 0, unlike for the driver, is never.
PREPARE = "prepare_threshold"
_LOCK_NOT_AVAILABLE = "55P03"
# Two who wait for each other, and one who read what another has changed since: a second try goes through.
_CHANGED_AT_ONCE = {"40P01", "40001"}
_reading = ContextVar("reading", default=False)
_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options that suit the database behind `url`."""
    # An error of the database must not carry what a guest typed into a log.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": _BUSY_SECONDS}, "pool_size": _MOST_THREADS}
    asked = int(make_url(url).query.get(PREPARE, 0))  # type: ignore[arg-type]  # settings_rules looked at it
    return options | {
        "connect_args": {PREPARE: asked or None},
        "isolation_level": "READ COMMITTED",
        "pool_size": _MOST_THREADS,
        "max_overflow": 4,
    }


def engine_url(url: str) -> URL:
    """Return the address without what `engine_options` takes from it."""
    return make_url(url).difference_update_query([PREPARE])


def is_lock_time_out(error: OperationalError) -> bool:
    """Tell whether a driver says that somebody else held what was wanted for too long."""
    busy = str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
    return busy or getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def is_busy(error: SQLAlchemyError) -> bool:
    """Tell whether a second try goes through by itself, since others only were at it at the same time."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, OperationalError):
        return False
    return is_lock_time_out(error) or getattr(error.orig, "sqlstate", None) in _CHANGED_AT_ONCE


def is_away(error: SQLAlchemyError) -> bool:
    """Tell whether the database cannot be reached: the connection was refused, or was lost."""
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_CANTOPEN"
    # What PostgreSQL says about a statement has a state; a failure to connect has none.
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None


def init_app(app: Flask) -> None:
    """Attach the SQLite rules to the app's engine and mark safe requests as readers."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _on_connect)
            event.listen(db.engine, "begin", _on_begin)
        else:
            _attach_postgresql(db.engine)
    app.before_request(_mark_reader)
    app.teardown_request(_forget_reader)


def reads_first(view: Callable[_Arguments, _Answer]) -> Callable[_Arguments, _Answer]:
    """Let a view that changes something read like those that change nothing, up to where it is `writing`.

    On SQLite it would be alone from its first question on, and nobody else could book meanwhile.
    """
    view.reads_first = True  # type: ignore[attr-defined]  # the guards around a view pass it on
    return view


def _mark_reader() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    only_reads = request.method in {"GET", "HEAD", "OPTIONS"}
    _reading.set(only_reads or hasattr(view, "reads_first"))


def _forget_reader(_error: BaseException | None) -> None:
    _reading.set(False)


def is_reading() -> bool:
    """Tell whether what is asked just now is only to be read."""
    return _reading.get()


def commit_and_keep() -> None:
    """Commit, and let the rows that were loaded stay as they are.

    They were just written under a lock, or read in the same transaction. Loading each of them again costs as
    much as writing it, in a second transaction for which SQLite's writers would queue once more.
    """
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


@contextmanager
def writing() -> Iterator[None]:
    """Let a page that is only read write after all, such as an export that is noted; or one that reads first.

    What was read so far is read anew: a transaction that began as a reader's could not write any more once
    somebody else has.
    """
    db.session.rollback()
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def _attach_postgresql(engine: Engine) -> None:
    event.listen(engine, "checkin", _on_checkin)

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        reading = _reading.get()
        in_use_until = record.info.get("in_use_until", float("-inf"))
        fresh = time.monotonic() - in_use_until < _TRUSTED_SECONDS
        if not (reading and fresh) and not _is_alive(engine, connection):
            raise DisconnectionError
        if connection.autocommit is not reading:
            connection.autocommit = reading


def _on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["in_use_until"] = time.monotonic()


def _is_alive(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA busy_timeout={1000 * _BUSY_SECONDS}")


def _on_begin(connection: Connection) -> None:
    if _reading.get():
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.dbapi_connection
    if driver is None:
        raise AssertionError("a connection that begins is open")
    cursor = driver.cursor()
    wait_ms = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
    ends_at = time.monotonic() + wait_ms / 1000
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        with _turns_of.setdefault(connection.engine.pool, _Turns()).one(wait_ms / 1000):
            while time.monotonic() < ends_at:
                try:
                    cursor.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                        raise
                    time.sleep(_SECONDS_BETWEEN_LOOKS)
                else:
                    return
            # The last look, whose error SQLAlchemy tells in its own words.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        cursor.execute(f"PRAGMA busy_timeout={wait_ms}")


class _Turns:
    """Lets threads through one at a time in the order in which they came, which Python's locks do not."""

    def __init__(self) -> None:
        self._guard = Lock()
        # The first one's turn it is; the lock of each of the others is held until it becomes the first.
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def one(self, seconds: float) -> Iterator[None]:
        """Wait for a turn, no longer than some seconds, and have it."""
        mine = Lock()
        mine.acquire()
        with self._guard:
            self._waiting.append(mine)
            if self._waiting[0] is mine:
                mine.release()
        try:
            mine.acquire(timeout=seconds)
            yield
        finally:
            with self._guard:
                was_first = self._waiting[0] is mine
                self._waiting.remove(mine)
                if was_first and self._waiting:
                    self._waiting[0].release()


# Of each pool, as a process may hold several databases.
_turns_of: WeakKeyDictionary[Pool, _Turns] = WeakKeyDictionary()
