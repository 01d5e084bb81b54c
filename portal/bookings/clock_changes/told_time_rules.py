"""What a change of the clock does to a booking, and how a list of such changes reads. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import clock


@dataclass(frozen=True)
class Move:
    """A booking whose instant has to move so that clocks show what its guest was told.

    `shown` is what clocks would show if it stayed, `shows` what they show once it has moved: the time told,
    or a later one where the clocks of that night skip it. `table_name` and `crowded` say how the party sits
    afterwards, which a preview does not know.
    """

    booking_id: int
    reference: str
    told: datetime
    was_at: datetime
    is_at: datetime
    shown: datetime
    shows: datetime
    had_table: str = ""
    table_name: str = ""
    crowded: str = ""

    @property
    def is_skipped(self) -> bool:
        return self.shows.replace(tzinfo=None) != self.told.replace(tzinfo=None)


@dataclass(frozen=True)
class Outcome:
    """What a change of the clock does to a venue's bookings to come, and for how many who wait.

    `moves` are all of which somebody has to know. One whose time is skipped may stay at its instant.
    """

    venue_id: int
    venue_name: str
    zone: str
    moves: Sequence[Move]
    waiting: int

    @property
    def moved(self) -> list[Move]:
        return [move for move in self.moves if move.is_at != move.was_at]

    @property
    def crowded(self) -> list[Move]:
        return [move for move in self.moves if move.crowded]

    @property
    def skipped(self) -> list[Move]:
        return [move for move in self.moves if move.is_skipped]


def move_of(
    booking_id: int, reference: str, told: datetime, was_at: datetime, table_name: str, zone: str
) -> Move | None:
    """Return how a booking has to move, by the rules of `zone` today; None where it shows the time told."""
    is_at = clock.instant_told(told, zone)
    shown, shows = clock.to_local(was_at, zone), clock.to_local(is_at, zone)
    move = Move(booking_id, reference, told, was_at, is_at, shown, shows, table_name, table_name)
    return move if move.is_at != move.was_at or move.is_skipped else None


def line(move: Move) -> str:
    """Return a move as a list has it: the reference, both instants, and what clocks show at each."""
    said = (
        f"{move.reference}: {move.was_at:%Y-%m-%dT%H:%MZ}, shown as {_wall(move.shown)}, "
        f"becomes {move.is_at:%Y-%m-%dT%H:%MZ}, shown as {_wall(move.shows)}"
    )
    if move.is_skipped:
        said += (
            f". The guest was told {move.told:%H:%M}. The clocks skip that time that night: call the guest"
        )
    if move.table_name != move.had_table:
        said += f". Now at table {move.table_name}, no longer at {move.had_table}"
    if move.crowded:
        at = f" (table {move.table_name})" if move.table_name else ""
        said += f". You have to solve this by hand: {move.crowded}{at}"
    return said


def _wall(local: datetime) -> str:
    return f"{local:%a %d %b %Y %H:%M}"
