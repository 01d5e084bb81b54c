"""What Spektrix holds of a guest just now, beside what would be written, and why they differ (N10)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select

from portal import clock
from portal.bookings import rules as booking_rules, service as bookings
from portal.extensions import db
from portal.findings import Code, Finding, finding
from portal.guests import service as guests
from portal.guests.models import Guest, LinkState
from portal.integration.checks import look_ups
from portal.integration.links.drift_rules import Facts, reasons
from portal.outbox.models import Kind, OutboxEntry, State
from portal.outbox.rules import EMPTIED, Sent
from portal.spektrix.schemas import JsonScalar
from portal.venues.models import Venue

_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Drift:
    """Both sides' values as shown, and why they differ.

    Args:
        fault: what kept us from seeing Spektrix's side.
        status: the HTTP status it came with, None where there was none.
        stored_last: "Last Dined At" in Spektrix, cut.
        stored_visits: "Number of Restaurant Visits" in Spektrix, cut.
        last: what would be written now, "" for a guest without a Completed booking.
        visits: likewise.
        same: whether the two agree.
        why: the reasons if they do not.
    """

    fault: Finding | None = None
    status: int | None = None
    stored_last: str = ""
    stored_visits: str = ""
    last: str = ""
    visits: int = 0
    same: bool = False
    why: tuple[str, ...] = ()


def look(venue: Venue, guest_id: int) -> Drift | None:
    """Ask Spektrix for a linked guest's record now. Changes nothing of the guest; None for one not linked.

    Raises NotHere.
    """
    guest = Guest.get_for(venue.id, guest_id)
    link = guest.link
    if link is None or link.state != LinkState.VERIFIED or link.spektrix_customer_id is None:
        return None
    zone = venue.timezone
    looked = look_ups.customer(venue.id, link.spektrix_customer_id)
    if looked.code is not None:
        db.session.rollback()
        return Drift(finding(looked.code), looked.status)
    last, visits = bookings.visit_totals(guest_id)
    now = clock.iso_with_offset(last, zone) if last else ""
    facts = _facts(guest, looked, zone, Sent(now, visits))
    return Drift(
        stored_last=_shown(looked.last_dined),
        stored_visits=_shown(looked.visits),
        last=now,
        visits=visits,
        same=facts.holds_now,
        why=tuple(reasons(facts)),
    )


def _facts(guest: Guest, looked: look_ups.Looked, zone: str, now: Sent) -> Facts:
    newest = db.session.scalar(_visits(guest))
    # What another customer was sent says nothing of this one.
    to_them = OutboxEntry.sent_to.in_(("", guests.recipient(guest.link)))
    confirmed = db.session.scalar(_visits(guest).where(OutboxEntry.state == State.CONFIRMED, to_them))
    holds_sent = None
    if confirmed is not None and confirmed.sent_last_dined == EMPTIED.last_dined:
        holds_sent = looked.last_dined in (None, "") and looked.visits in (None, "")
    elif confirmed is not None and confirmed.sent_last_dined and confirmed.sent_visits is not None:
        holds_sent = looked.holds(Sent(confirmed.sent_last_dined, confirmed.sent_visits), zone)
    if now.last_dined:
        holds_now = looked.holds(now, zone)
    else:
        holds_now = looked.last_dined is None and looked.visits is None
    return Facts(
        holds_now=holds_now,
        holds_sent=holds_sent,
        visits_sent=confirmed.sent_visits if confirmed else None,
        visits_now=now.visits,
        newest=State(newest.state) if newest else None,
        why=_why(newest) if newest else "",
    )


def _visits(guest: Guest) -> Select[OutboxEntry]:
    of_guest = select(OutboxEntry).where(
        OutboxEntry.guest_id == guest.id, OutboxEntry.kind == Kind.WRITE_BACK
    )
    return of_guest.order_by(OutboxEntry.id.desc()).limit(1)


def _why(entry: OutboxEntry) -> str:
    reason = Code(entry.reason) if entry.reason else None
    return booking_rules.visit_note(State(entry.state), reason).text


def _shown(value: JsonScalar) -> str:
    return "" if value is None else str(value)[:_LONGEST_VALUE]
