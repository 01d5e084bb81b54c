"""The guest profile and its link to a Spektrix customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    delete,
    event,
    false,
    insert,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from portal.extensions import Base, SortedText, UtcDateTime
from portal.findings import Code
from portal.guests import search_words
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
        Index("ix_guests_by_phone", "venue_id", "phone_key"),
        Index(
            "ix_guests_not_searchable",
            "venue_id",
            "id",
            # As each database is asked, since SQLite uses no index whose condition is worded otherwise.
            sqlite_where=text("is_searchable = 0"),
            postgresql_where=text("NOT is_searchable"),
        ),
    )

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str | None] = mapped_column(SortedText(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    # The number as compared; None where there is none that could be somebody's.
    phone_key: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether the guest's words are kept, which those lack who were added by an earlier release.
    is_searchable: Mapped[bool] = mapped_column(default=False, server_default=false())

    link: Mapped[CustomerLink | None] = relationship(back_populates="guest", lazy="joined", innerjoin=False)


class GuestWord(Base):
    """A text by which a guest is found, sorted letter by letter; `search_words` says which there are."""

    __tablename__ = "guest_words"
    __table_args__ = (
        Index("ix_guest_words_of_guest", "guest_id"),
        # The key holds the whole row, so that SQLite need not keep the rows a second time beside it.
        {"sqlite_with_rowid": False},
    )

    venue_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(SortedText(search_words.LONGEST), primary_key=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id", ondelete="CASCADE"), primary_key=True)


@event.listens_for(Guest, "before_insert")
@event.listens_for(Guest, "before_update")
def _mark_searchable(_mapper: Mapper[Guest], _connection: Connection, guest: Guest) -> None:
    guest.is_searchable = True


@event.listens_for(Guest, "after_insert")
def _add_words(_mapper: Mapper[Guest], connection: Connection, guest: Guest) -> None:
    """Keep the words of a guest with the guest, in the same transaction."""
    if rows := words_of(guest):
        connection.execute(insert(GuestWord), rows)


@event.listens_for(Guest, "after_update")
def _change_words(mapper: Mapper[Guest], connection: Connection, guest: Guest) -> None:
    """Keep them as the guest is now; an erased one leaves none."""
    seen = inspect(guest).attrs
    if not any(seen[name].history.has_changes() for name in _SEARCHED):
        return
    connection.execute(delete(GuestWord).where(GuestWord.guest_id == guest.id))
    _add_words(mapper, connection, guest)


_SEARCHED = ("name", "phone", "phone_key", "erased_at", "is_searchable")


def words_of(guest: Guest) -> list[dict[str, Any]]:
    """Return the rows by which a guest is found."""
    if guest.erased_at is not None:
        return []
    found = sorted(search_words.words_of(guest.name, guest.phone, guest.phone_key))
    return [
        {"venue_id": guest.venue_id, "kind": int(kind), "word": word, "guest_id": guest.id}
        for kind, word in found
    ]


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
