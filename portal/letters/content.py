"""What one letter says, put together from the booking, the venue's own words and its business details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import current_app

from portal import clock, config
from portal.bookings import service as bookings
from portal.bookings.models import Booking, Status
from portal.events import service as events
from portal.guests.rules import email_key
from portal.letters import text_rules
from portal.letters.originals import ORIGINALS
from portal.letters.rules import Facts
from portal.letters.texts import Words
from portal.mail import CalendarFile
from portal.outbox.models import LetterKind
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.widgets import rules as widget_rules, service as widgets
from portal.widgets.frame import calendar_file, screens
from portal.widgets.frame.calendar_file import Sender
from portal.widgets.frame.screens import Moment
from portal.widgets.models import Widget
from portal.widgets.service import PublishedWidget

_TELLS_WHAT_WAS = frozenset({LetterKind.CHANGE, LetterKind.MOVED})
_A_MINUTE = timedelta(minutes=1)
_NO_SHOW = "your show"


class Row(NamedTuple):
    """One detail of the booking; `was` is what the guest was told before, where that is another."""

    label: str
    value: str
    was: str = ""


@dataclass(frozen=True)
class Content:
    """All that a letter says, in its order.

    Args:
        plan: the moments of the evening where there is a show.
        own_url: where the guest sees, changes or cancels the booking, "" without a booking page.
        stop_url: where reminders are stopped, "" for other letters.
    """

    kind: LetterKind
    subject: str
    heading: str
    paragraphs: Sequence[str]
    rows: Sequence[Row]
    plan: Sequence[Moment]
    venue: Venue
    own_url: str = ""
    directions_url: str = ""
    stop_url: str = ""

    @property
    def stands(self) -> bool:
        """Whether there is a table to come to."""
        return self.kind is not LetterKind.CANCELLATION


def facts_now(booking: Booking, venue: Venue) -> Facts:
    """Return what holds of a booking now, as far as its guest is told it."""
    to = venue.fingerprint(f"letters {email_key(booking.booked_email)}")[:16]
    if booking.status == Status.CANCELLED:
        return Facts(to, stands=False)
    told = booking.starts_told or clock.told_time(booking.starts_at, venue.timezone)
    return Facts(
        to,
        stands=True,
        starts=told.isoformat(timespec="seconds"),
        minutes=(booking.ends_at - booking.starts_at) // _A_MINUTE,
        party=booking.party_size,
        show=_show_told(booking, venue),
    )


def _show_told(booking: Booking, venue: Venue) -> str:
    if booking.show_starts_at is None:
        return ""
    told = booking.show_told or clock.told_time(booking.show_starts_at, venue.timezone)
    return told.isoformat(timespec="seconds")


def of_booking(
    kind: LetterKind,
    booking: Booking,
    venue: Venue,
    words: Words,
    *,
    told: Facts | None = None,
    stop_url: str = "",
) -> Content:
    """Return what a letter of this kind says to the guest of a booking.

    Args:
        kind: the letter.
        booking: whose guest reads it.
        venue: its venue.
        words: subject and text.
        told: what the guest was told before, for what changed.
        stop_url: the link of a reminder.
    """
    published = _published(venue)
    values = values_of(booking, venue)
    stands = kind is not LetterKind.CANCELLATION
    plan = screens.confirmation(published, booking).moments if stands else []
    return Content(
        kind=kind,
        subject=text_rules.fill(words.subject, values),
        heading=ORIGINALS[kind].heading,
        paragraphs=text_rules.paragraphs(text_rules.fill(words.text, values)),
        rows=_rows(booking, values, told if kind in _TELLS_WHAT_WAS else None, stands=stands),
        # The table alone is in the details.
        plan=plan if len(plan) > 1 else [],
        venue=venue,
        own_url=own_address(booking, published),
        directions_url=screens.directions(venue) if stands else "",
        stop_url=stop_url,
    )


def values_of(booking: Booking, venue: Venue) -> dict[str, str]:
    """Return what the fields of the texts stand for; the keys are those of `text_rules.FIELDS`."""
    starts_at = clock.to_local(booking.starts_at, venue.timezone)
    name = text_rules.shown_name(booking.booked_name)
    return {
        "guest": name,
        "first_name": name.split(" ")[0],
        "day": widget_rules.long_day_text(starts_at.date()),
        "time": widget_rules.time_text(starts_at),
        "until": widget_rules.time_text(clock.to_local(booking.ends_at, venue.timezone)),
        "party": widget_rules.guests_text(booking.party_size),
        "venue": venue.name,
        "reference": booking.reference,
        "show": show_text(venue, booking.show_starts_at),
    }


def show_text(venue: Venue, starts_at: datetime | None) -> str:
    """Return what the programme says of the show that starts then, as a text may name it."""
    if starts_at is None:
        return _NO_SHOW
    shows = events.shows_at(venue.id, starts_at)
    played = [show for show in shows if not show.cancelled]
    named = played or shows
    name = named[0].name if len(named) == 1 and named[0].name else _NO_SHOW
    local = clock.to_local(starts_at, venue.timezone)
    when = f"{name}, {widget_rules.long_day_text(local.date())} at {widget_rules.time_text(local)}"
    return f"{when}, cancelled by the theatre" if shows and not played else when


def calendar_of(booking: Booking, venue: Venue) -> CalendarFile:
    """Return the calendar file that adds a booking to its guest's calendar, moves it there or removes it."""
    entry = bookings.calendar_entry(booking)
    own_url = own_address(booking, _published(venue))
    sender = Sender(clock.utc_now(), config.current().mail_from, own_url)
    content = calendar_file.of_booking(booking, venue, entry, sender)
    return CalendarFile(content, calendar_file.method_of(booking))


def own_address(booking: Booking, published: PublishedWidget) -> str:
    """Return where a guest sees, changes or cancels a booking; "" where the venue has no booking page."""
    if published.widget.id is None:
        return ""
    return _address("public.own_booking", public_id=published.widget.public_id, token=booking.public_token)


def stop_address(token: str) -> str:
    """Return where the reader of a letter stops reminders."""
    return _address("letter_stops.page", token=token)


def _rows(booking: Booking, values: dict[str, str], told: Facts | None, *, stands: bool) -> list[Row]:
    now = {"Day": values["day"], "Time": values["time"]}
    if stands:
        now["Yours until"] = values["until"]
    now["Guests"] = str(booking.party_size)
    was = {}
    if told and told.stands:
        before = datetime.fromisoformat(told.starts)
        was = {
            "Day": widget_rules.long_day_text(before.date()),
            "Time": widget_rules.time_text(before),
            "Yours until": widget_rules.time_text(before + told.minutes * _A_MINUTE),
            "Guests": str(told.party),
        }
    rows = [
        Row(label, value, was[label] if was.get(label, value) != value else "")
        for label, value in now.items()
    ]
    return [
        *rows,
        Row("Name", text_rules.isolated(values["guest"])),
        Row("Reference", booking.reference),
    ]


def _published(venue: Venue) -> PublishedWidget:
    """Return the venue's booking page, or one with the usual minutes that nobody can open."""
    try:
        return widgets.find_by_venue(venue.slug)
    except NotHere:
        return PublishedWidget(Widget(arrive_minutes=15, walk_minutes=0, least_meal_minutes=60), venue)


def _address(endpoint: str, **values: str) -> str:
    """Return an address of the portal; there may be no request whose host could be taken."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return config.current().portal_url + path
