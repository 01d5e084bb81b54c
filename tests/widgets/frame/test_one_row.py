"""The short question before every kept answer, on either database, and through what goes wrong there."""

import os
import socket
import threading
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import create_engine

from portal import clock
from portal.extensions import db
from portal.plain_sql import one_row
from portal.venues.models import Venue

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE ?"
pytestmark = pytest.mark.both_databases


@pytest.fixture
def engine(app):
    with app.app_context():
        return db.engine


@pytest.fixture
def asks(engine):
    return one_row.asker(engine)


@pytest.fixture
def postgresql(engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no lines")


@pytest.fixture
def other(engine, postgresql):
    """Somebody else at the same server."""
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def text(row):
    words = (value.decode() if isinstance(value, bytes) else value for value in row)
    return tuple(word if word is None else str(word) for word in words)


def pid_of(asks):
    return int(text(asks.ask("SELECT pg_backend_pid()"))[0])


def end(other, pid):
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_values_stand_where_they_were_put_and_the_first_row_comes_back(asks):
    question = "SELECT CAST(? AS TEXT), CAST(? AS TEXT), NULL UNION ALL SELECT 'second', '', NULL"

    assert text(asks.ask(question, "a?b", "'; --")) == ("a?b", "'; --", None)
    assert asks.ask("SELECT 1 WHERE 1 = 0") is None


def test_what_is_written_shows_with_its_commit(app, asks):
    question = "SELECT count(*) FROM venues WHERE name = ?"
    before = text(asks.ask(question, "The Blue Room"))
    with app.app_context():
        db.session.add(
            Venue(name="The Blue Room", timezone="UTC", reference_prefix="BR", created_at=clock.utc_now())
        )
        db.session.flush()
        meanwhile = text(asks.ask(question, "The Blue Room"))
        db.session.commit()

    assert before == meanwhile == ("0",)
    assert text(asks.ask(question, "The Blue Room")) == ("1",)


def test_many_threads_each_get_their_own_answer(asks):
    wrong = []

    def ask_often(mine):
        told = [text(asks.ask("SELECT CAST(? AS TEXT)", mine)) for _ in range(200)]
        wrong.extend(answer for answer in told if answer != (mine,))

    threads = [threading.Thread(target=ask_often, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_line_that_the_server_ended_is_replaced(asks, other):
    first = pid_of(asks)
    end(other, first)

    second = pid_of(asks)
    assert second != first
    assert pid_of(asks) == second


def test_line_that_broke_is_replaced_for_a_question_that_it_has_not_heard_yet(asks, postgresql):
    asks.ask("SELECT 1")
    line = asks._free_line()
    with socket.socket(fileno=os.dup(line._connection.socket)) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    # Who looks at it in between learns that it is broken; libpq then refuses to send anything at all.
    line._connection.exec_(b"")
    asks._idle.append(line)

    assert text(asks.ask("SELECT 'never asked before'")) == ("never asked before",)


def test_database_that_cannot_be_reached_says_so():
    for address in ("postgresql+psycopg://nobody@127.0.0.1:1/nothing", "sqlite:////nowhere/at/all.db"):
        engine = create_engine(address)
        with pytest.raises(one_row.Away):
            one_row.asker(engine).ask("SELECT 1")
        engine.dispose()


def test_question_that_is_not_understood_says_so_and_the_next_one_is_answered(asks):
    with pytest.raises(one_row.Away):
        asks.ask("SELECT nothing FROM nowhere")
    assert text(asks.ask("SELECT 1")) == ("1",)


def test_a_question_is_prepared_once_a_line(asks, postgresql):
    for _ in range(3):
        asks.ask("SELECT 1")
    asks.ask(PREPARED, "one_row_%")

    # The two above; the first question of a line is asked before anything is prepared.
    assert text(asks.ask(PREPARED, "one_row_%")) == ("2",)


def test_server_that_forgot_what_was_prepared_is_asked_anew(asks, postgresql):
    """As behind a pooler that nobody noticed: the same line, another server's connection."""
    for _ in range(3):
        assert text(asks.ask("SELECT 7")) == ("7",)
    asks.ask("SELECT 1")
    line = asks._free_line()
    line._connection.exec_(b"DEALLOCATE ALL")
    asks._idle.append(line)

    assert text(asks.ask("SELECT 7")) == ("7",)


def test_behind_a_pooler_nothing_is_prepared(engine, postgresql):
    """A pooler tells its callers a number that is no process of the server's."""
    real = one_row.asker(engine)._open()._connection
    calls = []

    def note(name):
        return lambda *asked: calls.append(name) or getattr(real, name)(*asked)

    names = ("exec_", "exec_params", "exec_prepared", "prepare")
    pooled = SimpleNamespace(backend_pid=real.backend_pid + 1, **{name: note(name) for name in names})
    line = one_row._Line(pooled, psycopg.OperationalError, psycopg.pq.ExecStatus.TUPLES_OK)
    for _ in range(3):
        assert line.ask(b"SELECT $1::text", [b"x"], anew=False).get_value(0, 0) == b"x"
    assert calls == ["exec_"] + ["exec_params"] * 3


def test_a_fork_leaves_the_parents_line_alone(asks, postgresql):
    mine = pid_of(asks)
    child = os.fork()
    if child == 0:
        told = 1
        try:
            told = 0 if pid_of(asks) != mine else 2
            asks._idle.clear()
        finally:
            os._exit(told)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pid_of(asks) == mine


def test_lines_are_closed_with_the_engine(engine, asks, other):
    mine = pid_of(asks)
    engine.dispose()

    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    for _ in range(500):
        if other.execute(alive, [mine]).fetchone() == (0,):
            break
    else:
        pytest.fail("the line is still open")
