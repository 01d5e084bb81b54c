"""The question which Spektrix customer a guest is: asked with a booking, closed by the job that answers it.

All are parts but `forget_old_baskets`: whoever calls them commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import aliased

from portal import clock
from portal.bookings import rules
from portal.bookings.models import Booking, LinkCheck, Source
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import Guest, LinkBasis, LinkState
from portal.outbox import service as outbox
from portal.outbox.models import Kind
from portal.plain_sql import rows
from portal.plain_sql.rows import New
from portal.venues.models import Venue

# Spektrix lets go of an unpaid online basket after ten minutes, so the last question is asked after nine.
BASKET_LIFE = timedelta(minutes=9)
BASKET_KEPT = timedelta(hours=24)
# Details do not expire: pauses and outages are waited out, as long as a visit would be.
DETAILS_LIFE = timedelta(days=21)
_SHARERS_SHOWN = 5


def question(venue: Venue, booking: Booking, basket_id: str | None, now: datetime) -> list[New]:
    """Return what to write where a new booking gives rise to a question: it, and the entry that owes it.

    It is asked by the booking's basket, else by details. The entry stands last; nothing where none is asked.
    """
    if basket_id is not None:
        return _question(booking, LinkBasis.BASKET, now, basket_id, venue.fingerprint(basket_id))
    if may_ask_by_details(booking, setting_on=venue.match_by_details):
        return _question(booking, LinkBasis.DETAILS, now)
    return []


def ask(venue: Venue, booking: Booking, now: datetime) -> int | None:
    """Ask by details who an older booking's guest is, where they may be looked for; return the entry's id."""
    asked = question(venue, booking, None, now)
    return rows.write(*asked)[-1] if asked else None


def may_ask_by_details(booking: Booking, *, setting_on: bool) -> bool:
    """Tell whether this booking's guest may be looked for by their details, as things stand now."""
    source, email = Source(booking.source), booking.booked_email
    # Most bookings are not asked about, whoever the guest is.
    if not rules.asks_by_details(source, email, None, None, setting_on=setting_on):
        return False
    link = booking.guest.link
    return rules.asks_by_details(
        source,
        email,
        LinkState(link.state) if link else None,
        Code(link.reason) if link and link.reason else None,
        setting_on=setting_on,
    )


def _question(
    booking: Booking,
    basis: LinkBasis,
    now: datetime,
    basket_id: str | None = None,
    basket_fingerprint: str = "",
) -> list[New]:
    life = BASKET_LIFE if basis is LinkBasis.BASKET else DETAILS_LIFE
    whose = {"venue_id": booking.venue_id, "booking_id": booking.id, "guest_id": booking.guest_id}
    how = {"basket_id": basket_id, "basis": basis, "basket_fingerprint": basket_fingerprint}
    asked = New(LinkCheck, whose | how | {"seen_at": now, "deadline_at": now + life})
    return [asked, outbox.new_entry(Kind.VERIFY_LINK, due_at=now, **whose)]


def are_open_for(guest_id: int) -> bool:
    """Tell whether Spektrix has yet to be asked who this guest is (Q2)."""
    found = db.session.scalar(
        select(LinkCheck.id).where(LinkCheck.guest_id == guest_id, LinkCheck.settled_at.is_(None)).limit(1)
    )
    return found is not None


def basket_used_by_other(check: LinkCheck) -> bool:
    """Tell whether the same basket has verified another guest already. Details are nobody's basket."""
    if not check.basket_fingerprint:
        return False
    found = db.session.scalar(
        select(LinkCheck.id)
        .where(
            LinkCheck.venue_id == check.venue_id,
            LinkCheck.basket_fingerprint == check.basket_fingerprint,
            LinkCheck.guest_id != check.guest_id,
            LinkCheck.verified.is_(True),
        )
        .limit(1)
    )
    return found is not None


def same_basket(guest: Guest) -> Sequence[Guest]:
    """Return other guests who booked with a basket that this one used too, as on a shared screen."""
    mine, theirs = aliased(LinkCheck), aliased(LinkCheck)
    return (
        db.session.scalars(
            select(Guest)
            .join(theirs, theirs.guest_id == Guest.id)
            .join(mine, mine.basket_fingerprint == theirs.basket_fingerprint)
            .join(Booking, Booking.id == mine.booking_id)
            .where(
                Booking.guest_id == guest.id,
                mine.basket_fingerprint != "",
                theirs.venue_id == guest.venue_id,
                theirs.guest_id != guest.id,
            )
            .distinct()
            .limit(_SHARERS_SHOWN)
        )
        .unique()
        .all()
    )


def settle(check: LinkCheck, *, verified: bool, reason: Code | None) -> None:
    """Close the question and forget the basket in the same change (Q3)."""
    check.basket_id = None
    check.settled_at = clock.utc_now()
    check.verified = verified
    check.reason = reason


def drop(check: LinkCheck) -> None:
    """Ask no more by a booking that turns out to be another guest's, nor take its basket for theirs."""
    if check.settled_at is None:
        settle(check, verified=False, reason=None)
        db.session.flush()
        outbox.wake_guest(check.guest_id)
    if not check.verified:
        check.basket_fingerprint = ""


def forget_old_baskets() -> int:
    """Drop basket ids past 24 hours, whatever kept them from being settled (P13). Returns how many."""
    now = clock.utc_now()
    result = db.session.execute(
        update(LinkCheck)
        .where(
            LinkCheck.basis == LinkBasis.BASKET,
            LinkCheck.settled_at.is_(None),
            LinkCheck.seen_at < now - BASKET_KEPT,
        )
        .values(basket_id=None, settled_at=now, reason=Code.DEADLINE_PASSED)
    )
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]


def hold_open_questions(venue_id: int) -> None:
    """Wait for answers that are just being saved, and keep others from being saved until the commit.

    Whoever saves an answer locks its guest first, so this comes before anything else is locked.
    """
    asked = select(LinkCheck.guest_id).where(*_open(venue_id))
    db.session.execute(
        select(Guest.id).where(Guest.id.in_(asked)).order_by(Guest.id).with_for_update(key_share=True)
    )


def settle_all_questions(venue_id: int) -> None:
    """Close every open question without an answer, and forget its basket."""
    db.session.execute(
        update(LinkCheck)
        .where(*_open(venue_id))
        .values(
            basket_id=None,
            settled_at=clock.utc_now(),
            verified=False,
            reason=Code.DEADLINE_PASSED,
        )
        .execution_options(synchronize_session=False)
    )


def _open(venue_id: int) -> tuple[ColumnElement[bool], ...]:
    return LinkCheck.venue_id == venue_id, LinkCheck.settled_at.is_(None)
