""" "One visit is not in Spektrix": the facts of one booking, and the look at its customer."""

from __future__ import annotations

from functools import cache

from sqlalchemy import func, select

from portal import clock
from portal.bookings import link_checks
from portal.bookings.models import Booking, Source, Status
from portal.diagnosis import engine
from portal.diagnosis.engine import Diagnosis, diagnose, not_connected
from portal.diagnosis.symptoms.visit_rules import STEPS, EntryFact, LinkFact, VisitFacts
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.guests.models import CustomerLink, Guest, LinkBasis, LinkState
from portal.integration.attributes.facts import attribute_facts
from portal.integration.checks import look_ups
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.outbox.rules import Sent
from portal.venues.models import Venue


def diagnose_visit(venue: Venue, booking: Booking, *, live: bool) -> Diagnosis:
    """Find out why the visit of `booking` is not in Spektrix, or that it is.

    Args:
        live: read the guest's customer in Spektrix now; without it only what is known already is looked at.
    """
    now = clock.utc_now()
    integration = integration_of(venue.id)
    if integration is None:
        return not_connected(now, live=live)
    return diagnose(STEPS, lambda: _facts(venue, booking, integration, live=live), now=now, live=live)


def newest_visit_id(booking: Booking) -> int | None:
    """Return the log's newest entry for the booking's visit."""
    return db.session.scalar(
        select(func.max(OutboxEntry.id)).where(
            OutboxEntry.booking_id == booking.id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.correction.is_(None),
        )
    )


def _facts(venue: Venue, booking: Booking, integration: Integration, *, live: bool) -> VisitFacts:
    link = booking.guest.link
    fault = standing.of(venue.id).fault
    facts = VisitFacts(
        status=Status(booking.status),
        source=Source(booking.source),
        erased=booking.guest.erased_at is not None,
        booked_at=booking.created_at,
        zone=venue.timezone,
        client_name=integration.client_name,
        active=integration.active,
        active_changed_at=integration.active_changed_at,
        blocked_reason=Code(integration.blocked_reason) if integration.blocked_reason else None,
        match_by_details=venue.match_by_details,
        attributes=attribute_facts(integration),
        link=_link(link) if link else None,
        pending=link_checks.are_open_for(booking.guest_id),
        question=_entry(booking, Kind.VERIFY_LINK),
        visit=_entry(booking, Kind.WRITE_BACK),
        fault=fault.code if fault else None,
        newest_sent=_newest_sent(booking.guest),
        look=_look(venue.id, link) if live else None,
    )
    db.session.commit()
    return facts


def _link(link: CustomerLink) -> LinkFact:
    return LinkFact(
        LinkState(link.state),
        Code(link.reason) if link.reason else None,
        LinkBasis(link.basis),
        link.client_name,
        link.detail,
        link.spektrix_customer_id,
    )


def _look(venue_id: int, link: CustomerLink | None) -> look_ups.Look | None:
    """Ask at most once, and only when a check needs the answer."""
    if link is None or link.spektrix_customer_id is None:
        return None
    customer_id = link.spektrix_customer_id
    return cache(lambda: look_ups.customer(venue_id, customer_id, engine.BUDGET_SECONDS))


def _entry(booking: Booking, kind: Kind) -> EntryFact | None:
    entry = db.session.scalar(
        select(OutboxEntry)
        .where(
            OutboxEntry.booking_id == booking.id,
            OutboxEntry.kind == kind,
            OutboxEntry.correction.is_(None),
        )
        .order_by(OutboxEntry.id.desc())
        .limit(1)
    )
    if entry is None:
        return None
    last = db.session.scalar(
        select(Attempt).where(Attempt.entry_id == entry.id).order_by(Attempt.id.desc()).limit(1)
    )
    return EntryFact(
        state=State(entry.state),
        reason=Code(entry.reason) if entry.reason else None,
        detail=entry.detail,
        created_at=entry.created_at,
        due_at=entry.due_at,
        closed_at=entry.closed_at,
        last_call=last.call if last else "",
        last_status=last.status if last else None,
        last_at=last.at if last else None,
    )


def _newest_sent(guest: Guest) -> Sent | None:
    """Return what the guest's customer should hold: the values of the latest visit confirmed there."""
    row = db.session.execute(
        select(OutboxEntry.sent_last_dined, OutboxEntry.sent_visits)
        .where(
            OutboxEntry.guest_id == guest.id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.state == State.CONFIRMED,
            OutboxEntry.sent_to.in_(("", guests.recipient(guest.link))),
            OutboxEntry.sent_last_dined.is_not(None),
            OutboxEntry.sent_visits.is_not(None),
        )
        .order_by(OutboxEntry.closed_at.desc())
        .limit(1)
    ).first()
    return Sent(row.sent_last_dined, row.sent_visits) if row else None
