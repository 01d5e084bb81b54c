"""How a venue's connection stands is stored with all that the pages show of it.

What was stored so far is kept. It counts as not judged yet: the relay completes it in its first rounds, and
until then the pages work it out for themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("lead", sa.String(length=200), ""),
    ("fault_code", sa.String(length=32), ""),
    ("fault_status", sa.Integer(), None),
    ("fault_detail", sa.String(length=24), ""),
    ("proved_at", sa.DateTime(timezone=True), None),
    ("proved_by", sa.String(length=16), ""),
    ("checks", sa.JSON(), "[]"),
    ("all_proved", sa.Boolean(), sa.false()),
    ("judged_at", sa.DateTime(timezone=True), None),
)


def upgrade() -> None:
    _drop_indexes("connection_states")
    op.rename_table("connection_states", "standings")
    for name, kind, default in _COLUMNS:
        op.add_column("standings", sa.Column(name, kind, nullable=default is None, server_default=default))
    # Of each venue one lasts; two at once could come about only by mishap.
    op.execute("""
        UPDATE standings SET ended_at = began_at
        WHERE ended_at IS NULL AND EXISTS (
            SELECT 1 FROM standings AS later
            WHERE later.venue_id = standings.venue_id AND later.id > standings.id)
    """)
    _add_indexes("standings")
    lasts = _only("ended_at IS NULL")
    op.create_index("uq_standings_of_venue", "standings", ["venue_id"], unique=True, **lasts)
    op.create_index("ix_standings_judged", "standings", ["judged_at"], **lasts)


def downgrade() -> None:
    op.drop_index("ix_standings_judged", "standings")
    op.drop_index("uq_standings_of_venue", "standings")
    _drop_indexes("standings")
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("standings", name)
    op.rename_table("standings", "connection_states")
    _add_indexes("connection_states")


def _drop_indexes(table: str) -> None:
    op.drop_index(f"ix_{table}_mail_due", table)
    op.drop_index(f"ix_{table}_by_venue", table)


def _add_indexes(table: str) -> None:
    op.create_index(f"ix_{table}_by_venue", table, ["venue_id", "id"])
    op.create_index(f"ix_{table}_mail_due", table, ["mail_due_at"], **_only("mail_due_at IS NOT NULL"))


def _only(rows: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(rows), "postgresql_where": sa.text(rows)}
