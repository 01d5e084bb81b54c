"""Room for the numbers of any number of joined tables; PostgreSQL alone minds how long a text is."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("seatings", "joined_table_ids", type_=sa.String())


def downgrade() -> None:
    """Nothing: older code reads and writes the wider column, and a shorter one could cut a number in two."""
