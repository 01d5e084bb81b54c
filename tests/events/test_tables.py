"""The tables as the migrations make them are the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from portal.extensions import db


def test_models_and_migrations_agree(app_context):
    """The app must know every model by itself, or the check reports their tables as removed."""
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


def test_the_waiting_list_can_be_taken_back_and_added_again(app, app_context):
    folder = ScriptDirectory(app.extensions["migrate"].directory)
    step = folder.get_revision("0004").module
    with db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        step.downgrade()
        assert "waiting_requests" not in inspect(connection).get_table_names()
        step.upgrade()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []
