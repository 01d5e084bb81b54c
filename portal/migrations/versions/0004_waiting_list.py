"""Who wants an email when a table comes free."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLE = "waiting_requests"
_LOOKED_AT = sa.text("look_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("widget_id", sa.Integer(), nullable=False),
        sa.Column("public_token", sa.String(length=32), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("party_size", sa.Integer(), nullable=False),
        _instant("before_at"),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        _instant("created_at", nullable=False),
        _instant("look_at"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        _instant("claimed_at"),
        _instant("rests_until"),
        _instant("told_at"),
        _instant("stopped_at"),
        _instant("forget_at", nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_waiting_requests_venue_id_venues"),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widgets.id"], name="fk_waiting_requests_widget_id_widgets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_requests"),
        sa.UniqueConstraint("public_token", name="uq_waiting_requests_public_token"),
    )
    op.create_index("ix_waiting_requests_by_day", _TABLE, ["venue_id", "wanted_on", "id"])
    op.create_index("ix_waiting_requests_by_email", _TABLE, ["venue_id", "email_key"])
    op.create_index(
        "ix_waiting_requests_to_look_at",
        _TABLE,
        ["look_at"],
        sqlite_where=_LOOKED_AT,
        postgresql_where=_LOOKED_AT,
    )
    op.create_index("ix_waiting_requests_over", _TABLE, ["forget_at"])


def downgrade() -> None:
    op.drop_table(_TABLE)


def _instant(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
