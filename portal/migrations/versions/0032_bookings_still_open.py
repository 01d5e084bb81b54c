"""An index of the bookings that are still to be completed, so that those of past days are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_OPEN = "status = 'confirmed'"


def upgrade() -> None:
    op.create_index(
        "ix_bookings_confirmed",
        "bookings",
        ["venue_id", "service_on", "starts_at"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )


def downgrade() -> None:
    op.drop_index("ix_bookings_confirmed", "bookings")
