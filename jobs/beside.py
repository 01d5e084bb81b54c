"""Work beside the relay's rounds, which do not wait for it: what it asks may hang."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal import database
from portal.extensions import db
from portal.log import log_failure

log = logging.getLogger(__name__)


class Beside:
    """One kind of work, with a thread of its own while it is being done."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name = name
        self._work = work
        self._thread: Thread | None = None

    def begin(self, flask_app: Flask) -> None:
        """Do it once more, unless it is still being done."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self.do, args=(flask_app,), name=self._name, daemon=True)
            self._thread.start()

    def do(self, flask_app: Flask) -> None:
        """Do it here; nothing that goes wrong ends the process."""
        with flask_app.app_context():
            try:
                self._work()
            except SQLAlchemyError as error:
                db.session.rollback()
                if not database.is_away(error):
                    log_failure(log, self._name, error)
            except Exception as error:
                db.session.rollback()
                log_failure(log, self._name, error)

    def wait(self, seconds: float) -> None:
        """Wait until it has been done, so long at most."""
        if self._thread is not None:
            self._thread.join(seconds)
