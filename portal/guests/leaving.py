"""What becomes of a venue's customer links when it leaves a Spektrix client. All are parts: no commits."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select, update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import CustomerLink, LinkDecision, LinkState


def make_stale(venue_id: int, client_name: str) -> None:
    """Stop trusting every link made under `client_name`: its ids are other people's at another client."""
    db.session.execute(
        update(CustomerLink)
        .where(CustomerLink.venue_id == venue_id, CustomerLink.client_name == client_name)
        .values(
            state=LinkState.STALE,
            reason=Code.CLIENT_CHANGED,
            proposed_customer_id=None,
            decided_at=clock.utc_now(),
        )
        .execution_options(synchronize_session=False)
    )


def linked(venue_id: int) -> int:
    """Return how many guests of the venue are linked to a customer of Spektrix."""
    return db.session.scalar(select(func.count()).select_from(CustomerLink).where(*_linked(venue_id))) or 0


def delete_links(venue_id: int) -> None:
    """Forget every customer id of the venue's guests, and what was decided about them."""
    for table in (CustomerLink, LinkDecision):
        db.session.execute(
            delete(table).where(table.venue_id == venue_id).execution_options(synchronize_session=False)
        )


def _linked(venue_id: int) -> tuple[ColumnElement[bool], ...]:
    return CustomerLink.venue_id == venue_id, CustomerLink.spektrix_customer_id.is_not(None)
