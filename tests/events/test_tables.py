"""The tables as the migrations make them are the tables that the models describe."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Integer, event, inspect

from portal.extensions import db

MIGRATIONS = Path(__file__).parents[2] / "portal" / "migrations"


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


def test_migrations_are_numbered_from_one_and_each_follows_the_one_before():
    files = sorted((MIGRATIONS / "versions").glob("*.py"))
    numbers = [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [file.name[:4] for file in files] == numbers
    steps = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]
    assert [(step.revision, step.down_revision) for step in steps] == list(
        zip(numbers, [None, *numbers], strict=False)
    )
    assert [Path(step.path).name[:4] for step in steps] == numbers


@contextmanager
def tables_made_anew():
    """Yield the names of tables that are copied and dropped meanwhile although others refer to them.

    SQLite changes little of a table, so Alembic makes another one and drops the first, with which the rows of
    all tables go that refer to it with ON DELETE CASCADE.
    """
    referred_to = {
        key.column.table.name for table in db.metadata.tables.values() for key in table.foreign_keys
    }
    found = []

    def watch(_connection, _cursor, statement, *_):
        named = re.search(r"CREATE TABLE \W?_alembic_tmp_(\w+)", statement)
        if named and named[1] in referred_to:
            found.append(named[1])

    event.listen(db.engine, "before_cursor_execute", watch)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", watch)


@pytest.mark.forgets_versions
@pytest.mark.one_database
def test_no_migration_makes_a_table_anew_that_others_refer_to(app_context):
    with tables_made_anew() as found:
        # From 0003 there is no way back.
        downgrade(revision="0003")
        upgrade()
    assert found == []


@pytest.mark.forgets_versions
@pytest.mark.one_database
def test_one_that_did_would_be_found(app_context):
    """The control: shows that the test above can fail."""
    with tables_made_anew() as found, db.engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("integrations") as table:
            table.alter_column("generation", type_=Integer(), nullable=True)
    assert found == ["integrations"]
