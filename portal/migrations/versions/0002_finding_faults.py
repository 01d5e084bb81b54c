"""Checks and their history, details of visits and links, widget openings, settings."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SORTED = sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql")


def upgrade() -> None:
    # Columns are added one by one: making a table anew would delete the rows that point to it in SQLite.
    _add_tables()
    _add(
        "attempts",
        _text("sent", 300),
        _text("received", 300),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    _add("attribute_checks", _text("keeps", 16))
    _add(
        "customer_links",
        _text("basis", 16, "basket"),
        sa.Column("proposed_customer_id", sa.String(length=64), nullable=True),
        _staff("decided_by_id", "fk_customer_links_decided_by_id_staff"),
    )
    op.create_index(
        "ix_customer_links_proposed",
        "customer_links",
        ["venue_id", "proposed_customer_id"],
        sqlite_where=sa.text("proposed_customer_id IS NOT NULL"),
        postgresql_where=sa.text("proposed_customer_id IS NOT NULL"),
    )
    _add("link_checks", _text("basis", 16, "basket"))
    _add_to_guests()
    _add_to_integrations()
    _add_to_entries()
    _add(
        "venues",
        _text("support_email", 254),
        sa.Column("match_by_details", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    _add("widgets", sa.Column("ignored_sites", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("there is no way back from 0002 but the backup made before it")


def _add(table, *columns):
    for column in columns:
        op.add_column(table, column, inline_references=True)


def _text(name, length, default=""):
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _instant(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _staff(name, constraint):
    return sa.Column(name, sa.Integer(), sa.ForeignKey("staff.id", name=constraint), nullable=True)


def _add_tables():
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        _text("action", 40),
        _text("detail", 200),
        _instant("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_audit_entries_staff_id_staff", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_audit_entries_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_by_venue", "audit_entries", ["venue_id", "id"])
    op.create_table(
        "check_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("state", 16),
        _text("code", 32),
        _text("fact", 120),
        _text("detail", 200),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        _instant("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name="fk_check_results_integration_id_integrations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_check_results"),
        sa.UniqueConstraint("integration_id", "number", name="uq_check_results_integration_id_number"),
    )
    op.create_table(
        "connection_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        _text("words", 40),
        _text("tone", 8),
        _text("code", 32),
        sa.Column("status", sa.Integer(), nullable=True),
        _instant("began_at", nullable=False),
        _instant("ended_at"),
        _instant("mail_due_at"),
        _instant("mailed_at"),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_connection_states_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_connection_states"),
    )
    op.create_index("ix_connection_states_by_venue", "connection_states", ["venue_id", "id"])
    op.create_index(
        "ix_connection_states_mail_due",
        "connection_states",
        ["mail_due_at"],
        sqlite_where=sa.text("mail_due_at IS NOT NULL"),
        postgresql_where=sa.text("mail_due_at IS NOT NULL"),
    )
    op.create_table(
        "link_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        _text("client_name", 100),
        _text("spektrix_customer_id", 64),
        _text("decision", 16),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        _instant("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["guests.id"], name="fk_link_decisions_guest_id_guests", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_link_decisions_staff_id_staff", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_link_decisions_venue_id_venues"),
        sa.PrimaryKeyConstraint("id", name="pk_link_decisions"),
    )
    op.create_index("ix_link_decisions_by_guest", "link_decisions", ["guest_id", "id"])
    op.create_table(
        "widget_openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("widget_id", sa.Integer(), nullable=False),
        _instant("hour", nullable=False),
        _text("page", 300),
        _text("reason", 24),
        _text("snippet_version", 16),
        sa.Column("count", sa.Integer(), nullable=False),
        _instant("last_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widgets.id"], name="fk_widget_openings_widget_id_widgets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_widget_openings"),
        sa.UniqueConstraint(
            "widget_id", "hour", "page", "reason", "snippet_version", name="uq_widget_openings_widget_id"
        ),
    )
    op.create_index("ix_widget_openings_hour", "widget_openings", ["hour"])


def _add_to_guests():
    _add(
        "guests",
        sa.Column("name_key", _SORTED, nullable=False, server_default=""),
        sa.Column("surname_key", _SORTED, nullable=False, server_default=""),
        _instant("erased_at"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("guests", "email_key", type_=sa.String(length=254, collation="C"))
    guests = sa.table("guests", *map(sa.column, ("id", "name", "name_key", "surname_key")))
    connection = op.get_bind()
    for guest_id, name in connection.execute(sa.select(guests.c.id, guests.c.name)).all():
        key = _folded(name)
        keys = {"name_key": key[:120], "surname_key": key.rpartition(" ")[2][:120]}
        change = guests.update().where(guests.c.id == guest_id).values(keys)
        connection.execute(change)
    op.create_index("ix_guests_by_name", "guests", ["venue_id", "name_key"])
    op.create_index("ix_guests_by_surname", "guests", ["venue_id", "surname_key"])


def _folded(name):
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\u2019", "'").split())


def _add_to_integrations():
    _add(
        "integrations",
        _instant("checked_at"),
        sa.Column("check_ms", sa.Integer(), nullable=True),
        _instant("next_check_at"),
        sa.Column("clock_skew_seconds", sa.Integer(), nullable=True),
        _text("test_detail", 24),
        _text("test_customer_id", 64),
        _instant("trial_at"),
        _text("trial_outcome", 40),
        _text("trial_undo", 2000),
        sa.Column("attributes_always_shown", sa.Boolean(), nullable=False, server_default=sa.false()),
        _text("admin_email", 254),
    )
    op.execute("UPDATE integrations SET next_check_at = CURRENT_TIMESTAMP")
    op.create_index("ix_integrations_check_due", "integrations", ["next_check_at"])


def _add_to_entries():
    _add(
        "outbox_entries",
        _text("visits_before", 40),
        _staff("decided_by_id", "fk_outbox_entries_decided_by_id_staff"),
        _instant("decided_at"),
    )
    op.drop_index("ix_outbox_entries_by_venue_state", "outbox_entries")
    op.create_index("ix_outbox_entries_log", "outbox_entries", ["venue_id", "kind", "created_at", "id"])
    op.create_index(
        "ix_outbox_entries_log_by_state", "outbox_entries", ["venue_id", "kind", "state", "created_at", "id"]
    )
