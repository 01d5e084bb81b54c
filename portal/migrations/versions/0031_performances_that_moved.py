"""Performances that no longer start as guests planned, until staff have dealt with them."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "performance_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("performance_id", sa.Integer(), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["performance_id"],
            ["performances.id"],
            name="fk_performance_changes_performance_id_performances",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["staff.id"],
            name="fk_performance_changes_settled_by_id_staff",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_performance_changes_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_performance_changes"),
    )
    op.create_index("ix_performance_changes_by_start", "performance_changes", ["venue_id", "was_at"])
    op.create_index("ix_performance_changes_performance_id", "performance_changes", ["performance_id"])


def downgrade() -> None:
    op.drop_table("performance_changes")
