"""What may be waited for in a widget: a day and a party, and the show before which they want to eat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from portal import mail
from portal.availability import service as availability
from portal.availability.rules import Slot
from portal.bookings import waiting as requests
from portal.bookings.waiting import NewRequest
from portal.widgets import evening, rules
from portal.widgets.evening import Outing
from portal.widgets.rules import Bounds, Choice
from portal.widgets.service import Published


@dataclass(frozen=True)
class Wish:
    """A table to wait for. With `before`, it has to leave time to eat before that show."""

    day: date
    party_size: int
    before: Outing | None = None

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


def can_tell() -> bool:
    """Tell whether anybody who waits could be written to."""
    return mail.is_set_up(current_app.extensions["settings"])


def wish(shop: Published, choice: Choice, show: Outing | None, within: Bounds, now: datetime) -> Wish | None:
    """Return what can be waited for instead of a choice: before its show where that is still possible.

    None when no email can leave, the choice is out of bounds, or not even an empty house has a time left.
    """
    is_open = within.today <= choice.day <= within.last_day
    if not can_tell() or not is_open or choice.party_size > within.largest_party:
        return None
    slots = availability.possible(shop.venue, choice.day, choice.party_size, now)
    if not slots:
        return None
    before = show if show and _leads_to(show, slots, choice.day, shop.venue.timezone) else None
    return Wish(choice.day, choice.party_size, before)


def _leads_to(show: Outing, slots: list[Slot], day: date, zone: str) -> bool:
    goes_ahead = not show.cancelled and evening.evening_of(show.starts_at, zone) == day
    return goes_ahead and bool(evening.around(slots, show).before)


def ask(shop: Published, wished: Wish, email: str) -> None:
    """Keep a wish until its day is over; the same one twice is one."""
    before_at = wished.before.starts_at if wished.before else None
    new = NewRequest(shop.widget.id, wished.day, wished.party_size, before_at, email)
    requests.add(shop.venue, new)


def free_times(shop: Published, wished: Wish, within: Bounds, now: datetime) -> list[Slot]:
    """Return the times that are free for a wish, in order; none for what the widget no longer offers."""
    is_open = within.today <= wished.day <= within.last_day
    called_off = wished.before is not None and wished.before.cancelled
    if shop.widget.deleted_at or called_off or not is_open or wished.party_size > within.largest_party:
        return []
    slots = availability.slots(shop.venue, wished.day, wished.party_size, now)
    return list(evening.around(slots, wished.before).before) if wished.before else slots
