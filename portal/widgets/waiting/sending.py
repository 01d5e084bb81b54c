"""Telling those who wait for a table that there is one: the oldest first, each once, few for few tables.

A letter is claimed and the claim committed before it is sent, and noted as sent after; so two at once send
it once, and whoever dies in between has it sent again when the claim has rested, twice at worst.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import current_app

from portal import clock, job_queue, mail
from portal.availability import service as availability
from portal.availability.rules import Slot
from portal.bookings import waiting as requests
from portal.bookings import waiting_rules
from portal.bookings.models import WaitingRequest
from portal.bookings.waiting import Question, WaitedDay
from portal.extensions import db
from portal.log import log_failure
from portal.mail import Letter
from portal.venues.models import Venue
from portal.widgets import around_show, rules, service
from portal.widgets.models import Widget
from portal.widgets.service import PublishedWidget
from portal.widgets.waiting import letter as waiting_letter
from portal.widgets.waiting import wanted_tables
from portal.widgets.waiting.wanted_tables import WantedTable

log = logging.getLogger(__name__)

JOB = "tell_waiting"
# A job may last a minute, and a mail server that hangs takes ten seconds of it.
_LETTERS_A_JOB = 5
_DAYS_A_ROUND = 10


@dataclass(frozen=True, repr=False)
class _Claimed:
    """A letter that is ours to send."""

    request_id: int
    letter: Letter


def look_at_due() -> None:
    """Have a few days looked at for which somebody waits; one of them here, where the queue is away."""
    if not wanted_tables.can_email():
        return
    for _ in range(_DAYS_A_ROUND):
        request_id = requests.next_to_look_at()
        if request_id is None:
            return
        if not job_queue.enqueue(JOB, request_id):
            _tell_here(request_id)
            return


def tell(request_id: int) -> None:
    """The job's whole work: write to those who wait for this request's day and for whom there is a table.

    Harmless when the request has gone.
    """
    _tell(request_id, _LETTERS_A_JOB)


def _tell_here(request_id: int) -> None:
    """One venue's odd data must not end the process that wakes everybody's visits."""
    try:
        _tell(request_id, 1)
    except Exception as error:
        db.session.rollback()
        log_failure(log, f"waiting request {request_id}", error)


def _tell(request_id: int, most: int) -> None:
    day = requests.day_of(request_id)
    db.session.rollback()
    if day is None or not wanted_tables.can_email():
        return
    for _ in range(most):
        claimed = _claim(day)
        if claimed is None or not _send(claimed):
            return


def _claim(day: WaitedDay) -> _Claimed | None:
    """Take on the letter of whoever has waited longest for what is free now."""
    now = clock.utc_now()
    requests.hold(day.venue_id)
    venue = db.session.get_one(Venue, day.venue_id)
    told_lately = requests.told_lately(day, now)
    for question in requests.questions(day, now):
        published = PublishedWidget(db.session.get_one(Widget, question.widget_id), venue)
        wanted = _wish(published, day, question)
        free = wanted_tables.free_times(published, wanted, service.bounds(published, now), now)
        places = availability.places(venue, free, wanted.party_size)
        if waiting_rules.may_tell(places, told_lately):
            claimed = _claimed(published, wanted, free, requests.claim(question.first_id, now))
            db.session.commit()
            return claimed
    db.session.rollback()
    return None


def _wish(published: PublishedWidget, day: WaitedDay, question: Question) -> WantedTable:
    return WantedTable(day.on, question.party_size, service.guest_show(published, question.before_at))


def _claimed(
    published: PublishedWidget, wanted: WantedTable, free: list[Slot], request: WaitingRequest
) -> _Claimed:
    table = _free_table(published, wanted, free, request.public_token)
    letter = Letter((request.email,), waiting_letter.subject(table), waiting_letter.text(table))
    return _Claimed(request.id, letter)


def _free_table(
    published: PublishedWidget, wanted: WantedTable, free: list[Slot], token: str
) -> waiting_letter.FreeTable:
    portal_url, zone = current_app.extensions["settings"].portal_url, published.venue.timezone
    show = f"&show={wanted.show}" if wanted.show else ""
    asked = f"date={wanted.day.isoformat()}&party={wanted.party_size}{show}"
    return waiting_letter.FreeTable(
        venue_name=published.venue.name,
        guests=rules.guests_text(wanted.party_size),
        day=rules.long_day_text(wanted.day),
        times=[around_show.clock_text(slot.starts_at, zone) for slot in free],
        before=_show_text(wanted, zone),
        booking_url=f"{portal_url}/w/{published.widget.public_id}?{asked}",
        stop_url=f"{portal_url}/waiting/{token}",
        phone=published.venue.phone,
    )


def _show_text(wanted: WantedTable, zone: str) -> str:
    if wanted.before is None:
        return ""
    return f"{wanted.before.name or 'your show'} at {around_show.clock_text(wanted.before.starts_at, zone)}"


def _send(claimed: _Claimed) -> bool:
    """Send a letter with no transaction open. Returns False when it did not leave."""
    try:
        mail.send(claimed.letter, current_app.extensions["settings"])
    except mail.CannotSend as failure:
        log.warning("the letter of waiting request %s was not sent: %s", claimed.request_id, failure)
        requests.settle(claimed.request_id, left=False)
        return False
    requests.settle(claimed.request_id, left=True)
    return True
