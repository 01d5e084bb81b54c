"""The floor of `bin/bench --only booking`: a Flask view that reads a form, inserts one row and commits."""

import os
import sqlite3
import threading
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import make_url

FIELDS = ("name", "email", "phone", "starts_at", "party_size", "idempotency_key")
TABLE = f"CREATE TABLE IF NOT EXISTS floor_rows ({', '.join(f'{name} TEXT' for name in FIELDS)})"
_INSERT = f"INSERT INTO floor_rows VALUES ({', '.join('?' for _ in FIELDS)})"  # noqa: S608 - ours

app = Flask(__name__)
_url = make_url(os.environ.get("DATABASE_URL", "sqlite://"))
# A thread keeps its connection, since a pool would cost something.
_mine = threading.local()


@app.get("/")
def answer() -> ResponseReturnValue:
    return "ok"


@app.post("/bookings")
def book() -> ResponseReturnValue:
    row = [request.form[name] for name in FIELDS]
    if _url.get_backend_name() == "sqlite":
        connection = _connection()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_INSERT, row)
        connection.execute("COMMIT")
    else:
        _connection().execute(_INSERT.replace("?", "%s"), row)
        _connection().commit()
    return "<p>Booked.</p>"


def _connection() -> Any:
    if not hasattr(_mine, "connection"):
        _mine.connection = _opened()
    return _mine.connection


def _opened() -> Any:
    if _url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(_url.database or "", timeout=15, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection
    import psycopg

    return psycopg.connect(_url.set(drivername="postgresql").render_as_string(hide_password=False))
