"""What was saved of the settings, by whom, so that no save undoes another and each can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned
from portal.venues.models import Staff


class SettingSave(VenueOwned, Base):
    """One save of one card.

    `kind` is the card's subject and `row_id` the row that it shows, 0 where there is but one. `before` and
    `after` have the fields that changed.
    """

    __tablename__ = "setting_saves"
    __table_args__ = (UniqueConstraint("venue_id", "kind", "row_id", "number"),)

    kind: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column(default=0)
    number: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    undone_of: Mapped[int | None] = mapped_column(ForeignKey("setting_saves.id"))
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    saved_by: Mapped[Staff | None] = relationship(lazy="joined")
