"""One line of the log of visits, and what is said of a visit in the light of what is known by now.

What stands in the log was true when the visit was sent; a name may have been fixed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, overload

from flask import g
from sqlalchemy import select

from portal import clock
from portal.bookings import rules
from portal.bookings.models import Booking
from portal.bookings.rules import Note
from portal.bookings.service import Totals, totals_of
from portal.bookings.visit_sentences import Sentence, sentence_for
from portal.extensions import db
from portal.findings import NOBODY, Code, finding
from portal.guests.models import Guest
from portal.integration.attributes.advice import Advice, advice_on
from portal.integration.attributes.facts import attribute_facts
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.visits.questions import Question, questions
from portal.integration.visits.rules import NOTHING, KnownVisit, Place, Result, result
from portal.outbox.models import Correction, Kind, OutboxEntry, State
from portal.outbox.rules import EMPTIED

_UNSENT = frozenset({State.WAITING, State.RETRYING, State.BLOCKED, State.HELD})
_ABOUT_ATTRIBUTES = (Code.ATTRIBUTE_MISSING, Code.ATTRIBUTE_TYPE, Code.KEPT_NOTHING, Code.KEPT_ONE)
_AGAIN = "; this visit is then sent again"


@dataclass(frozen=True)
class Values:
    """The two values: as last sent, or as they would be sent now. `last_dined` is a wall time.

    Both None with `sent` means that both were emptied.
    """

    last_dined: datetime | None
    visits: int | None
    before: str
    sent: bool


@dataclass(frozen=True)
class VisitRow:
    """One visit as the log lists it. Times are the venue's wall time."""

    entry_id: int
    place: Place
    completed: datetime
    booking_id: int
    reference: str
    guest_id: int
    guest_name: str
    starts: datetime
    table_name: str
    party_size: int
    tries: int
    values: Values | None
    result: Result
    entry: OutboxEntry
    asks: Question | None = None

    @property
    def has_a_fault(self) -> bool:
        """Whether Find the fault can help with this visit."""
        return self.result.who != NOBODY and self.entry.state != State.HELD


def rows(venue_id: int, zone: str, places: Sequence[Place]) -> list[VisitRow]:
    """Return the venue's visits at these places, in their order: three queries however many there are."""
    ids = [place.entry_id for place in places]
    # The venue is looked at here, since in the query it would lead to the index of all its visits.
    found = {row[0].id: row for row in db.session.execute(_query(ids)) if row[0].venue_id == venue_id}
    present = [found[entry_id] for entry_id in ids if entry_id in found]
    now = clock.to_local(clock.utc_now(), zone)
    totals = totals_of({row[0].guest_id for row in present if _would_be_sent(row[0])})
    asked = questions(venue_id, [row[0] for row in present])
    listed = [_asking(_row(row, zone, now, totals), asked.get(row[0].id)) for row in present]
    return listed if _sends(venue_id) else [_without_button(row) for row in listed]


def _sends(venue_id: int) -> bool:
    """Tell whether anything is sent at all; while it is paused, a button would only be refused."""
    integration = integration_of(venue_id)
    return integration is not None and integration.active


def _without_button(row: VisitRow) -> VisitRow:
    return replace(row, result=replace(row.result, press=""))


def _asking(row: VisitRow, question: Question | None) -> VisitRow:
    """Let a visit that Spektrix still shows say so in place of what became of it once."""
    if question is None:
        return row
    tone, label = finding(Code.STILL_SHOWN).tag or ("warn", "")
    return replace(row, result=Result(tone, label, question.text, NOBODY, NOTHING), asks=question)


def _query(ids: Sequence[int]) -> Any:
    return (
        select(
            OutboxEntry,
            Booking.reference,
            Booking.starts_at,
            Booking.table_name,
            Booking.party_size,
            Guest.name,
        )
        .join(Booking, Booking.id == OutboxEntry.booking_id)
        .join(Guest, Guest.id == OutboxEntry.guest_id)
        .where(OutboxEntry.id.in_(ids))
    )


def _would_be_sent(entry: OutboxEntry) -> bool:
    return entry.state in _UNSENT and entry.sent_last_dined is None


