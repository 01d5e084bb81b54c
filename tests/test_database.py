"""How requests, jobs and dead connections meet the database."""

import threading

import psycopg
import pytest
from sqlalchemy import event, text

from portal import database
from portal.database import _mark_reader, _Turns, engine_options, engine_url, writing
from portal.extensions import db
from tests.factories import make_venue
from tests.support.tables import each_row


@pytest.fixture
def on_postgresql(app):
    with app.app_context():
        return db.engine.dialect.name == "postgresql"


@pytest.fixture
def statements(app):
    """The statements sent to the database so far, oldest first."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


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


def test_writers_take_turns_in_the_order_in_which_they_came():
    turns, order = _Turns(), []

    def take(number):
        with turns.one(seconds=20):
            order.append(number)

    threads = []
    with turns.one(seconds=1):
        for number in range(12):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) < number + 2:
                pass
    for thread in threads:
        thread.join()
    assert order == list(range(12))


def test_whoever_waits_too_long_for_a_turn_goes_without_and_holds_nobody_up():
    turns, went = _Turns(), []

    def take(number, seconds):
        with turns.one(seconds):
            went.append(number)

    with turns.one(seconds=1):
        patient = threading.Thread(target=take, args=("patient", 20))
        hasty = threading.Thread(target=take, args=("hasty", 0.01))
        hasty.start()
        hasty.join()
        patient.start()
        while len(turns._waiting) < 2:
            pass
        assert went == ["hasty"]
    patient.join()
    assert went == ["hasty", "patient"]
    assert not turns._waiting


def test_a_turn_that_ends_in_an_error_goes_to_the_next():
    turns = _Turns()
    with pytest.raises(ZeroDivisionError), turns.one(seconds=1):
        raise ZeroDivisionError
    with turns.one(seconds=0):
        assert len(turns._waiting) == 1


def test_a_commit_that_keeps_its_rows_asks_nothing_again_and_the_next_one_does(app, statements):
    with app.app_context():
        venue = make_venue()
        venue = db.session.merge(venue)
        venue.name = "The Blue Room"
        database.commit_and_keep()
        statements.clear()
        assert venue.name == "The Blue Room"
        assert statements == []
        venue.name = "The Green Room"
        db.session.commit()
        statements.clear()
        assert venue.name == "The Green Room"
        assert statements
