"""What staff change of a booking, and when its party sat down."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_WAITING = "status IN ('pending', 'pending_payment')"


def upgrade() -> None:
    for column in (
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occasion", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("allergies", sa.String(length=500), nullable=False, server_default=""),
        sa.Column("overbooked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("edits", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("bookings", column)
    op.create_index(
        "ix_bookings_pending",
        "bookings",
        ["venue_id"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )
    op.add_column(
        "online_rules", sa.Column("pending_minutes", sa.Integer(), nullable=True, server_default="60")
    )
    op.create_table(
        "booking_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("done_by", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name="fk_booking_changes_booking_id_bookings",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["guest_id"], ["guests.id"], name="fk_booking_changes_guest_id_guests"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_booking_changes_staff_id_staff", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_changes"),
    )
    op.create_index("ix_booking_changes_booking_id", "booking_changes", ["booking_id"])
    op.create_index("ix_booking_changes_guest_id", "booking_changes", ["guest_id"])


def downgrade() -> None:
    op.drop_table("booking_changes")
    op.drop_column("online_rules", "pending_minutes")
    op.drop_index("ix_bookings_pending", "bookings")
    for column in ("edits", "overbooked", "allergies", "occasion", "seated_at"):
        op.drop_column("bookings", column)
