"""The guest profile and its link to a Spektrix customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.extensions import Base, SortedText, UtcDateTime
from portal.findings import Code
from portal.guests import rules
from portal.scoping import VenueOwned
from portal.venues.models import Staff


class LinkState(StrEnum):
    """How far we trust that this guest is that customer. Only VERIFIED may be written to."""

    VERIFIED = "verified"
    PROPOSED = "proposed"
    UNVERIFIED = "unverified"
    STALE = "stale"


class LinkBasis(StrEnum):
    """What a link rests on: the guest's basket, matching details, or a manager's word."""

    BASKET = "basket"
    DETAILS = "details"
    PERSON = "person"


class Decision(StrEnum):
    """What a manager decided about a guest and a customer."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNLINKED = "unlinked"
    MERGED = "merged"


class Guest(VenueOwned, Base):
    """A person who dines at one venue, recognised by e-mail address, or by phone number and surname."""

    __tablename__ = "guests"
    __table_args__ = (
        UniqueConstraint("venue_id", "email_key"),
        Index("ix_guests_by_name", "venue_id", "name_key"),
        Index("ix_guests_by_surname", "venue_id", "surname_key"),
        Index("ix_guests_by_phone", "venue_id", "phone_key"),
    )

    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(SortedText(120), default="")
    surname_key: Mapped[str] = mapped_column(SortedText(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str | None] = mapped_column(SortedText(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    # The number as compared; None where there is none that could be somebody's.
    phone_key: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    link: Mapped[CustomerLink | None] = relationship(back_populates="guest", lazy="joined", innerjoin=False)

    @validates("name")
    def _keep_search_keys(self, _column: str, name: str) -> str:
        self.name_key, self.surname_key = rules.search_keys(name)
        return name


class CustomerLink(VenueOwned, Base):
    """What we know about which Spektrix customer a guest is. Keeps no basket."""

    __tablename__ = "customer_links"
    __table_args__ = (
        # One customer, one guest: the database refuses what the rules should already have refused.
        Index(
            "uq_customer_links_verified_customer",
            "venue_id",
            "client_name",
            "spektrix_customer_id",
            unique=True,
            sqlite_where=text("state = 'verified'"),
            postgresql_where=text("state = 'verified'"),
        ),
        Index(
            "ix_customer_links_proposed",
            "venue_id",
            "proposed_customer_id",
            sqlite_where=text("proposed_customer_id IS NOT NULL"),
            postgresql_where=text("proposed_customer_id IS NOT NULL"),
        ),
    )

    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id", ondelete="CASCADE"), unique=True)
    client_name: Mapped[str] = mapped_column(String(100))
    spektrix_customer_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[LinkState] = mapped_column(String(16))
    basis: Mapped[LinkBasis] = mapped_column(String(16), default=LinkBasis.BASKET)
    reason: Mapped[Code | None] = mapped_column(String(24))
    # Another customer that a basket or matching details named, for a manager to decide about.
    proposed_customer_id: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    decided_by: Mapped[Staff | None] = relationship()
    guest: Mapped[Guest] = relationship(back_populates="link")


class LinkDecision(VenueOwned, Base):
    """What a manager decided about a guest and one customer; the latest one stands.

    A customer once rejected is never proposed for that guest again.
    """

    __tablename__ = "link_decisions"
    __table_args__ = (Index("ix_link_decisions_by_guest", "guest_id", "id"),)

    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id", ondelete="CASCADE"))
    client_name: Mapped[str] = mapped_column(String(100))
    spektrix_customer_id: Mapped[str] = mapped_column(String(64))
    decision: Mapped[Decision] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
