"""What the Spektrix page shows, gathered in one place. Queries only: nothing here changes or commits.

No query grows with a venue's history: counts run over open entries, and lists end after a fixed number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, union_all

from portal import clock, crypto
from portal.bookings.models import Booking
from portal.bookings.rules import Note, visit_note
from portal.extensions import db
from portal.guests.models import Guest
from portal.integration import admin_message, gateway, page_rules
from portal.integration.badges import Badge, badge_of
from portal.integration.links import integration_of
from portal.integration.models import AttributeCheck, AttributeState, Integration
from portal.integration.page_rules import Facts, Overall
from portal.integration.spelling import Spelling, compare
from portal.outbox import service as outbox
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.spektrix.errors import (
    BodyCut,
    NotFound,
    PermissionMissing,
    SecretNotBase64,
    ServerTrouble,
    SignInRefused,
    SlowDown,
    SpektrixError,
    TimedOut,
    Unreachable,
    UnsafeIdentifier,
)
from portal.venues.models import Role, Staff, Venue

RECENT = 20
_FRESH = timedelta(seconds=60)
_MANAGERS_NAMED = 3
_ROW_STATES = {
    AttributeState.NOT_CHECKED: "not_checked",
    AttributeState.FOUND: "found",
    AttributeState.NEAR_MISS: "almost",
    AttributeState.NOT_FOUND: "missing",
}


@dataclass(frozen=True)
class AttributeRow:
    """One of the two attributes; `spelling` where something almost right was seen."""

    name: str
    state: str
    spelling: Spelling | None


@dataclass(frozen=True)
class VisitRow:
    """One visit as the page lists it. Times are the venue's; `last_dined` and `visits` as last sent."""

    completed: datetime
    guest_id: int
    guest_name: str
    starts: datetime
    table_name: str
    party_size: int
    note: Note
    next_try: datetime | None
    last_dined: datetime | None
    visits: int | None


@dataclass(frozen=True)
class Trouble:
    """What stands in the way: the badge's words, which mending it takes, and what lies under the fold."""

    badge: Badge
    tone: str
    icon: str
    mend: str
    details: list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """Everything the page shows of one venue. Holds no key: only its last four characters."""

    integration: Integration
    facts: Facts
    overall: Overall
    test: Badge | None
    test_is_fresh: bool
    trouble: Trouble | None
    attributes: list[AttributeRow]
    visits: list[VisitRow]
    managers: list[str]
    zone: str
    message: str


def page_of(venue: Venue, asked_by: str) -> Page | None:
    """Return what the page shows, or None when the venue is not connected. `asked_by` signs the message."""
    integration = integration_of(venue.id)
    if integration is None:
        return None
    facts = _facts(integration)
    trouble = _trouble(integration, facts, venue.timezone)
    return Page(
        integration=integration,
        facts=facts,
        overall=page_rules.overall(facts),
        test=_test_badge(integration, facts),
        test_is_fresh=_is_fresh(integration),
        trouble=trouble,
        attributes=[_attribute_row(check) for check in integration.attributes],
        visits=_recent_visits(venue),
        managers=managers_of(venue),
        zone=venue.timezone,
        message=_message(venue, asked_by, integration, facts, trouble),
    )


def managers_of(venue: Venue) -> list[str]:
    """Return the names of those who can change the connection, the first few."""
    return list(
        db.session.scalars(
            select(Staff.name)
            .where(Staff.venue_id == venue.id, Staff.role == Role.MANAGER)
            .order_by(Staff.name)
            .limit(_MANAGERS_NAMED)
        )
    )


def _facts(integration: Integration) -> Facts:
    failing = _longest_failing(integration.venue_id)
    return Facts(
        active=integration.active,
        switched=integration.active_changed_at is not None,
        key_readable=_key_is_readable(integration),
        blocked_reason=integration.blocked_reason,
        blocked_until=integration.blocked_until,
        test_outcome=integration.test_outcome,
        test_status=integration.test_status,
        test_detail=integration.test_detail,
        tested_at=integration.tested_at,
        confirmed_at=_confirmed_at(integration),
        failing_since=failing.first_failed_at if failing else None,
        failing_reason=failing.reason if failing else None,
        attributes=tuple(AttributeState(check.state) for check in integration.attributes),
        counts=outbox.open_write_backs(integration.venue_id),
    )


def _key_is_readable(integration: Integration) -> bool:
    try:
        gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return False
    return True


def _write_backs(venue_id: int, *states: State) -> tuple[Any, ...]:
    return (
        OutboxEntry.venue_id == venue_id,
        OutboxEntry.kind == Kind.WRITE_BACK,
        OutboxEntry.state.in_(states),
    )


def _confirmed_at(integration: Integration) -> datetime | None:
    """A visit that landed under an earlier key proves nothing of the one saved now."""
    landed: datetime | None = db.session.scalar(
        select(OutboxEntry.closed_at)
        .where(*_write_backs(integration.venue_id, State.CONFIRMED))
        .order_by(OutboxEntry.id.desc())
        .limit(1)
    )
    return landed if landed is not None and landed > integration.key_saved_at else None


def _longest_failing(venue_id: int) -> Any | None:
    return db.session.execute(
        select(OutboxEntry.first_failed_at, OutboxEntry.reason)
        .where(*_write_backs(venue_id, State.RETRYING), OutboxEntry.first_failed_at.is_not(None))
        .order_by(OutboxEntry.first_failed_at)
        .limit(1)
    ).one_or_none()


