"""Where visits stand in the log, newest first, found by index alone however long a history is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_

from portal import clock
from portal.extensions import UtcDateTime, db
from portal.integration.visits import search as visit_search
from portal.integration.visits.rules import MOST_COUNTED, SHOWN_FOR, STATES_OF, Place, Show, Wanted
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import Venue

Conditions = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class Part:
    """A part of a venue's log. `found`: what a search came to, any of which suffices; None for no search.
    `hint`: what the search could not do.
    """

    venue_id: int
    show: Show
    limits: Conditions = ()
    found: Conditions | None = None
    hint: str = ""


def part(venue: Venue, wanted: Wanted) -> Part:
    """Return the part of the log that somebody wants to see."""
    search = visit_search.search(venue, wanted.q)
    return Part(venue.id, wanted.show, limits(venue, wanted), search.conditions, search.hint)


def limits(venue: Venue, wanted: Wanted) -> Conditions:
    """Return the bounds in time. Without a first day the log goes back for as long as tries are kept."""
    zone = venue.timezone
    since = clock.day_bounds(wanted.since, zone)[0] if wanted.since else clock.utc_now() - SHOWN_FOR
    bounds: Conditions = (OutboxEntry.created_at >= since,)
    if wanted.until:
        bounds += (OutboxEntry.created_at < clock.day_bounds(wanted.until, zone)[1],)
    return bounds


def older(of: Part, than: Place | None, most: int) -> list[Place]:
    """Return up to `most` places, newest first, from the newest on or from behind `than`."""
    order = (OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
    places = _places(of, (_here() < _there(than),) if than else (), order, most)
    return sorted(set(places), key=_key, reverse=True)[:most]


def newer(of: Part, than: Place, most: int) -> list[Place]:
    """Return up to `most` places right before `than`, newest first."""
    order = (OutboxEntry.created_at.asc(), OutboxEntry.id.asc())
    places = _places(of, (_here() > _there(than),), order, most)
    return sorted(set(places), key=_key)[:most][::-1]


def counts(venue_id: int, bounds: Conditions) -> dict[State, int]:
    """Count a venue's visits in each state, no further than just above MOST_COUNTED."""
    states = STATES_OF[Show.ALL]
    some = [
        _of_venue(venue_id, select(OutboxEntry.id), bounds)
        .where(OutboxEntry.state == state)
        .limit(MOST_COUNTED + 1)
        .subquery()
        for state in states
    ]
    row = db.session.execute(
        select(*(select(func.count()).select_from(one).scalar_subquery() for one in some))
    ).one()
    return dict(zip(states, row, strict=True))


def _key(place: Place) -> tuple[Any, ...]:
    return place.at, place.entry_id


def _here() -> Any:
    return tuple_(OutboxEntry.created_at, OutboxEntry.id)


def _there(place: Place) -> Any:
    return tuple_(literal(place.at, UtcDateTime), literal(place.entry_id))


def _places(of: Part, beyond: Conditions, order: tuple[Any, ...], most: int) -> list[Place]:
    queries = _by_state(of, beyond) if of.found is None else _by_search(of, beyond, of.found)
    return [
        Place(row.created_at, row.id)
        for query in queries
        for row in db.session.execute(query.order_by(*order).limit(most))
    ]


def _by_state(of: Part, beyond: Conditions) -> Iterator[Any]:
    """One query a state: an index holds each state's visits in order, and none holds two states' so."""
    query = _of_venue(of.venue_id, select(OutboxEntry.created_at, OutboxEntry.id), of.limits + beyond)
    if of.show is Show.ALL:
        yield query
    else:
        yield from (query.where(OutboxEntry.state == state) for state in STATES_OF[of.show])


def _by_search(of: Part, beyond: Conditions, found: Conditions) -> Iterator[Any]:
    """Guests and bookings were found at the venue; naming it again would lead to the index of all visits."""
    query = select(OutboxEntry.created_at, OutboxEntry.id).where(
        OutboxEntry.kind == Kind.WRITE_BACK, OutboxEntry.state.in_(STATES_OF[of.show]), *of.limits, *beyond
    )
    yield from (query.where(condition) for condition in found)


def _of_venue(venue_id: int, query: Any, bounds: Conditions) -> Any:
    return query.where(OutboxEntry.venue_id == venue_id, OutboxEntry.kind == Kind.WRITE_BACK, *bounds)
