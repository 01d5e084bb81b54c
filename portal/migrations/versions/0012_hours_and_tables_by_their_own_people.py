"""Periods of several weekdays and with dates, special days, areas, joined tables, and the house's version.

The periods of a venue that differ in nothing but their weekday become one.
"""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Where `_part_weekdays` puts what runs on none.
_NO_WEEKDAY = 7
_SAME = ("venue_id", "name", "opens", "last_seating", "slot_minutes", "stay_minutes", "covers")
_PERIODS = sa.table(
    "service_periods",
    sa.column("id", sa.Integer),
    sa.column("venue_id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("weekday", sa.Integer),
    sa.column("weekdays", sa.Integer),
    sa.column("special_on", sa.Date),
    sa.column("valid_from", sa.Date),
    sa.column("valid_until", sa.Date),
    sa.column("opens", sa.Time),
    sa.column("last_seating", sa.Time),
    sa.column("slot_minutes", sa.Integer),
    sa.column("stay_minutes", sa.Integer),
    sa.column("covers", sa.Integer),
)
_SEATINGS = sa.table(
    "seatings",
    sa.column("service_period_id", sa.Integer),
    sa.column("dining_table_id", sa.Integer),
    sa.column("joined_table_ids", sa.String),
    sa.column("table_name", sa.String),
)
_TABLES = sa.table("dining_tables", sa.column("id", sa.Integer), sa.column("name", sa.String))


def upgrade() -> None:
    _add_columns()
    op.create_table(
        "special_days",
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("other_hours", sa.Boolean(), nullable=False),
        sa.Column("hired_table_ids", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_special_days_venue_id_venues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_days")),
        sa.UniqueConstraint("venue_id", "service_on", name=op.f("uq_special_days_venue_id_service_on")),
    )
    op.create_table(
        "online_rules",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=True),
        sa.Column("largest_online", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_online_rules_venue_id_venues")),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_online_rules")),
    )
    op.create_table(
        "house_versions",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_house_versions_venue_id_venues")),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_house_versions")),
    )
    op.create_table(
        "dining_areas",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("for_walk_ins", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_dining_areas_venue_id_venues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_areas")),
        sa.UniqueConstraint("venue_id", "name", name=op.f("uq_dining_areas_venue_id_name")),
    )
    op.create_table(
        "table_groups",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("table_ids", sa.JSON(), nullable=False),
        sa.Column("smallest", sa.Integer(), nullable=False),
        sa.Column("largest", sa.Integer(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=op.f("fk_table_groups_venue_id_venues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_groups")),
        sa.UniqueConstraint("venue_id", "name", name=op.f("uq_table_groups_venue_id_name")),
    )
    _name_the_tables_of_seatings()
    _join_weekdays()
    op.drop_index("ix_service_periods_by_weekday", "service_periods")
    op.drop_column("service_periods", "weekday")
    op.create_index("ix_service_periods_of_venue", "service_periods", ["venue_id", "special_on"])


def downgrade() -> None:
    op.add_column("service_periods", sa.Column("weekday", sa.Integer(), nullable=False, server_default="0"))
    _part_weekdays()
    op.drop_index("ix_service_periods_of_venue", "service_periods")
    op.create_index("ix_service_periods_by_weekday", "service_periods", ["venue_id", "weekday"])
    for name in ("table_groups", "dining_areas", "house_versions", "online_rules", "special_days"):
        op.drop_table(name)
    for table, columns in _NEW_COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)


_NEW_COLUMNS = {
    "service_periods": {
        "weekdays": (sa.Integer(), "0"),
        "special_on": (sa.Date(), None),
        "valid_from": (sa.Date(), None),
        "valid_until": (sa.Date(), None),
        "follows_id": (sa.Integer(), None),
        "stays": (sa.JSON(), "[]"),
        "most_covers": (sa.Integer(), None),
        "most_parties": (sa.Integer(), None),
        "notice_minutes": (sa.Integer(), None),
        "horizon_days": (sa.Integer(), None),
        "largest_online": (sa.Integer(), None),
    },
    "dining_tables": {
        "area_id": (sa.Integer(), None),
        "position": (sa.Integer(), "0"),
        "smallest": (sa.Integer(), "1"),
        "largest": (sa.Integer(), None),
        "last_choice": (sa.Boolean(), sa.false()),
        "online": (sa.Boolean(), sa.true()),
        "out_from": (sa.Date(), None),
        "out_until": (sa.Date(), None),
    },
    "seatings": {
        "joined_table_ids": (sa.String(length=200), ""),
        "table_name": (sa.String(length=20), ""),
    },
}


def _add_columns() -> None:
    for table, columns in _NEW_COLUMNS.items():
        for name, (kind, default) in columns.items():
            column = sa.Column(name, kind, nullable=default is None, server_default=default)
            op.add_column(table, column)


def _name_the_tables_of_seatings() -> None:
    name = sa.select(_TABLES.c.name).where(_TABLES.c.id == _SEATINGS.c.dining_table_id).scalar_subquery()
    has_table = _SEATINGS.c.dining_table_id.is_not(None)
    op.execute(_SEATINGS.update().where(has_table).values(table_name=name))


def _join_weekdays() -> None:
    connection = op.get_bind()
    first_of = {}
    days_of = {}
    for row in connection.execute(sa.select(_PERIODS).order_by(_PERIODS.c.id)).all():
        alike = tuple(getattr(row, name) for name in _SAME)
        first = first_of.setdefault(alike, row.id)
        if row.id != first:
            # Two alike on one weekday stay two: each has its own covers.
            if days_of[first] >> row.weekday & 1:
                days_of[row.id] = 1 << row.weekday
                continue
            moved = _SEATINGS.update().where(_SEATINGS.c.service_period_id == row.id)
            connection.execute(moved.values(service_period_id=first))
            connection.execute(_PERIODS.delete().where(_PERIODS.c.id == row.id))
        days_of[first] = days_of.get(first, 0) | 1 << row.weekday
    for period_id, days in days_of.items():
        weekdays = days & ~(1 << _NO_WEEKDAY)
        connection.execute(_PERIODS.update().where(_PERIODS.c.id == period_id).values(weekdays=weekdays))


def _part_weekdays() -> None:
    """Give each weekday its own row again, with the hours that are in force today.

    Older code knows neither dates nor special days. Hours of one date, of the past, of the future and of no
    weekday would be offered every week, so those go; a row that somebody booked stays, on no weekday.
    Days that are closed cannot be kept: older code serves on them as on any other.
    """
    connection = op.get_bind()
    today = datetime.now(UTC).date()
    booked = set(connection.scalars(sa.select(_SEATINGS.c.service_period_id).distinct()))
    for row in connection.execute(sa.select(_PERIODS).order_by(_PERIODS.c.id)).all():
        begins, ends = row.valid_from or date.min, row.valid_until or date.max
        runs = row.special_on is None and begins <= today <= ends
        weekdays = [day for day in range(7) if runs and row.weekdays >> day & 1]
        mine = _PERIODS.c.id == row.id
        if not weekdays and row.id not in booked:
            connection.execute(_PERIODS.delete().where(mine))
            continue
        for weekday in weekdays[1:]:
            values = {name: getattr(row, name) for name in _SAME}
            connection.execute(_PERIODS.insert().values(**values, weekday=weekday, weekdays=0))
        first = weekdays[0] if weekdays else _NO_WEEKDAY
        connection.execute(_PERIODS.update().where(mine).values(weekday=first))
