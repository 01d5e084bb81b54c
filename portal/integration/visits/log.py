"""The log of visits as pages read it. Queries only: nothing here changes or commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.integration.connection.queries import integration_of
from portal.integration.visits import places
from portal.integration.visits.places import Part
from portal.integration.visits.rows import VisitRow, rows
from portal.integration.visits.rules import (
    ALWAYS_NAMED,
    LABELS,
    MOST_COUNTED,
    STATES_OF,
    Place,
    Show,
    Wanted,
    counted,
)
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.scoping import NotHere
from portal.venues.models import Staff, Venue

A_PAGE = 50
A_BATCH = 1_000
RECENT = 8
TRIES_SHOWN = 100
FIGURES_OVER = timedelta(days=30)


@dataclass(frozen=True)
class Pill:
    """One filter of the log, with its number of visits ("" where that is not counted)."""

    show: Show
    label: str
    count: str
    current: bool


@dataclass(frozen=True)
class Log:
    """One page of the log. `older` and `newer` are places to go on from, None at either end.

    `hint` says what a search could not do.
    """

    rows: list[VisitRow]
    pills: list[Pill]
    newer: Place | None
    older: Place | None
    hint: str = ""


@dataclass(frozen=True)
class Held:
    """One page of the parked visits, how many there are (counted up to a bound), and whether they may go."""

    rows: list[VisitRow]
    number: int
    newer: bool
    older: Place | None
    connected: bool
    active: bool

    @property
    def in_words(self) -> str:
        """All of them, as a button names them: "12 visits"."""
        return "all visits" if self.number > MOST_COUNTED else f"{self.number} visit{'s'[: self.number != 1]}"


@dataclass(frozen=True)
class Figures:
    """The outcomes of the last 30 days' visits, counted up to a limit, in words."""

    confirmed: str
    waiting: str
    trying_again: str
    not_stored: str
    not_sent: str


@dataclass(frozen=True)
class Recent:
    """The card of recent visits."""

    rows: list[VisitRow]
    pills: list[Pill]


@dataclass(frozen=True)
class OneVisit:
    """Everything about one visit. `tries` are the latest calls, oldest first."""

    row: VisitRow
    tries: Sequence[Attempt]
    earlier_tries: int
    decided_by: str


def log(
    venue: Venue, wanted: Wanted, *, older_than: Place | None = None, newer_than: Place | None = None
) -> Log:
    """Return a page of the log, newest first: the page after `older_than`, or that before `newer_than`."""
    part = places.part(venue, wanted)
    shown, ahead, behind = _page(part, older_than, newer_than)
    counts = {} if wanted.q else places.counts(venue.id, part.limits)
    return Log(
        rows(venue.id, venue.timezone, shown),
        _pills(wanted.show, counts),
        newer=shown[0] if shown and ahead else None,
        older=shown[-1] if shown and behind else None,
        hint=part.hint,
    )


def _page(part: Part, older_than: Place | None, newer_than: Place | None) -> tuple[list[Place], bool, bool]:
    """Return a page's places, and whether others come ahead of them and behind them."""
    if newer_than:
        found = places.newer(part, newer_than, A_PAGE + 1)
        return found[-A_PAGE:], len(found) > A_PAGE, True
    found = places.older(part, older_than, A_PAGE + 1)
    return found[:A_PAGE], older_than is not None, len(found) > A_PAGE


def held(venue: Venue, older_than: Place | None = None) -> Held:
    """Return a page of the parked visits, whatever their age."""
    shown, ahead, behind = _page(Part(venue.id, Show.HELD), older_than, None)
    integration = integration_of(venue.id)
    return Held(
        rows(venue.id, venue.timezone, shown),
        number=places.counts(venue.id, ())[State.HELD],
        newer=ahead,
        older=shown[-1] if shown and behind else None,
        connected=integration is not None,
        active=integration is not None and integration.active,
    )


def recent(venue: Venue) -> Recent:
    """Return the card of recent visits, with how many of each there were in the last 90 days."""
    pills = _pills(Show.ALL, places.counts(venue.id, places.limits(venue, Wanted())))
    return Recent(
        rows(venue.id, venue.timezone, places.older(Part(venue.id, Show.ALL), None, RECENT)),
        [pill for pill in pills if pill.show in ALWAYS_NAMED or pill.count != "0"],
    )


def figures(venue: Venue) -> Figures:
    """Return the outcomes of the last 30 days' visits."""
    counts = places.counts(venue.id, (OutboxEntry.created_at >= clock.utc_now() - FIGURES_OVER,))
    shown = (Show.CONFIRMED, Show.WAITING, Show.RETRYING, Show.NOT_STORED, Show.NOT_SENT)
    return Figures(*(_count(show, counts) if counts else "0" for show in shown))


def one(venue: Venue, entry_id: int) -> OneVisit:
    """Return one visit with its tries. Raises NotHere, for a question about a basket too."""
    entry = OutboxEntry.get_for(venue.id, entry_id)
    if entry.kind != Kind.WRITE_BACK:
        raise NotHere(OutboxEntry.__name__)
    (row,) = rows(venue.id, venue.timezone, [Place(entry.created_at, entry.id)])
    tries = db.session.scalars(
        select(Attempt).where(Attempt.entry_id == entry_id).order_by(Attempt.id.desc()).limit(TRIES_SHOWN)
    ).all()
    made = db.session.scalar(select(func.count()).where(Attempt.entry_id == entry_id)) or 0
    decided_by = db.session.scalar(select(Staff.name).where(Staff.id == entry.decided_by_id))
    return OneVisit(row, list(reversed(tries)), made - len(tries), decided_by or "")


def every_row(venue: Venue, wanted: Wanted, most: int) -> tuple[Iterator[VisitRow], str]:
    """Return up to `most` rows of the log, newest first, read as they are asked for; and a search's hint.

    They are read in batches that leave no transaction open. What is needed of the venue is taken at once,
    since the rows outlive the request that asked for them.
    """
    part = places.part(venue, wanted)
    return _batches(part, venue.timezone, most), part.hint


def _batches(part: Part, zone: str, most: int) -> Iterator[VisitRow]:
    last = None
    while most > 0:
        wanted = min(A_BATCH, most)
        found = places.older(part, last, wanted)
        read = rows(part.venue_id, zone, found)
        db.session.rollback()
        yield from read
        if len(found) < wanted:
            return
        most, last = most - wanted, found[-1]


def _pills(current: Show, counts: Mapping[State, int]) -> list[Pill]:
    return [Pill(show, LABELS[show], _count(show, counts), show is current) for show in Show]


def _count(show: Show, counts: Mapping[State, int]) -> str:
    return counted(sum(counts[state] for state in STATES_OF[show])) if counts else ""
