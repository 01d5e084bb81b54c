"""A booking that replaces another keeps its entry in the guest's calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bookings", sa.Column("calendar_uid", sa.String(length=32), nullable=True))
    number = sa.Column("calendar_sequence", sa.Integer(), nullable=False, server_default="0")
    op.add_column("bookings", number)


def downgrade() -> None:
    op.drop_column("bookings", "calendar_sequence")
    op.drop_column("bookings", "calendar_uid")
