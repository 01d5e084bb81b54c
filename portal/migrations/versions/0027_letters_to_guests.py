"""Letters to guests: what is owed, a venue's own words, when it reminds, and who wants no reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owed_letters",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_no", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("sent_to", sa.String(length=80), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff.id"], name="fk_owed_letters_asked_by_id_staff", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_owed_letters_booking_id_bookings", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_owed_letters_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_owed_letters"),
        sa.UniqueConstraint("token", name="uq_owed_letters_token"),
        sa.UniqueConstraint("booking_id", "remind_on", name="uq_owed_letters_booking_id_remind_on"),
    )
    op.create_index("ix_owed_letters_by_booking", "owed_letters", ["booking_id", "id"])
    op.create_index("ix_owed_letters_due", "owed_letters", ["due_at"], **_only("due_at IS NOT NULL"))
    op.create_index(
        "uq_owed_letters_waiting",
        "owed_letters",
        ["booking_id"],
        unique=True,
        **_only("state = 'waiting' AND kind <> 'reminder'"),
    )
    op.create_table(
        "letter_texts",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_letter_texts_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_letter_texts"),
        sa.UniqueConstraint("venue_id", "kind", name="uq_letter_texts_venue_id_kind"),
    )
    op.create_table(
        "reminder_hours",
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_reminder_hours_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_hours"),
        sa.UniqueConstraint("venue_id", name="uq_reminder_hours_venue_id"),
    )
    op.create_index("ix_reminder_hours_look_at", "reminder_hours", ["look_at"])
    op.create_table(
        "stopped_reminders",
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name="fk_stopped_reminders_booking_id_bookings",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_stopped_reminders_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_stopped_reminders"),
        sa.UniqueConstraint("booking_id", name="uq_stopped_reminders_booking_id"),
        sa.UniqueConstraint("venue_id", "address", name="uq_stopped_reminders_venue_id_address"),
    )


def downgrade() -> None:
    for table in ("stopped_reminders", "reminder_hours", "letter_texts", "owed_letters"):
        op.drop_table(table)


def _only(rows: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(rows), "postgresql_where": sa.text(rows)}
