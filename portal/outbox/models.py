"""What has to be sent to Spektrix or asked there, and the letters owed to guests.

The rows are the fact; the queue only wakes the worker.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base, UtcDateTime
from portal.findings import Code
from portal.scoping import VenueOwned


class Kind(StrEnum):
    """What has to be done; the value is the name of the job that does it."""

    VERIFY_LINK = "verify_link"
    WRITE_BACK = "write_back"
    READ_AGAIN = "read_again"


class State(StrEnum):
    """Where an entry stands. Those in OPEN_STATES are still to be delivered."""

    WAITING = "waiting"
    RETRYING = "retrying"
    BLOCKED = "blocked"
    HELD = "held"
    NOT_STORED = "not_stored"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    NOT_SENT = "not_sent"
    NEEDS_ATTENTION = "needs_attention"


class Correction(StrEnum):
    """What a person has sent in place of a visit that was set back after it had reached Spektrix."""

    NEWEST = "newest"
    EMPTY = "empty"


# How a call ended that Spektrix answered; else the code of what was wrong stands in its place.
ANSWERED = "ok"
OPEN_STATES = (State.WAITING, State.RETRYING, State.BLOCKED, State.HELD, State.NOT_STORED)


class OutboxEntry(VenueOwned, Base):
    """One thing to do for one booking. `due_at` None means that it waits for a person or a setting.

    `correction` is None for a visit. `sent_at` is when its latest update left. `sent_to` recognises the
    customer that was sent to, and does not tell who it is. `set_back_at` is when a visit stopped to hold,
    until what holds since has been sent.
    """

    __tablename__ = "outbox_entries"
    __table_args__ = (
        UniqueConstraint("booking_id", "kind", "completion_no"),
        Index(
            "ix_outbox_entries_due",
            "due_at",
            sqlite_where=text("closed_at IS NULL AND due_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND due_at IS NOT NULL"),
        ),
        # One call about one guest at a time: an older total can never overtake a newer one.
        Index(
            "uq_outbox_entries_leased_guest",
            "guest_id",
            "kind",
            unique=True,
            sqlite_where=text("lease_owner IS NOT NULL"),
            postgresql_where=text("lease_owner IS NOT NULL"),
        ),
        Index("ix_outbox_entries_log", "venue_id", "kind", "created_at", "id"),
        Index("ix_outbox_entries_log_by_state", "venue_id", "kind", "state", "created_at", "id"),
        Index("ix_outbox_entries_by_guest", "guest_id", "kind", "id"),
    )

    kind: Mapped[Kind] = mapped_column(String(16))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"))
    completion_no: Mapped[int] = mapped_column(default=0)
    state: Mapped[State] = mapped_column(String(16), default=State.WAITING)
    reason: Mapped[Code | None] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200), default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queued_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_no: Mapped[int] = mapped_column(default=0)
    sent_last_dined: Mapped[str | None] = mapped_column(String(40))
    sent_visits: Mapped[int | None]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visits_before: Mapped[str] = mapped_column(String(40), default="")
    correction: Mapped[Correction | None] = mapped_column(String(8))
    sent_to: Mapped[str] = mapped_column(String(64), default="")
    set_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    attempts_made: Mapped[list[Attempt]] = relationship(order_by="Attempt.id", back_populates="entry")


class Attempt(Base):
    """One call made for an entry: no names, no keys, and of the bodies only the two attributes' values."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("outbox_entries.id", ondelete="CASCADE"), index=True)
    call: Mapped[str] = mapped_column(String(32))
    status: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(40))
    duration_ms: Mapped[int]
    sent: Mapped[str] = mapped_column(String(300), default="")
    received: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    entry: Mapped[OutboxEntry] = relationship(back_populates="attempts_made")


class LetterKind(StrEnum):
    """What a letter to a guest is about."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"
    MOVED = "moved"
    SHOW_CHANGED = "show_changed"


class LetterState(StrEnum):
    """Where a letter stands. A waiting one has not left; one that is being sent is one process's."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


class OwedLetter(VenueOwned, Base):
    """One letter to the guest of a booking. What it says is worked out when it leaves.

    Of each booking one waits at most, reminders aside, so that the newest news overtakes what has not left.
    `token` names it to mail programs and in the link of its own. `due_at` is when it is looked at next: while
    it is being sent, when that counts as given up. `remind_on` is the day that a reminder is of. `told` is
    what its guest knows by it, `sent_to` the address with most of it left out. `reason` says why it did not
    leave, `detail` what the mail server answered.
    """

    __tablename__ = "owed_letters"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("booking_id", "remind_on"),
        Index(
            "uq_owed_letters_waiting",
            "booking_id",
            unique=True,
            sqlite_where=text("state = 'waiting' AND kind <> 'reminder'"),
            postgresql_where=text("state = 'waiting' AND kind <> 'reminder'"),
        ),
        Index(
            "ix_owed_letters_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_owed_letters_by_booking", "booking_id", "id"),
        Index(
            "ix_owed_letters_failed",
            "venue_id",
            "id",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    kind: Mapped[LetterKind] = mapped_column(String(16))
    state: Mapped[LetterState] = mapped_column(String(16), default=LetterState.WAITING)
    token: Mapped[str] = mapped_column(String(32))
    remind_on: Mapped[date | None] = mapped_column(Date)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_no: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(24), default="")
    detail: Mapped[str] = mapped_column(String(200), default="")
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sent_to: Mapped[str] = mapped_column(String(80), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
