"""What becomes of the open questions of a venue that leaves Spektrix. All are parts: no commits."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from portal import clock
from portal.bookings.models import LinkCheck
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import Guest


def hold_askers(venue_id: int) -> None:
    """Wait for answers that are just being saved, and keep others from being saved until the commit.

    Whoever saves an answer locks its guest first, so this comes before anything else is locked.
    """
    asked = select(LinkCheck.guest_id).where(*_open(venue_id))
    db.session.execute(select(Guest.id).where(Guest.id.in_(asked)).order_by(Guest.id).with_for_update())


def settle_questions(venue_id: int) -> None:
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
