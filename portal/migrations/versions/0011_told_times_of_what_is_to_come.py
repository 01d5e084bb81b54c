"""Bookings to come, and whoever waits for a table, get the wall time that they were told, by today's rules.

What is past keeps its instant for good and needs none. Each statement takes one venue's rows between two
changes of its clock, by index, and on PostgreSQL commits by itself, so nobody waits for a lock for long. A
run that was cut short is started again.
"""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_VENUES = sa.table("venues", sa.column("id"), sa.column("clock_rules"))
_BOOKINGS = sa.table(
    "bookings",
    *map(sa.column, ("venue_id", "starts_told", "show_told")),
    sa.column("service_on", sa.Date),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("show_starts_at", sa.DateTime(timezone=True)),
)
_WAITING = sa.table(
    "waiting_requests",
    *map(sa.column, ("venue_id", "before_told")),
    sa.column("wanted_on", sa.Date),
    sa.column("before_at", sa.DateTime(timezone=True)),
)
# Table, its day, an instant, and where the instant is told.
_INSTANTS = (
    (_BOOKINGS, "service_on", "starts_at", "starts_told"),
    (_BOOKINGS, "service_on", "show_starts_at", "show_told"),
    (_WAITING, "wanted_on", "before_at", "before_told"),
)
_FORM = "%Y%m%dT%H%M%SZ"


def upgrade() -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with op.get_context().autocommit_block() if _on_postgresql() else nullcontext():
        connection = op.get_bind()
        known = sa.select(_VENUES.c.id, _VENUES.c.clock_rules).where(_VENUES.c.clock_rules != "")
        for venue_id, rules in connection.execute(known).all():
            for begin, end, offset in _spans(rules):
                for table, day, instant, told in _INSTANTS:
                    at = table.c[instant]
                    connection.execute(
                        table.update()
                        .where(table.c.venue_id == venue_id, table.c[day] >= yesterday)
                        .where(at >= begin, at < end, table.c[told].is_(None))
                        .values({told: _told(at, offset)})
                    )


def downgrade() -> None:
    """Nothing to take back: the columns go with 0010."""


def _spans(rules):
    """Yield from when to when which offset holds; the first holds for what has begun already."""
    until, *steps = rules.split()
    begins = [datetime.strptime(step[:16], _FORM).replace(tzinfo=UTC) for step in steps]
    begins = [begins[0] - timedelta(days=30), *begins[1:]]
    ends = [*begins[1:], datetime.strptime(until, _FORM).replace(tzinfo=UTC) + timedelta(days=36500)]
    for step, begin, end in zip(steps, begins, ends, strict=True):
        yield begin, end, int(step[16:])


def _told(instant, seconds):
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    offset = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    if _on_postgresql():
        wall = sa.func.timezone("UTC", instant) + timedelta(seconds=seconds)
        return sa.func.to_char(wall, 'YYYY-MM-DD"T"HH24:MI:SS').concat(offset)
    return sa.func.strftime("%Y-%m-%dT%H:%M:%S", instant, f"{seconds:+d} seconds").concat(offset)


def _on_postgresql():
    return op.get_bind().dialect.name == "postgresql"
