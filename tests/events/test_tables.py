"""The tables as the migrations make them are the tables that the models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from portal.extensions import db


def test_models_and_migrations_agree(app_context):
    """The app must know every model by itself, or the check reports their tables as removed."""
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


def _columns(connection):
    tables = inspect(connection)
    return {(name, each["name"]) for name in tables.get_table_names() for each in tables.get_columns(name)}


# A step of the tables is made before the processes that keep copies start.
@pytest.mark.forgets_versions
@pytest.mark.both_databases
@pytest.mark.parametrize("revision", ["0003", "0004", "0005", "0009", "0010", "0011", "0014", "0020"])
def test_newest_steps_can_be_taken_back_and_made_again(app_context, revision):
    with db.engine.connect() as connection:
        all_of_them = _columns(connection)
    downgrade(revision=revision)
    with db.engine.connect() as connection:
        left = _columns(connection)
    assert left != all_of_them
    upgrade()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []
