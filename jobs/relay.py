"""Wake what is due, by the clock, Redis or not: `python -m jobs.relay`.

Every two seconds, and sooner when an entry falls due, it queues a wake-up for each due entry, and brings the
standings up to date that were not for a while. When the queue cannot be reached, or nobody answered the
wake-ups, it does the work itself, so a lost queue or a dead worker costs speed and never a visit.

Beside these rounds, each in a thread of its own since it may hang: one connection is checked and one
programme read that are due; letters are sent, those to guests apart; and what is owed to venues whose
Spektrix hung lately is delivered.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from jobs.beside import Beside
from jobs.context import app
from portal import clock, config, database
from portal.bookings import lapsing, link_checks, making, waiting
from portal.bookings.clock_changes import told_times
from portal.extensions import db
from portal.guests import search as guest_search
from portal.integration.checks import schedule
from portal.integration.links.verify import verify_link
from portal.integration.programme import schedule as programme_schedule
from portal.integration.settings import late_trials
from portal.integration.standing import letters, service as standing
from portal.integration.visits.correction import write_back
from portal.integration.visits.read_again import read_again
from portal.letters.reminders import owing as reminders
from portal.letters.sending import due as guest_letters
from portal.log import configure, log_failure
from portal.outbox import service as outbox
from portal.outbox.models import Kind
from portal.venues import service as venues
from portal.widgets.openings import log as openings
from portal.widgets.waiting import sending

log = logging.getLogger(__name__)

HANDLERS = {Kind.VERIFY_LINK: verify_link, Kind.WRITE_BACK: write_back, Kind.READ_AGAIN: read_again}
HOUSEKEEPING_ROUNDS = 30
# After an update that changes what guests are found by; a tenth of a second's work.
SEARCHABLE_AT_ONCE = 500
WORKER_SILENT_FOR = timedelta(seconds=30)
# However many entries fall due one after the other, rounds are no closer than this.
SHORTEST_PAUSE = timedelta(seconds=0.3)
# For what is still being done beside the rounds when the relay is stopped.
LAST_SECONDS = 5.0


def main() -> None:
    """Look when something falls due, and every RELAY_INTERVAL_SECONDS, until a signal stops it."""
    configure("relay")
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked_to_stop.append(number))
    look_at_clocks(app())
    go_round(app(), lambda: bool(asked_to_stop))


def go_round(flask_app: Flask, is_over: Callable[[], bool]) -> None:
    """Make rounds, and begin what is done beside them, until `is_over`."""
    interval = timedelta(seconds=config.of(flask_app).relay_interval_seconds)
    rounds = 0
    beside = [Beside(name, work) for name, work in BESIDE.items()]
    while not is_over():
        rounds += 1
        for each in beside:
            each.begin(flask_app)
        next_due_at = look(flask_app, housekeeping=rounds % HOUSEKEEPING_ROUNDS == 1)
        time.sleep(pause(next_due_at, clock.utc_now(), interval).total_seconds())
    for each in beside:
        each.wait(LAST_SECONDS)


def look_at_clocks(flask_app: Flask) -> None:
    """Log which bookings a change of clock rules has moved; without a database nothing is known of any."""
    with flask_app.app_context():
        try:
            told_times.report_changes()
        except SQLAlchemyError as error:
            db.session.rollback()
            log_failure(log, "looking at the clock rules", error)


def pause(next_due_at: datetime | None, now: datetime, interval: timedelta) -> timedelta:
    """Return how long to wait for the next round."""
    if next_due_at is None:
        return interval
    return min(interval, max(next_due_at - now, SHORTEST_PAUSE))


def look(flask_app: Flask, *, housekeeping: bool = False) -> datetime | None:
    """Do one round. Returns when the next entry falls due.

    A database that is away or fails is waited for, since nothing is lost meanwhile.
    """
    with flask_app.app_context():
        try:
            _, reached = outbox.wake_due()
            deliver_due(clock.utc_now() if not reached else clock.utc_now() - WORKER_SILENT_FOR)
            standing.update_stale()
            guest_search.add_missing(SEARCHABLE_AT_ONCE)
            lapsing.lapse_due()
            if housekeeping:
                link_checks.forget_old_baskets()
                outbox.forget_old_attempts()
                making.forget_old_submissions()
                waiting.forget_past()
                venues.forget_expired_sessions()
                openings.forget_old_openings()
            return outbox.next_due_at()
        except SQLAlchemyError as error:
            db.session.rollback()
            if database.is_away(error):
                log.warning("the database is away")
            else:
                log_failure(log, "a round", error)
            return None


def deliver_due(due_before: datetime, limit: int = 20) -> None:
    """Deliver entries due at or before `due_before` in this process, one after the other."""
    for entry_id, kind in outbox.overdue(due_before, limit):
        standing.deliver(entry_id, HANDLERS[kind])


def look_at_set_ups() -> None:
    """Have one of each looked at that is due; here, where the queue is away."""
    schedule.check_next_due()
    late_trials.look_at_next_due()
    programme_schedule.sync_next_due()


def send_letters() -> None:
    """Send what is due of each kind of letter."""
    letters.send_next_letter()
    sending.send_due()


def send_guest_letters() -> None:
    """Owe the reminders that are due, and send what is due."""
    reminders.owe_due()
    guest_letters.send_due()


def deliver_to_hanging() -> None:
    """Deliver the entry that has been due longest of each venue whose Spektrix hung lately."""
    for entry_id, kind in outbox.due_of_hanging(clock.utc_now()):
        standing.deliver(entry_id, HANDLERS[kind])


BESIDE = {
    "the look at set-ups": look_at_set_ups,
    "letters": send_letters,
    "letters to guests": send_guest_letters,
    "deliveries that may hang": deliver_to_hanging,
}


if __name__ == "__main__":
    main()
