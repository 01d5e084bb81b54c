"""Who did what a history tells, also where it was no member of staff."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("status_changes", "audit_entries")
# Until now no member of staff could be removed, so whoever is not named never signed in.
STATEMENTS = (
    "UPDATE audit_entries SET done_by = 'portal' WHERE staff_id IS NULL",
    "UPDATE status_changes SET done_by = 'portal' WHERE staff_id IS NULL",
    """
    UPDATE status_changes SET done_by = 'guest'
    WHERE staff_id IS NULL AND (old IS NULL OR new = 'cancelled')
    AND booking_id IN (SELECT id FROM bookings WHERE source = 'widget')
    """,
)


def upgrade() -> None:
    for table in TABLES:
        done_by = sa.Column("done_by", sa.String(length=8), nullable=False, server_default="staff")
        op.add_column(table, done_by)
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "done_by")
