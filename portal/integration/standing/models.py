"""How a venue's connection to Spektrix stands, and how it stood before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, UtcDateTime
from portal.findings import Code
from portal.integration.standing.results import Known
from portal.integration.standing.rules import Fault, Overall
from portal.scoping import VenueOwned


class Standing(VenueOwned, Base):
    """How a venue's connection stands, or stood for a while: one that has not ended is the venue's standing.

    It outlives the integration, so that the history survives disconnecting.

    Args:
        words: of the badge, with its `tone`, and `lead`, the line under the title.
        code: what the badge says is wrong, "" where nothing is, with its HTTP `status`.
        fault_code: what stands between the venue and Spektrix, while it is paused too.
        proved_at: when something last left that landed, with the credentials that are saved.
        proved_by: what that was, a visit or a trial write.
        checks: how each check but the last stands by now, as `results` reads them.
        all_proved: whether another visit that lands would change nothing but `proved_at`.
        judged_at: when this was last worked out; None where an earlier version of the portal did.
        mail_due_at: set while managers are to be told of it.
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index("ix_standings_by_venue", "venue_id", "id"),
        Index(
            "uq_standings_of_venue",
            "venue_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_standings_judged",
            "judged_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_standings_mail_due",
            "mail_due_at",
            sqlite_where=text("mail_due_at IS NOT NULL"),
            postgresql_where=text("mail_due_at IS NOT NULL"),
        ),
    )

    words: Mapped[str] = mapped_column(String(40))
    tone: Mapped[str] = mapped_column(String(8))
    lead: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[int | None]
    fault_code: Mapped[str] = mapped_column(String(32), default="")
    fault_status: Mapped[int | None]
    fault_detail: Mapped[str] = mapped_column(String(24), default="")
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proved_by: Mapped[str] = mapped_column(String(16), default="")
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    all_proved: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def badge(self) -> Overall:
        """What the pages show of it."""
        code = Code(self.code) if self.code else None
        return Overall(self.tone, self.words, self.lead, code, self.status)

    @property
    def fault(self) -> Fault | None:
        """What stands between the venue and Spektrix."""
        return Fault(Code(self.fault_code), self.fault_status, self.fault_detail) if self.fault_code else None

    @property
    def results(self) -> dict[int, Known]:
        """How each check but the last stands by now; those never made are absent."""
        return {known.number: known for known in map(Known.from_json, self.checks)}
