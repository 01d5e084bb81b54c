"""The times of a day grouped by a show: before, during, after. No time is added, removed or moved (Q16, N5).

When the show ends comes from the programme as it was last synced, never from the basket (Q17). Where the
programme does not say, a show has a usual length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.availability.hours import Slot
from portal.clock import to_local
from portal.events.rules import Show
from portal.widgets.models import Widget
from portal.widgets.rules import time_text

_NIGHT_ENDS = timedelta(hours=5)
USUAL_LENGTH = timedelta(hours=2, minutes=30)
_WAY_BACK = timedelta(minutes=10)
# How long a party has to eat is said only where it could still be at its table, so not under times at noon.
_WORTH_SAYING = timedelta(hours=4)
_A_MINUTE = timedelta(minutes=1)
_ABOUT = timedelta(minutes=5)
_NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class GuestShow:
    """The show that a guest goes to: from the programme, with the minutes that the widget's manager set.

    Args:
        starts_at: when the show starts.
        ends_at: when it ends, None where nobody knows.
        name: of the show, "" where the programme does not say or several start at once.
        cancelled: whether the theatre cancelled it.
        arrive: how long before the curtain guests should be in the theatre.
        walk: how long the way from the table takes; zero where it is not set.
        least_meal: the shortest meal that still counts as before the show.
    """

    starts_at: datetime
    ends_at: datetime | None = None
    name: str = ""
    cancelled: bool = False
    arrive: timedelta = timedelta(minutes=15)
    walk: timedelta = timedelta(0)
    least_meal: timedelta = timedelta(hours=1)

    @property
    def seated_by(self) -> datetime:
        """When guests should be in the theatre."""
        return self.starts_at - self.arrive

    @property
    def leave_by(self) -> datetime:
        """When they have to leave their table, on the last full five minutes: nobody plans by the minute."""
        at = self.seated_by - self.walk
        return at - timedelta(minutes=at.minute % 5)

    @property
    def last_before(self) -> datetime:
        """The latest start that is called before the show."""
        return self.seated_by - self.least_meal

    @property
    def first_after(self) -> datetime:
        """The earliest start that is called after the show, or later that evening."""
        first = (self.ends_at or self.starts_at + USUAL_LENGTH) + _WAY_BACK
        # The programme may give an end before the start.
        return max(first, self.starts_at)


@dataclass(frozen=True)
class GroupedSlots:
    """The slots of one day in three groups. Together they are the day's slots, in their order."""

    before: Sequence[Slot]
    during: Sequence[Slot]
    later: Sequence[Slot]


def guest_show(show_at: datetime, shows: Sequence[Show], widget: Widget) -> GuestShow:
    """Return what is known of the show that starts at `show_at`.

    Args:
        show_at: the start, as the basket or the page tells it.
        shows: the performances of the programme that start then. Of several nobody knows which is meant, so
            none is named, and the latest end counts as far as all ends are known.
        widget: whose minutes count.
    """
    played = [show for show in shows if not show.cancelled]
    ends = [show.ends_at for show in played]
    called_off = bool(shows) and not played
    named = played or list(shows)
    return GuestShow(
        show_at,
        ends_at=max((end for end in ends if end), default=None) if all(ends) else None,
        name=named[0].name if len(named) == 1 else "",
        cancelled=called_off,
        arrive=timedelta(minutes=widget.arrive_minutes),
        walk=timedelta(minutes=widget.walk_minutes),
        least_meal=timedelta(minutes=widget.least_meal_minutes),
    )


def evening_of(instant: datetime, zone: str) -> date:
    """Return the day whose evening an instant belongs to: up to five in the morning, the day before.

    Tables and shows belong together by this. The date that a show selects is still its calendar day (R43).
    """
    return (to_local(instant, zone).replace(tzinfo=None) - _NIGHT_ENDS).date()


def same_evening(one: datetime, other: datetime, zone: str) -> bool:
    """Tell whether two instants, such as a table and a show, belong to one evening."""
    return evening_of(one, zone) == evening_of(other, zone)


def show_days(show_at: datetime, zone: str) -> set[date]:
    """Return a show's calendar day and the day of its evening, which differ after midnight."""
    return {to_local(show_at, zone).date(), evening_of(show_at, zone)}


def before_during_or_after(starts_at: datetime, show: GuestShow) -> str:
    """Return before, during or after, by the clock only, however little time there is to eat."""
    if starts_at < show.starts_at:
        return "before"
    return "during" if starts_at < show.first_after else "after"


def group_slots(slots: Sequence[Slot], show: GuestShow) -> GroupedSlots:
    """Group slots: before the show, during it or too short before it, and after it."""
    last_before, first_after = show.last_before, show.first_after
    return GroupedSlots(
        [slot for slot in slots if slot.starts_at <= last_before],
        [slot for slot in slots if last_before < slot.starts_at < first_after],
        [slot for slot in slots if slot.starts_at >= first_after],
    )


def time_to_eat(slot: Slot, show: GuestShow) -> str:
    """Return how long a party has to eat, as 1 h 45; "" for half a day."""
    left = show.seated_by - slot.starts_at
    if left > _WORTH_SAYING:
        return ""
    hours, rest = divmod(left // _A_MINUTE, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def walk_length(show: GuestShow) -> str:
    """Return how far the theatre is, as Two minutes’ walk; "" where it is not set."""
    minutes = show.walk // _A_MINUTE
    number = _NUMBERS[minutes] if minutes < len(_NUMBERS) else str(minutes)
    return f"{number} minute{'’s' if minutes == 1 else 's’'} walk" if minutes else ""


def walk_text(show: GuestShow, zone: str) -> str:
    """Return how far the theatre is and when to leave the table, "" where the distance is not set."""
    way = walk_length(show)
    return f"{way} from your table. Leave by {clock_text(show.leave_by, zone)}" if way else ""


def end_text(show: GuestShow, zone: str) -> str:
    """Return when the show ends, rounded up to five minutes, as 10:05pm; "" where nobody knows."""
    if show.ends_at is None:
        return ""
    past = to_local(show.ends_at, zone).minute % (_ABOUT // _A_MINUTE)
    rounded = show.ends_at + (_ABOUT - past * _A_MINUTE if past else timedelta())
    return clock_text(rounded, zone)


def after_show_text(show: GuestShow, later: Sequence[Slot], zone: str) -> str:
    """Return the line over the times after the show: when it ends, and the last tables."""
    end = end_text(show, zone)
    known = f"The show ends about {end}" if end else "Allowing two and a half hours for the show"
    if len(later) < 2:
        return known
    return f"{known}. Last tables {clock_text(later[-1].starts_at, zone)}"


def moments(starts_at: datetime, show: GuestShow | None, zone: str) -> list[tuple[str, datetime]]:
    """Return the moments of the evening by time: table, seats and curtain; the table alone without a show."""
    moments = [("table", starts_at)]
    if show and not show.cancelled and same_evening(show.starts_at, starts_at, zone):
        moments.append(("curtain", show.starts_at))
        if starts_at < show.leave_by:
            moments.append(("seats", show.leave_by))
    return sorted(moments, key=lambda moment: moment[1])


def count_text(grouped: GroupedSlots, show: GuestShow) -> str:
    """Return the number of times for a screen reader: 6 times before the show, 3 after."""
    before = f"{len(grouped.before)} time{'' if len(grouped.before) == 1 else 's'} before the show"
    return f"{before}, {len(grouped.later)} {'after' if show.ends_at else 'later'}"


def clock_text(instant: datetime, zone: str) -> str:
    """Return an instant as the venue's clock shows it: 5:30pm."""
    return time_text(to_local(instant, zone))
