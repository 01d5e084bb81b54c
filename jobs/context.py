"""The app around a job, made once per process and before any fork."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask

from portal import create_app
from portal.extensions import db
from portal.log import log_failure

log = logging.getLogger(__name__)


@cache
def app() -> Flask:
    """Return this process's app."""
    return create_app()


@contextmanager
def job_context(job: str) -> Iterator[None]:
    """Give a job its app context; connections inherited over a fork are left to the parent.

    What the job raises ends here with a line in the log: RQ would keep the error's message in Redis, which
    may be a guest's, and tries no job a second time.
    """
    with app().app_context():
        db.engine.dispose(close=False)
        try:
            yield
        except Exception as error:
            log_failure(log, job, error)
            db.session.rollback()
