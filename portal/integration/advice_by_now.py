"""What is said of a visit that found no place, in the light of what is known of the two attributes by now.

What stands in the log was true when the visit was sent; a name may have been mended since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from flask import g

from portal.bookings.rules import Note
from portal.bookings.sentences import Sentence
from portal.integration.attribute_advice import Advice, advice_on
from portal.integration.links import integration_of
from portal.integration.look_ups import attribute_facts
from portal.outbox.reasons import Reason

ABOUT_ATTRIBUTES = (Reason.ATTRIBUTES_MISSING, Reason.STORED_CHANGED)
_AGAIN = "; this visit is then sent again"


def advice(venue_id: int) -> Advice | None:
    """Return what has to become of the attributes; asked once a request, however many visits name them."""
    known: dict[int, Advice | None] = g.setdefault("attribute_advice", {})
    if venue_id not in known:
        integration = integration_of(venue_id)
        known[venue_id] = advice_on(attribute_facts(integration)) if integration else None
    return known[venue_id]


def step_of(found: Advice) -> str:
    """Return the step, and what follows from it."""
    return found.step if found.mended else f"{found.step}{_AGAIN}"


@overload
def by_now(said: Sentence, venue_id: int, reason: Reason | None) -> Sentence: ...
@overload
def by_now(said: Note, venue_id: int, reason: Reason | None) -> Note: ...
def by_now(said: Sentence | Note, venue_id: int, reason: Reason | None) -> Sentence | Note:
    """Return what is said with the step that is right by now; unchanged where it is not about attributes."""
    found = advice(venue_id) if reason in ABOUT_ATTRIBUTES else None
    if found is None:
        return said
    said = replace(said, who=found.who, step=step_of(found))
    if isinstance(said, Sentence) and reason is Reason.ATTRIBUTES_MISSING:
        return replace(said, text=f"Not in Spektrix because {found.because}")
    return said
