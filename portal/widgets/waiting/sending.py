"""Emails those who wait for a table when there is one: the oldest request first, each once.

Few free tables mean few emails. An email is claimed, and the claim committed, before it is sent, and noted as
sent afterwards. So two processes at once send it once. When one dies in between, another sends it again after
the claim has run out, twice at worst.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from portal import clock, config, mail
from portal.availability import service as availability
from portal.availability.hours import Slot
from portal.bookings import waiting as requests, waiting_rules
from portal.bookings.models import WaitingRequest
from portal.bookings.waiting import WaitedDay
from portal.extensions import db
from portal.log import log_failure
from portal.mail import Letter
from portal.venues.models import Venue
from portal.widgets import around_show, rules, service
from portal.widgets.models import Widget
from portal.widgets.service import PublishedWidget
from portal.widgets.waiting import letter, wanted_tables
from portal.widgets.waiting.letter import FreeTable
from portal.widgets.waiting.wanted_tables import WantedTable

log = logging.getLogger(__name__)

_LETTERS_A_DAY = 5
_DAYS_A_ROUND = 10


@dataclass(frozen=True, repr=False)
class _Claimed:
    """A letter that is ours to send."""

    request_id: int
    letter: Letter


def send_due() -> None:
    """Look at a few days for which somebody waits; where one letter cannot leave, no other is tried."""
    if not wanted_tables.can_email():
        return
    for _ in range(_DAYS_A_ROUND):
        request_id = requests.next_to_look_at()
        if request_id is None:
            return
        try:
            if not send(request_id):
                return
        except Exception as error:
            # One venue's odd data must not keep everybody else's letters.
            db.session.rollback()
            log_failure(log, f"waiting request {request_id}", error)


def send(request_id: int) -> bool:
    """Write to those who wait for this request's day and for whom there is a table now.

    Harmless when the request has gone. Returns whether all letters have left.
    """
    day = requests.day_of(request_id)
    db.session.rollback()
    if day is None or not wanted_tables.can_email():
        return True
    settings = config.current()
    for _ in range(_LETTERS_A_DAY):
        claimed = _claim_next(day)
        if claimed is None:
            return True
        # No transaction is open while the mail server is asked.
        try:
            mail.send(claimed.letter, settings)
        except mail.CannotSend as failure:
            log.warning("the letter of waiting request %s was not sent: %s", claimed.request_id, failure)
            requests.settle(claimed.request_id, left=False)
            return False
        requests.settle(claimed.request_id, left=True)
    return True


def _claim_next(day: WaitedDay) -> _Claimed | None:
    """Claim the letter of whoever has waited longest for what is free now; None when there is nobody."""
    now = clock.utc_now()
    requests.hold(day.venue_id)
    venue = db.session.get_one(Venue, day.venue_id)
    told_lately = requests.told_lately(day, now)
    for question in requests.questions(day, now):
        published = PublishedWidget(db.session.get_one(Widget, question.widget_id), venue)
        show = service.guest_show(published, question.before_at)
        wanted = WantedTable(day.on, question.party_size, show)
        free = wanted_tables.free_times(published, wanted, service.bounds(published, now), now)
        places = availability.places(venue, free, wanted.party_size)
        if waiting_rules.may_tell(places, told_lately):
            request = requests.claim(question.first_id, now)
            claimed = _Claimed(request.id, _letter(published, wanted, free, request))
            db.session.commit()
            return claimed
    db.session.rollback()
    return None


def _letter(
    published: PublishedWidget, wanted: WantedTable, free: list[Slot], request: WaitingRequest
) -> Letter:
    portal_url, zone = config.current().portal_url, published.venue.timezone
    show = f"&show={wanted.show}" if wanted.show else ""
    query = f"date={wanted.day.isoformat()}&party={wanted.party_size}{show}"
    before = ""
    if wanted.before:
        curtain = around_show.clock_text(wanted.before.starts_at, zone)
        before = f"{wanted.before.name or 'your show'} at {curtain}"
    table = FreeTable(
        venue_name=published.venue.name,
        guests=rules.guests_text(wanted.party_size),
        day=rules.long_day_text(wanted.day),
        times=[around_show.clock_text(slot.starts_at, zone) for slot in free],
        before=before,
        booking_url=f"{portal_url}/w/{published.widget.public_id}?{query}",
        stop_url=f"{portal_url}/waiting/{request.public_token}",
        phone=published.venue.phone,
        email=published.venue.email,
        address=published.venue.address,
    )
    subject, text = letter.subject(table), letter.text(table)
    answers_to = published.venue.email
    return Letter((request.email,), subject, text, stop_url=table.stop_url, reply_to=answers_to)
