"""The key that an attribute's value is stored under may be another than the one that Spektrix shows."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.Column("stored_under", sa.String(length=120), nullable=False, server_default="")
    op.add_column("attribute_checks", key)


def downgrade() -> None:
    op.drop_column("attribute_checks", "stored_under")
