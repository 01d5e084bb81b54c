"""Trial writes that may take effect after they were put back, and when the customer is read again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("integrations", sa.Column("trials_in_doubt", sa.Text(), nullable=False, server_default=""))
    for column in ("trial_in_doubt_at", "trial_look_at"):
        op.add_column("integrations", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("trial_look_at", "trial_in_doubt_at", "trials_in_doubt"):
        op.drop_column("integrations", column)
