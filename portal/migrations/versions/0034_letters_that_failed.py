"""Letters that could not be delivered are found by venue."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_owed_letters_failed",
        "owed_letters",
        ["venue_id", "id"],
        sqlite_where=failed,
        postgresql_where=failed,
    )


def downgrade() -> None:
    op.drop_index("ix_owed_letters_failed", "owed_letters")
