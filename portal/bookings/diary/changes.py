"""A day as an open diary shows it, and what of that is new to a tablet. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zlib import crc32

from flask import current_app, url_for
from markupsafe import Markup

from portal import clock
from portal.bookings import rules, waiting
from portal.bookings.diary import buttons, entries, page, spektrix_notes, tables_view
from portal.bookings.diary.entries import Entry, Figures, Look
from portal.bookings.diary.kept_days import KeptDay, Piece
from portal.bookings.diary.spektrix_notes import Told
from portal.bookings.diary.tables_view import Frame, Lane
from portal.bookings.labels import wall_time
from portal.bookings.models import WaitingRequest
from portal.venues.models import Venue

_PIECES = "bookings/_diary_pieces.html"


class View(StrEnum):
    """How a day is shown."""

    TABLES = "tables"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, with its next step."""

    id: int
    address: str
    starts_at: datetime
    time: str
    name: str
    note: str
    allergies: str
    step_free: bool
    guests: int
    table: str
    source: str
    show: str
    leave_by: str
    look: Look
    words: str
    step: buttons.Button
    edits: int
    told: Told | None


@dataclass(frozen=True)
class OpenDay:
    """A day as one view of its diary shows it.

    Args:
        on: the day.
        view: which view.
        entries: its bookings by time.
        frame: what the tables are drawn on.
        figures: what it adds up to.
        waits: who waits for a table, longest first.
        pieces: the lanes or rows, in order.
        restless: ids of the pieces that the clock or Spektrix may change while no version moves.
        version: grows with every change of the day, 0 where it changed while it was read.
        known: the versions since which it is known what has changed.
        rest: tells whether anything else that is shown has changed.
        layout: tells whether the view has to be drawn as a whole.
    """

    on: date
    view: View
    entries: Sequence[Entry]
    frame: Frame
    figures: Figures
    waits: Sequence[WaitingRequest]
    pieces: Sequence[Piece]
    restless: frozenset[str]
    version: int
    known: Sequence[int]
    rest: int
    layout: int

    @property
    def mark(self) -> str:
        """What is the same as long as nothing changes that the diary shows."""
        return f"{self.version}-{self.rest:x}-{self.layout:x}"

    @property
    def lanes(self) -> dict[str, Markup]:
        return {piece.key: piece.html for piece in self.pieces}

    def is_drawn_anew(self, mark: str) -> bool:
        """Tell whether whoever has this mark needs the whole view."""
        return bool(mark) and mark.rpartition("-")[2] != f"{self.layout:x}"

    def since(self, mark: str) -> list[Piece]:
        """Return the pieces that may be new to whoever has this mark, all where that is not known."""
        found = re.match(r"([0-9]{1,18})-", mark)
        seen = int(found[1]) if found else 0
        if seen not in self.known:
            return list(self.pieces)
        return [piece for piece in self.pieces if piece.version > seen or piece.key in self.restless]


def mark(venue: Venue, kept: KeptDay, view: View, *, with_spektrix: bool) -> str:
    """Return the mark of a day as it is now, for little where nothing has changed."""
    on = kept.on
    moving = _moving(venue, on, view, with_spektrix=with_spektrix)
    return "-".join(_marks(kept, view, clock.utc_now(), page.today(venue) == on, moving[1]))


def open_day(venue: Venue, kept: KeptDay, view: View, *, with_spektrix: bool) -> OpenDay:
    """Return a day for its diary; with Spektrix the rows say what it knows of them."""
    on, now = kept.on, clock.utc_now()
    is_today = page.today(venue) == on
    ids, news = _moving(venue, on, view, with_spektrix=with_spektrix)
    overdue = entries.overdue(kept.entries, now)
    is_ahead = on > page.today(venue)
    late = {e.id for e in kept.entries if entries.is_restless(e, now)}
    if view is View.TABLES:
        pieces = kept.once("lanes", overdue, lambda: _lanes(kept, now))
        restless = {f"lane-{t}" for e in kept.entries if e.id in late for t in e.table_ids or (0,)}
    else:
        restless = {_row_key(id_) for id_ in ids | late}
        # What Spektrix knows moves no version.
        if with_spektrix:
            told = _told_by_now(spektrix_notes.of_day(venue.id, on))
            pieces = _rows(venue, kept, now, told, is_ahead=is_ahead)
        else:
            at = (overdue, is_ahead)
            pieces = kept.once("rows", at, lambda: _rows(venue, kept, now, {}, is_ahead=is_ahead))
    version, rest, layout = _marks(kept, view, now, is_today, news)
    return OpenDay(
        on,
        view,
        kept.entries,
        kept.frame,
        entries.figures(kept.entries, now, is_today=is_today),
        waiting.of_day(venue.id, on) if kept.mark.waits else (),
        pieces,
        frozenset(restless),
        int(version),
        kept.kinds["lanes" if view is View.TABLES else "rows"].versions,
        int(rest, 16),
        int(layout, 16),
    )


