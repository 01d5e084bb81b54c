"""The list of bookings, and the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

from flask import Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.bookings import labels, references
from portal.bookings.diary import buttons, page as diary_page
from portal.bookings.diary.views import bp
from portal.bookings.list import csv_export, rows
from portal.bookings.list.forms import ListForm
from portal.bookings.list.references import beginning
from portal.bookings.list.rows import Part
from portal.bookings.list.rules import Wanted, When
from portal.bookings.models import Booking, Status
from portal.bookings.rules import SOURCE_LABELS, STATUS_LABELS
from portal.database import writing
from portal.events import service as events
from portal.events.rules import Show
from portal.extensions import db
from portal.guests import service as guests
from portal.venues import audit
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

_SHOWS_BEFORE, _SHOWS_AFTER, _MOST_SHOWS = timedelta(days=14), timedelta(days=90), 60
_MOST_BY_REFERENCE = 5
_LOOKS = {status: buttons.look_of(status) for status in Status}
_SEATED = buttons.look_of(Status.CONFIRMED, is_seated=True)
_WHEN_LABELS = {When.COMING: "From today", When.PAST: "Past", When.ALL: "Any day"}


@bp.get("/bookings")
@signed_in
def index() -> ResponseReturnValue:
    form = ListForm(request.args)
    right = form.validate()
    return _list(form), 200 if right else 422


@bp.get("/bookings.csv")
@managers_only
def csv() -> ResponseReturnValue:
    form = ListForm(request.args)
    if not form.validate():
        return _list(form), 422
    venue = current_venue()
    with writing():
        audit.record(venue.id, current_staff().id, audit.Action.BOOKINGS_EXPORTED, _in_words(form.wanted))
        db.session.commit()
    part, most = rows.part(venue, form.wanted, diary_page.today(venue)), csv_export.MOST_ROWS
    lines = csv_export.lines(
        rows.every_row(part, most + 1),
        most,
        venue.timezone,
        part.hint,
        with_spektrix=guests.is_anybody_linked(venue.id),
    )
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="bookings.csv"'
    return answer


def _list(form: ListForm) -> str:
    venue = current_venue()
    today, wanted = diary_page.today(venue), form.wanted
    after, before = form.places
    shows = _shows(venue, today)
    form.offer_shows([(show.starts_at, _show_label(show, venue, today)) for show in shows])
    part = rows.part(venue, wanted, today)
    found = rows.page(part, after=after, before=before)
    is_first = after is None and before is None
    return render_template(
        "bookings/list/index.html",
        form=form,
        here=partial(_address, url_for("bookings.index"), form.asked),
        part=part,
        found=found,
        lines=[(row, labels.moment(row.starts_at, venue.timezone, today)) for row in found.rows],
        bookings=_by_reference(venue, wanted) if is_first else [],
        show_names={show.starts_at: show.name for show in shows},
        with_spektrix=guests.is_anybody_linked(venue.id),
        looks=_LOOKS,
        seated=_SEATED,
        whens=_WHEN_LABELS,
        sources=SOURCE_LABELS,
        statuses=STATUS_LABELS,
        said=_said(part, today),
    )


def _address(page: str, asked: dict[str, str], changed: dict[str, str]) -> str:
    """Return the address of the list with something else asked; made by hand, since there are many."""
    query = {name: text for name, text in (asked | changed).items() if text}
    return f"{page}?{urlencode(query)}" if query else page


def _by_reference(venue: Venue, wanted: Wanted) -> list[Booking]:
    """Return the bookings of a reference that was typed, whatever the filters say."""
    if not wanted.typed:
        return []
    exact = references.find(venue, wanted.typed)
    return [exact] if exact else list(beginning(venue, wanted.typed, _MOST_BY_REFERENCE))


def _shows(venue: Venue, today: date) -> Sequence[Show]:
    """Return the shows that can be chosen: those of the last two weeks and the next three months."""
    first, _ = clock.day_bounds(today - _SHOWS_BEFORE, venue.timezone)
    _, last = clock.day_bounds(today + _SHOWS_AFTER, venue.timezone)
    return events.shows_between(venue.id, first, last, _MOST_SHOWS)


def _show_label(show: Show, venue: Venue, today: date) -> str:
    cancelled = " (cancelled)" if show.cancelled else ""
    return f"{labels.moment(show.starts_at, venue.timezone, today)}, {show.name}{cancelled}"


def _said(part: Part, today: date) -> str:
    """Say which days are looked at, and in which order."""
    order = "latest first" if part.wanted.newest_first else "earliest first"
    if part.first is None and part.last is None:
        return "Bookings with this show" if part.wanted.show_at else f"Bookings of any day, {order}"
    if part.first == part.last and part.first is not None:
        return f"Bookings on {labels.day_name(part.first, today)}"
    since = "today" if part.first == today else part.first and labels.day_name(part.first, today)
    until = part.last and labels.day_name(part.last, today)
    days = (
        f"from {since} to {until}" if since and until else f"from {since} on" if since else f"up to {until}"
    )
    return f"Bookings {days}, {order}"


def _in_words(wanted: Wanted) -> str:
    """Describe the export without the search text, which may be a guest's name."""
    days = f"{wanted.since or ''} to {wanted.until or ''}" if wanted.since or wanted.until else wanted.when
    filters = [wanted.status, wanted.source, wanted.linked and f"linked {wanted.linked}"]
    by_search = "by a search" if wanted.typed else None
    return ", ".join(str(each) for each in (days, *filters, by_search) if each)
