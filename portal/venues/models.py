"""The venue, the people who sign in for it, and their sessions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned
from portal.venues import clock_rules

SLUG_LENGTH = 60


class Role(StrEnum):
    """What a member of staff may do: managers change settings, staff work the diary."""

    MANAGER = "manager"
    STAFF = "staff"


def _rules_of_today(row: DefaultExecutionContext) -> str:
    zone = row.get_current_parameters()["timezone"]
    return clock_rules.of_zone(zone, clock.utc_now()).text()


class Venue(Base):
    """The restaurant business that signs in.

    `clock_rules` are the rules by which the instants of its bookings to come were worked out.
    """

    __tablename__ = "venues"
    __table_args__ = (Index("uq_venues_slug", "slug", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    # The last part of the booking page's address, /book/the-green-room; adding a venue gives it a good one.
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), default=lambda: secrets.token_hex(6))
    theatre_name: Mapped[str] = mapped_column(String(120), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/London")
    clock_rules: Mapped[str] = mapped_column(Text, default=_rules_of_today)
    country: Mapped[str] = mapped_column(String(2), default="GB")
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    address: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    first_line: Mapped[str] = mapped_column(String(200), default="")
    dietary_note: Mapped[str] = mapped_column(String(500), default="")
    cancellation_text: Mapped[str] = mapped_column(String(1000), default="")
    # Of the logo that diners see, "" without one; it names what is in it.
    logo_digest: Mapped[str] = mapped_column(String(32), default="")
    support_email: Mapped[str] = mapped_column(String(254), default="")
    match_by_details: Mapped[bool] = mapped_column(default=True)
    reference_prefix: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When its people were done with the set-up guide, or put it away.
    guide_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Never replaced, so that what was noted once is recognised whatever becomes of the encryption keys.
    recognition_key: Mapped[str] = mapped_column(String(64), default=lambda: secrets.token_hex(32))

    def fingerprint(self, text: str) -> str:
        """Return a keyed hash: equal texts can be recognised, and the text cannot be read from it."""
        return hmac.new(self.recognition_key.encode(), text.encode(), hashlib.sha256).hexdigest()


class EarlierSlug(VenueOwned, Base):
    """What a venue's booking address ended in before: printed links go on leading to the venue."""

    __tablename__ = "earlier_slugs"
    __table_args__ = (Index("uq_earlier_slugs", "slug", unique=True),)

    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))


class Logo(VenueOwned, Base):
    """A picture that a venue put above its booking page, as we made it anew, and one that it had before."""

    __tablename__ = "logos"
    __table_args__ = (UniqueConstraint("venue_id", "digest"),)

    digest: Mapped[str] = mapped_column(String(32), index=True)
    mimetype: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Staff(Base):
    """A person who signs in for one venue."""

    __tablename__ = "staff"
    __table_args__ = (Index("uq_staff_letters_token", "letters_token", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[Role] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    # The last part of the address that stops emails about the connection, without signing in.
    letters_token: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_urlsafe(16))
    letters_stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    venue: Mapped[Venue] = relationship(lazy="joined")

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER


class Doer(StrEnum):
    """Who did what a history tells: a member of staff, a guest through the widget, or nobody signed in."""

    STAFF = "staff"
    GUEST = "guest"
    PORTAL = "portal"

    def named(self, staff_name: str | None) -> str:
        """Return the doer as a history names them; a member of staff may have left since."""
        return staff_name or _DOERS[self]


_DOERS = {Doer.STAFF: "Somebody no longer here", Doer.GUEST: "The guest", Doer.PORTAL: "The portal"}


class AuditEntry(Base):
    """Who changed which setting, and when; never the value (P07)."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_by_venue", "venue_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    done_by: Mapped[Doer] = mapped_column(String(8), default=Doer.STAFF)
    action: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff | None] = relationship(lazy="joined")

    @property
    def who(self) -> str:
        return Doer(self.done_by).named(self.staff.name if self.staff else None)


class StaffSession(Base):
    """One signed-in browser. The row is the session: when it is gone, every copy of the cookie is dead."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    staff: Mapped[Staff] = relationship(lazy="joined")
