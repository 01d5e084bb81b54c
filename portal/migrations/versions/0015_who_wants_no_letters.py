"""Who wants no emails about the connection, and the link by which they say so."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STAFF = sa.table("staff", sa.column("id"), sa.column("letters_token"))


def upgrade() -> None:
    op.add_column(
        "staff", sa.Column("letters_token", sa.String(length=32), nullable=False, server_default="")
    )
    op.add_column("staff", sa.Column("letters_stopped_at", sa.DateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    for (staff_id,) in connection.execute(sa.select(STAFF.c.id)).all():
        token = secrets.token_urlsafe(16)
        connection.execute(sa.update(STAFF).where(STAFF.c.id == staff_id).values(letters_token=token))
    op.create_index("uq_staff_letters_token", "staff", ["letters_token"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_staff_letters_token", "staff")
    op.drop_column("staff", "letters_stopped_at")
    op.drop_column("staff", "letters_token")
