"""The tables that a party at the door can have now, and until when each is free. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import clock
from portal.availability import service as availability
from portal.availability.room import Asker
from portal.availability.service import Answer, OpenPlace
from portal.venues.models import Venue


@dataclass(frozen=True)
class AtTheDoor:
    """What a party that has just come can have.

    Args:
        places: those free for a whole stay first; none where covers alone count.
        seats_without_table: whether the venue counts covers alone, and there is room.
        answer: why there is nothing, None where there is something.
    """

    now: datetime
    places: Sequence[OpenPlace]
    seats_without_table: bool
    answer: Answer | None

    def place_with(self, key: str | None) -> OpenPlace | None:
        """Return the place that forms call so, None where it cannot be had any more."""
        return next((one for one in self.places if one.place.key == key), None)

    @property
    def whole(self) -> list[OpenPlace]:
        return [one for one in self.places if one.is_whole_stay]

    @property
    def short(self) -> list[OpenPlace]:
        return [one for one in self.places if not one.is_whole_stay]


def at_the_door(venue: Venue, party_size: int) -> AtTheDoor:
    """Return what a party that has just come can have."""
    now = clock.utc_now().replace(second=0, microsecond=0)
    places = availability.open_places(venue, now, party_size)
    answer = availability.why_not_at(venue, now, party_size, now, Asker.WALK_IN)
    without_table = not answer.obstacles and not places
    nothing = not places and not without_table
    return AtTheDoor(now, places, without_table, answer if nothing else None)
