"""How Alembic meets our database: always online, through the app's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from portal.database import writing
from portal.extensions import SortedText, ToldTime, UtcDateTime, db


def _render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column types as plain ones, so that old migrations do not depend on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, ToldTime):
        return "sa.String(length=32)"
    if kind == "type" and isinstance(item, SortedText):
        plain = f"sa.String(length={item.length}"
        return f"{plain}).with_variant({plain}, collation='C'), 'postgresql')"
    if kind == "type" and type(item).__name__ == "EncryptedText":
        return "sa.LargeBinary()"
    return False


def run() -> None:
    """Bring the database to the asked revision."""
    with writing(), db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=_render,
            **{
                k: v
                for k, v in current_app.extensions["migrate"].configure_args.items()
                if k != "render_item"
            },
        )
        with context.begin_transaction():
            context.run_migrations()


run()
