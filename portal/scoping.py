"""Every lookup starts at the venue, so a row of another venue is as absent as one that never was."""

from __future__ import annotations

from typing import Self

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.extensions import db

LARGEST_ID = 2**31 - 1


class NotHere(LookupError):
    """No such row at this venue. The same answer for an unknown id and for somebody else's."""


class VenueOwned:
    """A row that belongs to one venue and is found only through it."""

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr
    @classmethod
    def venue_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("venues.id"), index=False)

    @classmethod
    def get_for(cls, venue_id: int, row_id: int) -> Self:
        """Return the row `row_id` of the venue, else raise NotHere."""
        if not 0 < row_id <= LARGEST_ID:
            raise NotHere(cls.__name__)
        row = db.session.scalar(select(cls).where(cls.id == row_id, cls.venue_id == venue_id))
        if row is None:
            raise NotHere(cls.__name__)
        return row
