"""Bookings, their history, and the question each widget booking asks Spektrix."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.availability.models import Seating
from portal.crypto import EncryptedText
from portal.extensions import Base, SortedText, ToldTime, UtcDateTime
from portal.findings import Code
from portal.guests.models import Guest, LinkBasis
from portal.scoping import VenueOwned
from portal.venues.models import Doer


class Status(StrEnum):
    """A booking is in exactly one of these."""

    PENDING = "pending"
    PENDING_PAYMENT = "pending_payment"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Source(StrEnum):
    """How the booking reached the venue."""

    WIDGET = "widget"
    PHONE = "phone"
    EMAIL = "email"
    WALK_IN = "walk_in"


class Booking(VenueOwned, Base):
    """One party at one time. The contact details are those given for this booking.

    `starts_told` is the start as the guest was told it, `show_told` that of their show; an earlier release
    kept neither. When the rules of the clock change they stay, and the instants are made anew from them, last
    at `remade_at`. `left_at` is when they left if that was before `ends_at`, which it does not change (Q24).
    A booking that replaced another keeps the name of its calendar entry in `calendar_uid`, and counts on from
    `calendar_sequence`; the other one is `replaced`.
    `seated_at` marks a Confirmed booking whose party sits already. One that is `overbooked` was placed beyond
    the rules on purpose. `edits` counts what was changed of it, moves of its status apart.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("venue_id", "reference"),
        Index("ix_bookings_by_day", "venue_id", "service_on", "starts_at", "id"),
        Index("ix_bookings_by_guest", "guest_id", "starts_at"),
        Index(
            "ix_bookings_by_show",
            "venue_id",
            "show_starts_at",
            "starts_at",
            "id",
            sqlite_where=text("show_starts_at IS NOT NULL"),
            postgresql_where=text("show_starts_at IS NOT NULL"),
        ),
        Index(
            "ix_bookings_confirmed",
            "venue_id",
            "service_on",
            "starts_at",
            sqlite_where=text("status = 'confirmed'"),
            postgresql_where=text("status = 'confirmed'"),
        ),
        Index(
            "ix_bookings_pending",
            "venue_id",
            # As each database is asked, since SQLite uses no index whose condition is worded otherwise.
            sqlite_where=text("status IN ('pending', 'pending_payment')"),
            postgresql_where=text("status IN ('pending', 'pending_payment')"),
        ),
    )

    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"))
    seating_id: Mapped[int | None] = mapped_column(ForeignKey("seatings.id", ondelete="SET NULL"))
    reference: Mapped[str] = mapped_column(SortedText(16))
    public_token: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[Status] = mapped_column(String(16))
    source: Mapped[Source] = mapped_column(String(16))
    party_size: Mapped[int]
    service_on: Mapped[date] = mapped_column(Date)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts_told: Mapped[datetime | None] = mapped_column(ToldTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    table_name: Mapped[str] = mapped_column(String(20), default="")
    booked_name: Mapped[str] = mapped_column(String(120))
    booked_email: Mapped[str] = mapped_column(String(254), default="")
    booked_phone: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    step_free: Mapped[bool] = mapped_column(default=False)
    occasion: Mapped[str] = mapped_column(String(80), default="", server_default="")
    allergies: Mapped[str] = mapped_column(String(500), default="", server_default="")
    overbooked: Mapped[bool] = mapped_column(default=False, server_default=false())
    edits: Mapped[int] = mapped_column(default=0, server_default="0")
    seated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    show_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    show_told: Mapped[datetime | None] = mapped_column(ToldTime)
    remade_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completion_no: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    calendar_uid: Mapped[str | None] = mapped_column(String(32))
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    replaced: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    guest: Mapped[Guest] = relationship(lazy="joined")
    seating: Mapped[Seating | None] = relationship()
    link_check: Mapped[LinkCheck | None] = relationship(back_populates="booking", lazy="joined")


class StatusChange(Base):
    """One move of one booking: who and when. `staff_id` goes with the member of staff; `done_by` stays."""

    __tablename__ = "status_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    old: Mapped[Status | None] = mapped_column(String(16))
    new: Mapped[Status] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    done_by: Mapped[Doer] = mapped_column(String(8), default=Doer.STAFF)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DiaryDay(Base):
    """How often what the diary shows of one day has changed, so that an open one can tell it is old."""

    __tablename__ = "diary_days"

    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), primary_key=True)
    service_on: Mapped[date] = mapped_column(Date, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class ChangeKind(StrEnum):
    """What was done to a booking beside a move of its status; a move changes time and place alone."""

    EDITED = "edited"
    MOVED = "moved"
    SEATED = "seated"
    UNSEATED = "unseated"
    UNDONE = "undone"
    OVERBOOKED = "overbooked"


class BookingChange(Base):
    """One change of one booking: who, when, and each field's value before and after.

    `guest_id` is whose booking it was before. Who did it is told as in StatusChange.
    """

    __tablename__ = "booking_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(String(12))
    fields: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    done_by: Mapped[Doer] = mapped_column(String(8), default=Doer.STAFF)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LinkCheck(VenueOwned, Base):
    """The question "which customer is this guest?" for one booking.

    `basis` says how it is asked: by the basket, or by the details given. The basket id lives here alone
    and only until the question is settled. Its fingerprint stays, so that one basket never links two
    guests (Q21).
    """

    __tablename__ = "link_checks"
    __table_args__ = (
        Index("ix_link_checks_by_fingerprint", "venue_id", "basket_fingerprint"),
        Index(
            "ix_link_checks_unsettled",
            "guest_id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), unique=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"))
    basket_id: Mapped[str | None] = mapped_column(EncryptedText, deferred=True)
    basis: Mapped[LinkBasis] = mapped_column(String(16), default=LinkBasis.BASKET)
    basket_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[Code | None] = mapped_column(String(24))

    booking: Mapped[Booking] = relationship(back_populates="link_check")


class Submission(Base):
    """One sent form. Sending it again answers with the same booking."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WaitingRequest(VenueOwned, Base):
    """Somebody who wants a table when one comes free on one day; deleted when that day is over.

    Whoever asked in a widget left an address, and gets one email. Whom staff put on the list has no widget,
    and a phone number or an address: staff offer them a table.
    `before_at` is the curtain before which they want to eat, None for any time, and `before_told` the same as
    they were told it. `look_at` is when it is next asked whether there is a table, None once nobody is to be
    told. `claimed_at` is when its one email was last taken on, `rests_until` when that may be tried again,
    `told_at` when the email had left. Whoever stops it leaves no address behind.
    """

    __tablename__ = "waiting_requests"
    __table_args__ = (
        Index("ix_waiting_requests_by_day", "venue_id", "wanted_on", "id"),
        Index("ix_waiting_requests_by_email", "venue_id", "email_key"),
        Index(
            "ix_waiting_requests_to_look_at",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index("ix_waiting_requests_over", "forget_at"),
    )

    widget_id: Mapped[int | None] = mapped_column(ForeignKey("widgets.id", ondelete="CASCADE"))
    public_token: Mapped[str] = mapped_column(String(32), unique=True)
    wanted_on: Mapped[date] = mapped_column(Date)
    party_size: Mapped[int]
    before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    before_told: Mapped[datetime | None] = mapped_column(ToldTime)
    name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    phone_key: Mapped[str] = mapped_column(String(32), default="", server_default="")
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forget_at: Mapped[datetime] = mapped_column(UtcDateTime)
