"""One venue's connection to Spektrix, and what is known of its two attributes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.crypto import EncryptedText
from portal.extensions import Base, UtcDateTime
from portal.findings import Code
from portal.scoping import VenueOwned
from portal.venues.models import Staff


class AttributeState(StrEnum):
    """What the last look at a customer record said of one attribute."""

    NOT_CHECKED = "not_checked"
    FOUND = "found"
    NEAR_MISS = "near_miss"
    NOT_FOUND = "not_found"
    # The name is there, and what was sent to it did not stay: the type is wrong.
    WRONG_TYPE = "wrong_type"
    # The name is there, and the record kept neither of the two values that were sent together.
    NOT_KEPT = "not_kept"
    # There was no record to look at, so the first visit has to prove the name.
    AFTER_FIRST_VISIT = "first_visit"


class TrialOutcome(StrEnum):
    """How a trial ended, where Spektrix answered; else the code of what was wrong stands in its place."""

    RUNNING = "running"
    OK = "ok"
    DAY = "day"
    CHANGED = "changed"
    NOT_STORED = "not_stored"
    NOT_UNDONE = "not_undone"
    CUSTOMER_GONE = "customer_gone"


class Integration(VenueOwned, Base):
    """Credentials, the Active switch, and why calls are stopped if they are.

    `generation` grows whenever client, user or key change, so that a late answer is told apart.
    """

    __tablename__ = "integrations"
    __table_args__ = (UniqueConstraint("venue_id"), Index("ix_integrations_check_due", "next_check_at"))

    client_name: Mapped[str] = mapped_column(String(100))
    custom_domain: Mapped[str] = mapped_column(String(253), default="")
    api_user: Mapped[str] = mapped_column(String(120))
    # Deferred: a key that cannot be read stops the calls that need it, not every look at the row.
    api_key: Mapped[str] = mapped_column(EncryptedText, deferred=True)
    key_last_four: Mapped[str] = mapped_column(String(4))
    key_saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When client, user or key last became others: only what left later proves that these work.
    credentials_saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    generation: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=False)
    active_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active_changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    test_status: Mapped[int | None]
    test_outcome: Mapped[str] = mapped_column(String(40), default="")
    test_ms: Mapped[int | None]
    blocked_reason: Mapped[Code | None] = mapped_column(String(32))
    blocked_kind: Mapped[str | None] = mapped_column(String(16))
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attributes_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    check_ms: Mapped[int | None]
    next_check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Seconds that our clock is ahead of Spektrix's, when that was what a call was refused for (S39).
    clock_skew_seconds: Mapped[int | None]
    test_detail: Mapped[str] = mapped_column(String(24), default="")
    # Whether a record has shown an attribute without a value: then absence from one proves there is none.
    attributes_always_shown: Mapped[bool] = mapped_column(default=False)
    # A customer of the venue's own choosing, on whom attributes are looked up and a trial write is made.
    test_customer_id: Mapped[str] = mapped_column(String(64), default="")
    # When the latest trial began.
    trial_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trial_outcome: Mapped[str] = mapped_column(String(40), default="")
    # What a trial write has to put back, as JSON, from before the write until it is seen to be undone.
    trial_undo: Mapped[str] = mapped_column(String(2000), default="")
    # Trials whose writes may take effect yet, as JSON; since when that is so, and when to look next.
    trials_in_doubt: Mapped[str] = mapped_column(Text, default="")
    trial_in_doubt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trial_look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    admin_email: Mapped[str] = mapped_column(String(254), default="")

    key_saved_by: Mapped[Staff | None] = relationship(foreign_keys=[key_saved_by_id])
    active_changed_by: Mapped[Staff | None] = relationship(foreign_keys=[active_changed_by_id])
    attributes: Mapped[list[AttributeCheck]] = relationship(
        order_by="AttributeCheck.id", cascade="all, delete-orphan"
    )
    checks: Mapped[list[CheckResult]] = relationship(
        order_by="CheckResult.number", cascade="all, delete-orphan"
    )


class AttributeCheck(Base):
    """What is known of one of the two attributes. `server_key` is spelled as Spektrix spells it.

    `stored_under` is the key that a value was last seen to be stored under, where that is another one.
    """

    __tablename__ = "attribute_checks"
    __table_args__ = (UniqueConstraint("integration_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[AttributeState] = mapped_column(String(16), default=AttributeState.NOT_CHECKED)
    server_key: Mapped[str] = mapped_column(String(120), default="")
    stored_under: Mapped[str] = mapped_column(String(120), default="")
    near_miss: Mapped[str] = mapped_column(String(120), default="")
    # What reading back has shown the type to keep: "" or one of attribute_rules.Keeps.
    keeps: Mapped[str] = mapped_column(String(16), default="")


class CheckState(StrEnum):
    """How one check ended."""

    PASSED = "ok"
    WARNS = "warn"
    FAILED = "bad"
    SKIPPED = "skipped"


class CheckResult(Base):
    """How one check ended when it was last made; its number is that in `standing/results.py`.

    `code` names the finding of a check that did not pass; `fact` is the short text at the right.
    """

    __tablename__ = "check_results"
    __table_args__ = (UniqueConstraint("integration_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[CheckState] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(32), default="")
    fact: Mapped[str] = mapped_column(String(120), default="")
    detail: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[int | None]
    duration_ms: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
