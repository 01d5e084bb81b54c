"""The theatre's programme, how a widget looks and opens, its versions, and addresses for venues."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added one by one: making a table anew would delete the rows that point to it in SQLite.
    _add_programme()
    _add_to_widgets()
    _add_slugs()


def downgrade() -> None:
    raise NotImplementedError("there is no way back from 0003 but the backup made before it")


def _text(name, length, default=""):
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _number(name, default):
    return sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))


def _instant(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _add(table, *columns):
    for column in columns:
        op.add_column(table, column, inline_references=True)


def _owned(table):
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name=f"fk_{table}_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _add_programme():
    op.create_table(
        "events",
        *_owned("events"),
        _text("client_name", 100),
        _text("spektrix_event_id", 64),
        _text("name", 200),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.UniqueConstraint(
            "venue_id",
            "client_name",
            "spektrix_event_id",
            name="uq_events_venue_id_client_name_spektrix_event_id",
        ),
    )
    op.create_table(
        "performances",
        *_owned("performances"),
        sa.Column("event_id", sa.Integer(), nullable=False),
        _text("client_name", 100),
        _text("spektrix_instance_id", 64),
        _instant("starts_at", nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()),
        _instant("seen_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_performances_event_id_events", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "venue_id",
            "client_name",
            "spektrix_instance_id",
            name="uq_performances_venue_id_client_name_spektrix_instance_id",
        ),
    )
    op.create_index("ix_performances_by_start", "performances", ["venue_id", "starts_at"])
    op.create_table(
        "event_syncs",
        *_owned("event_syncs"),
        _text("client_name", 100),
        _instant("next_at", nullable=False),
        _instant("tried_at"),
        _instant("synced_at"),
        _text("outcome", 40),
        _number("events", 0),
        _number("performances", 0),
        _number("unreadable", 0),
        sa.UniqueConstraint("venue_id", name="uq_event_syncs_venue_id"),
    )
    op.create_index("ix_event_syncs_due", "event_syncs", ["next_at"])


def _add_to_widgets():
    _add(
        "widgets",
        _text("color", 7, "#5b2a6e"),
        _text("theme", 8, "match"),
        _text("opens", 8, "button"),
        _text("font", 8, "system"),
        _number("arrive_minutes", 15),
        _number("walk_minutes", 0),
        _number("least_meal_minutes", 60),
        _text("sign_in_url", 300),
        _number("number", 1),
        _instant("deleted_at"),
    )
    op.create_table(
        "widget_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("widget_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        _instant("saved_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["staff.id"], name="fk_widget_versions_saved_by_id_staff", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widgets.id"], name="fk_widget_versions_widget_id_widgets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_widget_versions"),
        sa.UniqueConstraint("widget_id", "number", name="uq_widget_versions_widget_id_number"),
    )


def _add_slugs():
    op.add_column("venues", sa.Column("slug", sa.String(length=60), nullable=False, server_default=""))
    venues = sa.table("venues", *map(sa.column, ("id", "name", "slug")))
    connection = op.get_bind()
    taken = set()
    for venue_id, name in connection.execute(sa.select(venues.c.id, venues.c.name)).all():
        plain = _slug(name)
        slug = f"{plain[:48]}-{venue_id}".strip("-") if not plain or plain in taken else plain
        taken.add(slug)
        connection.execute(venues.update().where(venues.c.id == venue_id).values(slug=slug))
    op.create_index("uq_venues_slug", "venues", ["slug"], unique=True)


def _slug(name):
    letters = unicodedata.normalize("NFKD", name.replace("\u2019", "").replace("'", ""))
    plain = letters.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
