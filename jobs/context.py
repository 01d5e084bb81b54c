"""The app around a job, made once per process and before any fork."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask

from portal import create_app
from portal.extensions import db


@cache
def app() -> Flask:
    """Return this process's app."""
    return create_app()


@contextmanager
def job_context() -> Iterator[None]:
    """Give a job its app context; connections inherited over a fork are left to the parent."""
    with app().app_context():
        db.engine.dispose(close=False)
        yield
