"""When the credentials were last changed, and when each visit's update left: a later one proves they work."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_entries", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    # When these left is not known any more; they were read back right after.
    op.execute(
        sa.text(
            "UPDATE outbox_entries SET sent_at = closed_at WHERE kind = 'write_back' AND state = 'confirmed'"
        )
    )
    # SQLite adds no column without a value for the rows that are there.
    of_the_rows = sa.text("'1970-01-01 00:00:00'")
    op.add_column(
        "integrations",
        sa.Column(
            "credentials_saved_at", sa.DateTime(timezone=True), nullable=False, server_default=of_the_rows
        ),
    )
    op.execute(sa.text("UPDATE integrations SET credentials_saved_at = key_saved_at"))


def downgrade() -> None:
    op.drop_column("integrations", "credentials_saved_at")
    op.drop_column("outbox_entries", "sent_at")
