"""What is on at the Harbour Playhouse: a pure function of the day, so that a restart changes nothing.

Times are wall times in Europe/London (docs/spektrix.md section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from portal.sandbox.world.ids import object_id

ZONE = ZoneInfo("Europe/London")
DAYS_BACK, DAYS_AHEAD = 1, 41
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 2, 3, 4, 5, 6
EVENING, MATINEE, STUDIO, CONCERT, MIDNIGHT = (
    time(19, 30),
    time(14, 0),
    time(18, 0),
    time(16, 0),
    time(0, 30),
)
SALES_END_BEFORE = timedelta(hours=1)


@dataclass(frozen=True)
class Hall:
    """Where a show plays: one seating plan of Spektrix's."""

    plan_id: str
    name: str


MAIN_HOUSE = Hall(object_id(1404), "Main House General Admission")
STUDIO_HALL = Hall(object_id(6241), "Studio")


@dataclass(frozen=True)
class Show:
    """One event. `minutes` is the running time, 0 where the theatre gave none; `price` is in pounds."""

    number: int
    slug: str
    name: str
    genre: str
    minutes: int
    price: float
    hall: Hall
    blurb: str

    @property
    def id(self) -> str:
        """The event id on the wire."""
        return object_id(self.number)


SHOWS = (
    Show(
        70401, "the-winters-tale", "The Winter's Tale", "Drama", 155, 32.0, MAIN_HOUSE,
        "Jealousy, a lost child and the most famous exit in English theatre, by candlelight and sea fog.",
    ),
    Show(
        70502, "the-lighthouse-keepers-daughter", "The Lighthouse Keeper's Daughter", "Drama", 135, 26.0,
        MAIN_HOUSE, "One winter, one lamp, and a secret that three generations have kept alight.",
    ),
    Show(
        70603, "harbour-lights", "Harbour Lights", "Musical", 150, 36.0, MAIN_HOUSE,
        "A new musical about the last ferry home, with a band of nine and a chorus of forty neighbours.",
    ),
    Show(
        70704, "stormglass", "Stormglass", "New writing", 70, 18.5, STUDIO_HALL,
        "A two-hander about weather, debt and forgiveness. Seventy minutes, no interval.",
    ),
    Show(
        70805, "winter-concert", "Winter Concert", "Music", 0, 22.0, MAIN_HOUSE,
        "The Harbour Sinfonia plays Vaughan Williams, Price and Sibelius on a Sunday afternoon.",
    ),
    Show(
        70906, "ghosts-after-midnight", "Ghosts after Midnight", "Storytelling", 60, 12.0, STUDIO_HALL,
        "Half past midnight, one storyteller, one lamp. Bring a friend to walk home with.",
    ),
)  # fmt: skip
WINTERS_TALE, LIGHTHOUSE, LIGHTS, STORMGLASS, WINTER_CONCERT, GHOSTS = SHOWS
EVENING_SHOWS = (WINTERS_TALE, LIGHTHOUSE, LIGHTS)


@dataclass(frozen=True)
class Performance:
    """One instance. `start_at` is aware, in the theatre's zone."""

    id: str
    show: Show
    start_at: datetime
    cancelled: bool = False

    @property
    def start_utc(self) -> datetime:
        """The start as an instant in UTC."""
        return self.start_at.astimezone(UTC)

    @property
    def sales_end_at(self) -> datetime:
        """The instant, in UTC, after which the web no longer sells it."""
        return self.start_utc - SALES_END_BEFORE

    def on_sale(self, now: datetime) -> bool:
        """Tell whether the web sells it at `now` (aware)."""
        return not self.cancelled and now < self.sales_end_at


@dataclass(frozen=True)
class Programme:
    """All performances from yesterday on, earliest first."""

    performances: tuple[Performance, ...]

    def performance(self, performance_id: str) -> Performance | None:
        """Return one performance, or None."""
        return next((each for each in self.performances if each.id == performance_id), None)

    def of_show(self, show: Show) -> tuple[Performance, ...]:
        """Return the performances of one show."""
        return tuple(each for each in self.performances if each.show == show)

    def next_evening(self, now: datetime) -> Performance:
        """Return the earliest evening performance on sale at `now`."""
        evenings = (each for each in self.performances if each.start_at.time() == EVENING)
        return next(each for each in evenings if each.on_sale(now))


def show_by_id(event_id: str) -> Show | None:
    """Return the show with that event id, or None."""
    return next((show for show in SHOWS if show.id == event_id), None)


def show_by_slug(slug: str) -> Show | None:
    """Return the show with that slug, or None."""
    return next((show for show in SHOWS if show.slug == slug), None)


def current_programme() -> Programme:
    """Return the programme as of today in the theatre's zone."""
    return programme_on(datetime.now(ZONE).date())


@lru_cache(maxsize=4)
def programme_on(today: date) -> Programme:
    """Return every performance from yesterday to six weeks ahead of `today`."""
    days = [today + timedelta(days=offset) for offset in range(-DAYS_BACK, DAYS_AHEAD)]
    found = [performance for day in days for performance in _performances_of_day(day)]
    return Programme(tuple(sorted(found, key=lambda each: each.start_utc)))


def _performances_of_day(day: date) -> list[Performance]:
    week = day.toordinal() // 7
    evening_show = EVENING_SHOWS[week % len(EVENING_SHOWS)]
    found = [_performance(day, EVENING, evening_show)]
    if day.weekday() in (WEDNESDAY, SATURDAY):
        found.append(_performance(day, MATINEE, evening_show))
    if day.weekday() in (THURSDAY, FRIDAY):
        # One Thursday in six weeks, so that any programme holds exactly one cancelled performance.
        cancelled = day.weekday() == THURSDAY and week % 6 == 0
        found.append(_performance(day, STUDIO, STORMGLASS, cancelled))
    if day.weekday() == SUNDAY:
        found.append(_performance(day, MIDNIGHT, GHOSTS))
        found.append(_performance(day, CONCERT, WINTER_CONCERT))
    return found


def _performance(day: date, start: time, show: Show, cancelled: bool = False) -> Performance:
    number = day.toordinal() * 100 + start.hour
    return Performance(object_id(number), show, datetime.combine(day, start, ZONE), cancelled)
