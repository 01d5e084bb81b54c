"""What was saved of the settings, by whom, so that no save undoes another and each can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting_saves",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undone_of", sa.Integer(), nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["staff.id"],
            name=op.f("fk_setting_saves_saved_by_id_staff"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["undone_of"], ["setting_saves.id"], name=op.f("fk_setting_saves_undone_of_setting_saves")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_setting_saves_venue_id_venues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_saves")),
        sa.UniqueConstraint(
            "venue_id", "kind", "row_id", "number", name=op.f("uq_setting_saves_venue_id_kind_row_id_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("setting_saves")
