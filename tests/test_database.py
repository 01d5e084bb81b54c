"""How requests, jobs and dead connections meet the database."""

import threading

import psycopg
import pytest
from sqlalchemy import text

from portal.database import _mark_reader, engine_options, engine_url, writing
from portal.extensions import db
from tests.support.tables import each_row


@pytest.fixture
def on_postgresql(app):
    with app.app_context():
        return db.engine.dialect.name == "postgresql"


def test_a_reader_holds_no_transaction_and_a_writer_does(app, on_postgresql):
    with app.test_request_context("/diary"):
        _mark_reader()
        db.session.execute(text("SELECT 1"))
        state = db.session.connection().connection.dbapi_connection
        assert state.autocommit is True if on_postgresql else state.in_transaction
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        state = db.session.connection().connection.dbapi_connection
        assert state.autocommit is False if on_postgresql else state.in_transaction


def test_the_mark_of_a_reader_ends_with_its_request(app, client):
    client.get("/sign-in")
    with app.app_context():
        db.session.execute(text("UPDATE venues SET name = 'x'"))
        db.session.rollback()
        assert db.session.execute(text("SELECT count(*) FROM venues WHERE name = 'x'")).scalar() == 0


@pytest.mark.forgets_versions
def test_two_writers_wait_for_each_other_instead_of_failing(app):
    """Read first, then write: a deferred transaction of SQLite would fail at once."""
    failures = []

    def write():
        try:
            with app.app_context(), writing():
                db.session.execute(text("SELECT count(*) FROM venues"))
                db.session.execute(text("UPDATE venues SET name = 'y'"))
                db.session.commit()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.forgets_versions
def test_connections_that_the_server_ended_are_replaced(app, client, on_postgresql):
    """F16: as a database that drops idle connections leaves them."""
    if not on_postgresql:
        assert client.get("/readyz").status_code == 200
        return
    with app.app_context():
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar()
        db.session.rollback()
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        db.session.execute(text("UPDATE venues SET name = 'z'"))
        db.session.commit()


@each_row("query, threshold", [("", None), ("?prepare_threshold=0", None), ("?prepare_threshold=5", 5)])
def test_statements_are_prepared_only_where_the_address_asks_for_it(query, threshold):
    url = f"postgresql+psycopg://me@db/rezzy{query}"
    assert engine_options(url)["connect_args"] == {"prepare_threshold": threshold}
    assert engine_url(url).render_as_string() == "postgresql+psycopg://me@db/rezzy"


def test_other_words_of_an_address_are_the_drivers():
    url = engine_url("postgresql+psycopg://me@db/rezzy?sslmode=require&prepare_threshold=0")
    assert dict(url.query) == {"sslmode": "require"}
