"""The addresses that a venue's booking page had before, which go on leading to it."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_slugs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_earlier_slugs_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_earlier_slugs"),
    )
    op.create_index("uq_earlier_slugs", "earlier_slugs", ["slug"], unique=True)


def downgrade() -> None:
    op.drop_table("earlier_slugs")
