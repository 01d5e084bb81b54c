"""The wall time that guests were told, beside its instant, and the clock rules that instants were made by.

Each column is empty at first, so that no row is written and no table is locked for longer than a moment. 0011
fills in what is to come.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("bookings", "starts_told", sa.String(length=32)),
    ("bookings", "show_told", sa.String(length=32)),
    ("bookings", "remade_at", sa.DateTime(timezone=True)),
    ("waiting_requests", "before_told", sa.String(length=32)),
)
_VENUES = sa.table("venues", *map(sa.column, ("id", "timezone", "clock_rules")))
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_FORM = "%Y%m%dT%H%M%SZ"


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column("venues", sa.Column("clock_rules", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    first = datetime.combine(datetime.now(UTC).date(), time(), UTC) - _DAY
    for (zone,) in connection.execute(sa.select(_VENUES.c.timezone).distinct()).all():
        of_zone = _VENUES.c.timezone == zone
        connection.execute(_VENUES.update().where(of_zone).values(clock_rules=_rules(ZoneInfo(zone), first)))


def downgrade() -> None:
    op.drop_column("venues", "clock_rules")
    for table, name, _ in _COLUMNS:
        op.drop_column(table, name)


def _rules(zone, first):
    """Return the offsets of ten years as portal/venues/clock_rules.py writes them."""
    days = [first + number * _DAY for number in range(10 * 366 + 1)]
    steps = [first]
    for before, after in pairwise(days):
        if _offset(zone, before) != _offset(zone, after):
            steps.append(_change(zone, before, after))
    told = (f"{since:{_FORM}}{int(_offset(zone, since).total_seconds()):+d}" for since in steps)
    return " ".join([f"{days[-1]:{_FORM}}", *told])


def _change(zone, before, after):
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone, instant):
    return instant.astimezone(zone).utcoffset()
