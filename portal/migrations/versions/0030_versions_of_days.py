"""How often what the diary shows of a day has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TABLE = "diary_days"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_diary_days_venue_id_venues"),
        sa.PrimaryKeyConstraint("venue_id", "service_on", name="pk_diary_days"),
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