def _row(row: Any, zone: str, now: datetime, totals: Mapping[int, Totals]) -> VisitRow:
    entry, reference, starts_at, table_name, party_size, guest_name = row
    return VisitRow(
        entry_id=entry.id,
        place=Place(entry.created_at, entry.id),
        completed=clock.to_local(entry.created_at, zone),
        booking_id=entry.booking_id,
        reference=reference,
        guest_id=entry.guest_id,
        guest_name=guest_name,
        starts=clock.to_local(starts_at, zone),
        table_name=table_name,
        party_size=party_size,
        tries=entry.attempts,
        values=_values(entry, zone, totals.get(entry.guest_id)),
        result=_result(entry, zone, now),
        entry=entry,
    )


def _values(entry: OutboxEntry, zone: str, totals: Totals | None) -> Values | None:
    if entry.sent_last_dined == EMPTIED.last_dined:
        return Values(None, None, entry.visits_before, sent=True)
    if entry.sent_last_dined is not None:
        sent = datetime.fromisoformat(entry.sent_last_dined)
        return Values(sent, entry.sent_visits, entry.visits_before, sent=True)
    if totals is None or not _would_be_sent(entry) or entry.correction == Correction.EMPTY:
        return None
    last = clock.to_local(totals.last_ended, zone) if totals.last_ended else None
    return Values(last, totals.visits, entry.visits_before, sent=False)


def _result(entry: OutboxEntry, zone: str, now: datetime) -> Result:
    found = advice(entry.venue_id) if entry.reason in _ABOUT_ATTRIBUTES else None
    reason = reason_by_now(entry.venue_id, entry.reason)
    said = result(
        KnownVisit(
            State(entry.state) if reason == entry.reason else State.BLOCKED,
            reason,
            entry.detail,
            found.because if found and entry.reason == Code.ATTRIBUTE_MISSING else "",
            entry.attempts,
            clock.to_local(entry.due_at, zone) if entry.due_at else None,
            now,
        )
    )
    if entry.correction:
        what = rules.CORRECTION_LABELS[Correction(entry.correction)]
        said = replace(said, text=f"{what}: {said.text[:1].lower()}{said.text[1:]}")
    return replace(said, who=found.who, step=step_of(found)) if found else said


def advice(venue_id: int) -> Advice | None:
    """Return what to do about the attributes; worked out once a request, for all its visits."""
    known: dict[int, Advice | None] = g.setdefault("attribute_advice", {})
    if venue_id not in known:
        integration = integration_of(venue_id)
        known[venue_id] = advice_on(attribute_facts(integration)) if integration else None
    return known[venue_id]


def reason_by_now(venue_id: int, reason: Code | None) -> Code | None:
    """Return why a visit waits; what stops the question about its guest comes first."""
    if reason is None or reason != Code.LINK_PENDING:
        return reason
    stops: dict[int, Code | None] = g.setdefault("what_stops_questions", {})
    if venue_id not in stops:
        integration = integration_of(venue_id)
        stops[venue_id] = _stops_questions(integration) if integration else None
    return stops[venue_id] or reason


def _stops_questions(integration: Integration) -> Code | None:
    about_them = integration.blocked_kind in (None, Kind.VERIFY_LINK)
    return Code(integration.blocked_reason) if integration.blocked_reason and about_them else None


def step_of(found: Advice) -> str:
    """Return the step and its effect."""
    return found.step if found.mended else f"{found.step}{_AGAIN}"


@overload
def by_now(said: Sentence, venue_id: int, reason: Code | None) -> Sentence: ...
@overload
def by_now(said: Note, venue_id: int, reason: Code | None) -> Note: ...
def by_now(said: Sentence | Note, venue_id: int, reason: Code | None) -> Sentence | Note:
    """Return what is said with the step that is right by now; unchanged where it is not about attributes."""
    if isinstance(said, Sentence) and (stop := reason_by_now(venue_id, reason)) not in (None, reason):
        return sentence_for(State.BLOCKED, stop)
    found = advice(venue_id) if reason in _ABOUT_ATTRIBUTES else None
    if found is None:
        return said
    said = replace(said, who=found.who, step=step_of(found))
    if isinstance(said, Sentence) and reason is Code.ATTRIBUTE_MISSING:
        return replace(said, text=f"Not in Spektrix because {found.because}")
    return said


def short(venue_id: int, reason: Code | None) -> str:
    """Return in few words why a visit is not in Spektrix, by what is known now; "" where nothing says."""
    why = reason_by_now(venue_id, reason)
    found = advice(venue_id) if why == Code.ATTRIBUTE_MISSING else None
    if found is not None:
        return f"Sent, but {found.because}"
    return finding(why).short if why else ""
