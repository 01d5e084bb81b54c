"""What may be waited for in a widget: a day and a party, and the show before which they want to eat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal import config, mail
from portal.availability import service as availability
from portal.availability.hours import Slot
from portal.bookings import waiting as requests
from portal.bookings.waiting import NewRequest
from portal.widgets import around_show, rules
from portal.widgets.around_show import GuestShow
from portal.widgets.rules import Bounds, Choice
from portal.widgets.service import PublishedWidget


@dataclass(frozen=True)
class WantedTable:
    """A table to wait for. With `before`, it has to leave time to eat before that show."""

    day: date
    party_size: int
    before: GuestShow | None = None

    @property
    def show(self) -> str:
        """The show as forms and addresses carry it."""
        return rules.instant_text(self.before.starts_at) if self.before else ""

    @property
    def guests(self) -> str:
        return rules.guests_text(self.party_size)

    @property
    def when(self) -> str:
        return f"{rules.day_text(self.day)}{', before the show' if self.before else ''}"

    @property
    def text(self) -> str:
        return f"{self.guests}, {self.when}"


def can_email() -> bool:
    """Tell whether emails can be sent at all."""
    return mail.is_set_up(config.current())


def find(
    published: PublishedWidget, choice: Choice, show: GuestShow | None, within: Bounds, now: datetime
) -> WantedTable | None:
    """Return what can be waited for instead of a choice: before its show where that is still possible.

    None when no email can be sent, the choice is out of bounds, or even an empty restaurant has no time left.
    """
    if not can_email() or not within.contains(choice.day) or choice.party_size > within.largest_party:
        return None
    slots = availability.possible(published.venue, choice.day, choice.party_size, now)
    if not slots:
        return None
    before = None
    if show and not show.cancelled:
        is_its_evening = around_show.evening_of(show.starts_at, published.venue.timezone) == choice.day
        if is_its_evening and around_show.group_slots(slots, show).before:
            before = show
    return WantedTable(choice.day, choice.party_size, before)


def add_request(published: PublishedWidget, wanted: WantedTable, email: str) -> None:
    """Save a request until its day is over. The same request twice is one."""
    before_at = wanted.before.starts_at if wanted.before else None
    new = NewRequest(published.widget.id, wanted.day, wanted.party_size, before_at, email)
    requests.add(published.venue, new)


def free_times(published: PublishedWidget, wanted: WantedTable, within: Bounds, now: datetime) -> list[Slot]:
    """Return the free times that fit, in order; none for what the widget no longer offers."""
    called_off = wanted.before is not None and wanted.before.cancelled
    offered = within.contains(wanted.day) and wanted.party_size <= within.largest_party
    if published.widget.deleted_at or called_off or not offered:
        return []
    slots = availability.slots(published.venue, wanted.day, wanted.party_size, now)
    return list(around_show.group_slots(slots, wanted.before).before) if wanted.before else slots
