"""A key of its own by which each venue recognises customers and baskets.

What it is recognised by was made with an encryption key before, and was lost with that key.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from portal import crypto

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("recognition_key", sa.String(length=64), nullable=False, server_default="")
    op.add_column("venues", column)
    for venue in op.get_bind().execute(sa.text("SELECT id FROM venues")).all():
        op.get_bind().execute(
            sa.text("UPDATE venues SET recognition_key = :key WHERE id = :venue_id"),
            {"key": secrets.token_hex(32), "venue_id": venue.id},
        )
    _note_anew(before=_by_encryption_key, after=_by_own_key)


def downgrade() -> None:
    _note_anew(before=_by_own_key, after=_by_encryption_key)
    op.drop_column("venues", "recognition_key")


def _by_encryption_key(_key: str, customer: str) -> str:
    return crypto.fingerprint(customer)


def _by_own_key(key: str, customer: str) -> str:
    return hmac.new(key.encode(), customer.encode(), hashlib.sha256).hexdigest()


def _note_anew(before: Callable[[str, str], str], after: Callable[[str, str], str]) -> None:
    """Note anew to whom visits were sent, where their guest is linked to that customer still."""
    links = op.get_bind().execute(
        sa.text(
            "SELECT guest_id, client_name, spektrix_customer_id, recognition_key FROM customer_links"
            " JOIN venues ON venues.id = venue_id"
            " WHERE state = 'verified' AND spektrix_customer_id IS NOT NULL"
        )
    )
    for link in links.all():
        customer = f"{link.client_name}:{link.spektrix_customer_id}"
        op.get_bind().execute(
            sa.text(
                "UPDATE outbox_entries SET sent_to = :after WHERE guest_id = :guest_id AND sent_to = :before"
            ),
            {
                "after": after(link.recognition_key, customer),
                "before": before(link.recognition_key, customer),
                "guest_id": link.guest_id,
            },
        )
