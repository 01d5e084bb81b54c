"""What diners read of a venue: its address, its words, its logo; and whether its set-up guide is put away."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TEXTS = {
    "currency": (3, "GBP"),
    "address": (300, ""),
    "email": (254, ""),
    "website": (300, ""),
    "first_line": (200, ""),
    "dietary_note": (500, ""),
    "cancellation_text": (1000, ""),
    "logo_digest": (32, ""),
}


def upgrade() -> None:
    for name, (length, default) in _TEXTS.items():
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default=default)
        op.add_column("venues", column)
    op.add_column("venues", sa.Column("guide_closed_at", sa.DateTime(timezone=True), nullable=True))
    # Venues that are open already need no first steps.
    op.execute(sa.text("UPDATE venues SET guide_closed_at = created_at"))
    op.create_table(
        "logos",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("mimetype", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_logos_venue_id_venues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logos")),
        sa.UniqueConstraint("venue_id", "digest", name=op.f("uq_logos_venue_id_digest")),
    )
    op.create_index(op.f("ix_logos_digest"), "logos", ["digest"])


def downgrade() -> None:
    op.drop_table("logos")
    op.drop_column("venues", "guide_closed_at")
    for name in _TEXTS:
        op.drop_column("venues", name)