def _is_fresh(integration: Integration) -> bool:
    return integration.tested_at is not None and clock.utc_now() - integration.tested_at < _FRESH


def _test_badge(integration: Integration, facts: Facts) -> Badge | None:
    if facts.tested_at is None:
        return None
    return badge_of(page_rules.tested(facts), integration.client_name)


def _attribute_row(check: AttributeCheck) -> AttributeRow:
    spelling = compare(check.near_miss, check.name) if check.near_miss else None
    return AttributeRow(check.name, _ROW_STATES[AttributeState(check.state)], spelling)


def _recent_visits(venue: Venue) -> list[VisitRow]:
    return [_visit_row(row, venue.timezone) for row in db.session.execute(_recent(venue.id))]


def _recent(venue_id: int) -> Any:
    """The latest entries by index: a few of each state, and of those the latest."""
    of_each_state = [
        select(OutboxEntry.id)
        .where(*_write_backs(venue_id, state))
        .order_by(OutboxEntry.id.desc())
        .limit(RECENT)
        .subquery()
        for state in State
    ]
    candidates = union_all(*(select(latest.c.id) for latest in of_each_state)).subquery()
    return (
        select(OutboxEntry, Booking.starts_at, Booking.table_name, Booking.party_size, Guest.id, Guest.name)
        .join(Booking, Booking.id == OutboxEntry.booking_id)
        .join(Guest, Guest.id == OutboxEntry.guest_id)
        .where(OutboxEntry.id.in_(select(candidates.c.id)))
        .order_by(OutboxEntry.id.desc())
        .limit(RECENT)
    )


def _visit_row(row: Any, zone: str) -> VisitRow:
    entry, starts_at, table_name, party_size, guest_id, guest_name = row
    retrying = entry.state == State.RETRYING and entry.due_at is not None
    return VisitRow(
        completed=clock.to_local(entry.created_at, zone),
        guest_id=guest_id,
        guest_name=guest_name,
        starts=clock.to_local(starts_at, zone),
        table_name=table_name,
        party_size=party_size,
        note=visit_note(State(entry.state), entry.reason, entry.detail),
        next_try=clock.to_local(entry.due_at, zone) if retrying else None,
        last_dined=datetime.fromisoformat(entry.sent_last_dined) if entry.sent_last_dined else None,
        visits=entry.sent_visits,
    )


def _trouble(integration: Integration, facts: Facts, zone: str) -> Trouble | None:
    badge = page_rules.badge(facts, integration.client_name)
    if badge is None:
        return None
    error = page_rules.error_of(facts)
    tone = page_rules.overall_while_active(facts).tone
    return Trouble(badge, tone, *_mend(error, badge), _details(integration, facts, badge, zone))


def _mend(error: SpektrixError | None, badge: Badge) -> tuple[str, str]:
    """Return the callout's icon and how it is mended: key, name, permission, try or support."""
    if badge is page_rules.UNREADABLE or isinstance(error, (SignInRefused, SecretNotBase64)):
        return "key-round", "key"
    if isinstance(error, PermissionMissing):
        return "shield-alert", "permission"
    if isinstance(error, (NotFound, UnsafeIdentifier)):
        return "search-x", "name"
    outage = (ServerTrouble, SlowDown, TimedOut, Unreachable, BodyCut)
    return "cloud-off", "try" if isinstance(error, outage) else "support"


def _details(integration: Integration, facts: Facts, badge: Badge, zone: str) -> list[tuple[str, str]]:
    if page_rules.test_failed(facts) and integration.tested_at is not None:
        took = f"{integration.test_ms or 0} ms"
        return [
            ("Status", str(integration.test_status or "no answer")),
            ("Call", "connection test"),
            ("Time", _moment(integration.tested_at, zone)),
            ("Took", took),
        ]
    attempt = _last_refused(integration.venue_id)
    if attempt is None:
        return [("Status", badge.mark or "no answer")]
    return [
        ("Status", str(attempt.status or "no answer")),
        ("Call", attempt.call),
        ("Time", _moment(attempt.at, zone)),
        ("Took", f"{attempt.duration_ms} ms"),
    ]


def _last_refused(venue_id: int) -> Attempt | None:
    """The newest failed call among entries that still wait; there are only ever few of those."""
    still_open = (State.BLOCKED, State.RETRYING)
    return db.session.scalar(
        select(Attempt)
        .join(OutboxEntry, OutboxEntry.id == Attempt.entry_id)
        .where(
            OutboxEntry.venue_id == venue_id,
            OutboxEntry.kind.in_(tuple(Kind)),
            OutboxEntry.state.in_(still_open),
            Attempt.outcome != "ok",
        )
        .order_by(Attempt.id.desc())
        .limit(1)
    )


def _moment(instant: datetime, zone: str) -> str:
    return clock.iso_with_offset(instant, zone)


def _message(
    venue: Venue, asked_by: str, integration: Integration, facts: Facts, trouble: Trouble | None
) -> str:
    """Fit the message for the Spektrix admin to what is wrong just now."""
    mend = trouble.mend if trouble else ""
    if mend == "key":
        return admin_message.request_key(venue.name, asked_by, integration.api_user)
    if mend == "permission":
        return admin_message.request_permission(venue.name, asked_by, integration.api_user)
    return admin_message.request_attributes(venue.name, asked_by, _names_to_ask_for(integration, facts))


def _names_to_ask_for(integration: Integration, facts: Facts) -> Sequence[str]:
    absent = [check.name for check in integration.attributes if check.state != AttributeState.FOUND]
    return [check.name for check in integration.attributes] if facts.attributes_found else absent
