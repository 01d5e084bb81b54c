"""What is said of a visit that was not stored, by what is known about the two attributes now.

The log says what was true when the visit was sent; a name may have been corrected since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from flask import g

from portal.bookings.rules import Note
from portal.bookings.sentences import Sentence, sentence_for
from portal.findings import Code, finding
from portal.integration.attributes.advice import Advice, advice_on
from portal.integration.attributes.facts import attribute_facts
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.outbox.models import Kind, State

ABOUT_ATTRIBUTES = (Code.ATTRIBUTE_MISSING, Code.ATTRIBUTE_TYPE)
_AGAIN = "; this visit is then sent again"


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
    found = advice(venue_id) if reason in ABOUT_ATTRIBUTES else None
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
