"""A row of its version for every venue, since it is also the lock of the venue's house.

Venues that were there before house_versions got theirs with the next change of their settings.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO house_versions (venue_id, version) SELECT id, 0 FROM venues"
        " WHERE id NOT IN (SELECT venue_id FROM house_versions)"
    )


def downgrade() -> None:
    """Nothing: older code takes such a row for a house that never changed."""
