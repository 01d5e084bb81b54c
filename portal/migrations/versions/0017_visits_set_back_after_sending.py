"""What Spektrix still shows of a visit that was set back, and what a person has sent in its place."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_entries", sa.Column("correction", sa.String(length=8), nullable=True))
    sent_to = sa.Column("sent_to", sa.String(length=64), nullable=False, server_default="")
    op.add_column("outbox_entries", sent_to)
    set_back_at = sa.Column("set_back_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("outbox_entries", set_back_at)


def downgrade() -> None:
    for column in ("set_back_at", "sent_to", "correction"):
        op.drop_column("outbox_entries", column)
