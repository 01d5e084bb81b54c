"""How SQLite and PostgreSQL are opened, so that both keep the same promises.

SQLite: write-ahead log, foreign keys on, and every transaction that may write begins IMMEDIATE. A deferred
one that reads first and writes later fails at once with "database is locked", however long the time-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask, request
from sqlalchemy import Connection, Engine, event

from portal.extensions import db

# A web process has this many threads (Procfile), each of which may hold a connection.
_MOST_THREADS = 16
_reading = ContextVar("reading", default=False)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine options that suit the database behind `url`."""
    # An error of the database must not carry what a guest typed into a log.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": 5}, "pool_size": _MOST_THREADS}
    return options | {
        "pool_pre_ping": True,
        "isolation_level": "READ COMMITTED",
        "pool_size": _MOST_THREADS,
        "max_overflow": 4,
    }


def init_app(app: Flask) -> None:
    """Attach the SQLite rules to the app's engine and mark safe requests as readers."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _attach_sqlite(db.engine)
    app.before_request(_mark_reader)


def _mark_reader() -> None:
    _reading.set(request.method in {"GET", "HEAD", "OPTIONS"})


@contextmanager
def writing() -> Iterator[None]:
    """Let a job or command that runs inside a reader's context write."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def _attach_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")
