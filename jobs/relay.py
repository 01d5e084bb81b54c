"""Wake what is due, by the clock, Redis or not: `python -m jobs.relay`.

Every two seconds it queues a wake-up for each due entry. When the queue cannot be reached, or nobody answered
the wake-ups, it does the work itself, so a lost queue or a dead worker costs speed and never a visit.
"""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from jobs.context import app
from portal import clock
from portal.bookings import service as bookings
from portal.extensions import db
from portal.integration.links import verify_link
from portal.integration.write_backs import write_back
from portal.log import configure
from portal.outbox import service as outbox
from portal.outbox.models import Kind
from portal.venues import service as venues

log = logging.getLogger(__name__)

HANDLERS = {Kind.VERIFY_LINK: verify_link, Kind.WRITE_BACK: write_back}
HOUSEKEEPING_ROUNDS = 30
WORKER_SILENT_FOR = timedelta(seconds=30)


def main() -> None:
    """Look every RELAY_INTERVAL_SECONDS until told to stop."""
    configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    rounds = 0
    interval = app().extensions["settings"].relay_interval_seconds
    while not stop.wait(interval):
        rounds += 1
        look(app(), housekeeping=rounds % HOUSEKEEPING_ROUNDS == 1)


def look(flask_app: Flask, *, housekeeping: bool = False) -> None:
    """Do one round. A database that is away is waited for, since nothing is lost meanwhile."""
    with flask_app.app_context():
        try:
            _, reached = outbox.wake_due()
            pay(clock.utc_now() if not reached else clock.utc_now() - WORKER_SILENT_FOR)
            if housekeeping:
                bookings.forget_old_baskets()
                bookings.forget_old_submissions()
                venues.forget_expired_sessions()
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("the database is away: %s", type(error).__name__)


def pay(due_before: datetime, limit: int = 20) -> None:
    """Pay entries that were due at `due_before` in this process, one after the other."""
    for entry_id, kind in outbox.unpaid(due_before, limit):
        outbox.deliver(entry_id, HANDLERS[kind])


if __name__ == "__main__":
    main()
