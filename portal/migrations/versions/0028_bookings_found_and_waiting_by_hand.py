"""Indexes for the list of bookings, and people whom staff put on the waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BOOKINGS, _WAITING = "bookings", "waiting_requests"
_HAS_SHOW = sa.text("show_starts_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_bookings_by_day", _BOOKINGS)
    op.create_index("ix_bookings_by_day", _BOOKINGS, ["venue_id", "service_on", "starts_at", "id"])
    op.create_index(
        "ix_bookings_by_show",
        _BOOKINGS,
        ["venue_id", "show_starts_at", "starts_at", "id"],
        sqlite_where=_HAS_SHOW,
        postgresql_where=_HAS_SHOW,
    )
    if op.get_bind().dialect.name == "postgresql":
        # Letter by letter, so that the key answers how a reference begins.
        op.alter_column(_BOOKINGS, "reference", type_=sa.String(16, collation="C"))
        op.alter_column(_WAITING, "widget_id", existing_type=sa.Integer(), nullable=True)
    else:
        with op.batch_alter_table(_WAITING) as table:
            table.alter_column("widget_id", existing_type=sa.Integer(), nullable=True)
    op.add_column(_WAITING, sa.Column("name", sa.String(120), nullable=False, server_default=""))
    op.add_column(_WAITING, sa.Column("phone", sa.String(40), nullable=False, server_default=""))
    op.add_column(_WAITING, sa.Column("phone_key", sa.String(32), nullable=False, server_default=""))
    op.add_column(_WAITING, sa.Column("note", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("DELETE FROM waiting_requests WHERE widget_id IS NULL")
    for name in ("note", "phone_key", "phone", "name"):
        op.drop_column(_WAITING, name)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_WAITING, "widget_id", existing_type=sa.Integer(), nullable=False)
        op.execute('ALTER TABLE bookings ALTER COLUMN reference TYPE VARCHAR(16) COLLATE "default"')
    else:
        with op.batch_alter_table(_WAITING) as table:
            table.alter_column("widget_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index("ix_bookings_by_show", _BOOKINGS)
    op.drop_index("ix_bookings_by_day", _BOOKINGS)
    op.create_index("ix_bookings_by_day", _BOOKINGS, ["venue_id", "service_on", "starts_at"])