def _moving(venue: Venue, on: date, view: View, *, with_spektrix: bool) -> tuple[frozenset[int], int]:
    if view is View.TABLES or not with_spektrix:
        return frozenset(), 0
    return spektrix_notes.moving(venue.id, on, clock.utc_now())


def _marks(kept: KeptDay, view: View, now: datetime, is_today: bool, news: int) -> tuple[str, str, str]:
    coming = next((e.id for e in kept.entries if e.is_to_come and e.starts_at >= now), 0) if is_today else 0
    mark, overdue = kept.mark, entries.overdue(kept.entries, now)
    rest = crc32(repr((mark.frame, mark.waiting, overdue, coming, news)).encode())
    layout = kept.frame_number if view is View.TABLES else 0
    return str(kept.version), f"{rest:x}", f"{layout + bool(kept.entries):x}"


def _lanes(kept: KeptDay, now: datetime) -> list[Piece]:
    kept.drawn = tables_view.lanes(kept.frame, kept.entries, now, _pages(), kept.drawn)
    wanted = [(lane.key, lane) for _, lane in kept.drawn.values()]
    return kept.rendered("lanes", wanted, _render("lane"))


def _rows(
    venue: Venue, kept: KeptDay, now: datetime, told: dict[int, Told], *, is_ahead: bool
) -> list[Piece]:
    pages = _pages()
    rows = [
        _row(venue, f"{pages}{entry.id}", entry, now, told.get(entry.id), is_ahead=is_ahead)
        for entry in kept.entries
    ]
    return kept.rendered("rows", [(_row_key(row.id), row) for row in rows], _render("row"))


def _told_by_now(told: dict[int, Told]) -> dict[int, Told]:
    """Return the same with what stops visits just now; a later room says so, to templates alone."""
    by_now = current_app.jinja_env.filters["by_now"]
    return {
        id_: replace(each, sentence=by_now(each.sentence))
        if each.sentence and not each.sentence.landed
        else each
        for id_, each in told.items()
    }


def _row(
    venue: Venue, address: str, entry: Entry, now: datetime, told: Told | None, *, is_ahead: bool
) -> Row:
    show = entry.show_starts_at
    return Row(
        entry.id,
        address,
        entry.starts_at,
        wall_time(entry.starts_at, venue.timezone),
        entry.name,
        entry.note,
        entry.allergies,
        entry.step_free,
        entry.party_size,
        entry.table_name,
        rules.SOURCE_LABELS[entry.source],
        wall_time(show, venue.timezone) if show else "",
        wall_time(entries.leave_by(show), venue.timezone) if show and entry.starts_at < show else "",
        entry.look(now),
        entry.words(now),
        entry.main_button(now, is_ahead=is_ahead),
        entry.edits,
        told,
    )


def _pages() -> str:
    """Return where the pages of bookings are, up to their ids: hundreds are named on one page."""
    return url_for("bookings.show", booking_id=0).removesuffix("0")


def _row_key(booking_id: int) -> str:
    return f"_booking_row-{booking_id}"


def _render(macro: str) -> Callable[[list[Any]], list[Markup]]:
    def render(contents: list[Lane | Row]) -> list[Markup]:
        template = getattr(current_app.jinja_env.get_template(_PIECES).module, macro)
        return [template(content) for content in contents]

    return render
