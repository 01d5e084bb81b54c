"""Guests are found by every word of their name, by phone number, and however their name is spelled.

The words of guests who are there already are added after this step, a few at a time: by the relay, or all at
once by `flask --app wsgi add-search-words`.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SORTED = sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "guest_words",
        sa.Column("venue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("word", _SORTED, nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["guests.id"], name=op.f("fk_guest_words_guest_id_guests"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("venue_id", "kind", "word", "guest_id", name=op.f("pk_guest_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_guest_words_of_guest", "guest_words", ["guest_id"])
    for name in ("ix_guests_by_name", "ix_guests_by_surname"):
        op.drop_index(name, "guests")
    for name in ("name_key", "surname_key"):
        op.drop_column("guests", name)
    op.add_column(
        "guests", sa.Column("is_searchable", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_guests_not_searchable",
        "guests",
        ["venue_id", "id"],
        sqlite_where=sa.text("is_searchable = 0"),
        postgresql_where=sa.text("NOT is_searchable"),
    )


def downgrade() -> None:
    op.drop_index("ix_guests_not_searchable", "guests")
    op.drop_column("guests", "is_searchable")
    op.drop_table("guest_words")
    for name in ("name_key", "surname_key"):
        op.add_column("guests", sa.Column(name, _SORTED, nullable=False, server_default=""))
    guests = sa.table("guests", *map(sa.column, ("id", "name", "name_key", "surname_key")))
    connection = op.get_bind()
    for guest_id, name in connection.execute(sa.select(guests.c.id, guests.c.name)).all():
        key = _folded(name)
        keys = {"name_key": key[:120], "surname_key": key.rpartition(" ")[2][:120]}
        connection.execute(guests.update().where(guests.c.id == guest_id).values(keys))
    op.create_index("ix_guests_by_name", "guests", ["venue_id", "name_key"])
    op.create_index("ix_guests_by_surname", "guests", ["venue_id", "surname_key"])


def _folded(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\u2019", "'").split())
