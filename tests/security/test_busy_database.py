"""A database that somebody else holds for too long: no error of ours, and nothing half done."""

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, exc

from portal import database
from portal.availability import locks
from portal.extensions import db
from tests.factories import (
    connect_spektrix,
    make_booking,
    make_changed_show,
    make_entry,
    make_link,
    make_manager,
    make_venue,
    make_waiting,
    make_widget,
    sign_in,
)
from tests.support.reading import read


@pytest.fixture
def impatient(app):
    """The app with connections that wait for a twentieth of a second."""
    from portal.extensions import db

    with app.app_context():
        engine = db.engine
        venue = make_venue()
        make_widget(venue, public_id="w_busy", sites=[])
        token = make_booking(venue).public_token
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows; its time-outs are tested with the lock of a day")
    shorten = lambda connection, *_more: connection.execute("PRAGMA busy_timeout=50")  # noqa: E731
    event.listen(engine, "checkout", shorten)
    yield app, engine.url.database, token
    event.remove(engine, "checkout", shorten)


def test_is_answered_with_when_to_try_again(impatient):
    app, place, token = impatient
    with closing(sqlite3.connect(place, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = app.test_client().post(f"/w/w_busy/bookings/{token}/cancel")
        holder.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "nothing was changed" in answer.text


LOST_A_RACE = {
    "a day's lock": locks.BusyNow,
    "two who wait for each other": lambda: exc.OperationalError("", {}, psycopg.errors.DeadlockDetected()),
    "a row's lock": lambda: exc.OperationalError("", {}, psycopg.errors.LockNotAvailable()),
    "no connection free": exc.TimeoutError,
}


@pytest.mark.parametrize("what", LOST_A_RACE)
def test_a_save_that_lost_a_race_is_sent_again_and_not_typed_again(app, client, monkeypatch, what):
    def lose(*_):
        raise LOST_A_RACE[what]()

    with app.app_context():
        manager = make_manager(make_venue())
    sign_in(client, manager)
    monkeypatch.setattr("portal.restaurant.saving.hold", lose)
    typed = {"first_name": "T1", "how_many": "1", "seats_each": "4"}
    page = client.post("/settings/tables/add", data=typed)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    words = read(page).words
    assert "Somebody else was saving at the same moment" in words
    assert "Nothing was changed, and what you typed is not lost." in words
    assert "reload this page. Your browser sends what you typed again." in words
    swapped = client.post("/settings/tables/add", data=typed, headers={"HX-Request": "true"})
    assert swapped.status_code == 503
    told = client.post("/settings/tables/add", data=typed, headers={"Accept": "application/json"})
    assert told.status_code == 503
    assert "what you typed is not lost" in told.json["error"]


def test_htmx_says_that_nothing_was_changed_where_the_form_stays_on_the_page(app):
    script = (Path(app.static_folder) / "portal.js").read_text()
    assert '503: "The portal is busy, so nothing was changed.' in script


def test_other_trouble_of_the_database_is_ours(app, client, monkeypatch):
    def fail(*_):
        raise exc.OperationalError("", {}, psycopg.errors.DiskFull())

    with app.app_context():
        manager = make_manager(make_venue())
    sign_in(client, manager)
    monkeypatch.setattr("portal.restaurant.saving.hold", fail)
    assert client.post("/settings/tables/add").status_code == 500


@pytest.fixture
def every_page(app, client):
    """The addresses of all that a signed-in manager, or a diner, can read."""
    with app.app_context():
        venue = make_venue(tables=2)
        manager = make_manager(venue)
        connect_spektrix(venue, staff=manager)
        booking, other = make_booking(venue), make_booking(venue)
        make_link(booking.guest)
        widget = make_widget(venue, public_id="w_busy", sites=[])
        values = {
            "booking_id": booking.id,
            "guest_id": booking.guest_id,
            "entry_id": make_entry(booking).id,
            "public_id": widget.public_id,
            "waiting_id": make_waiting(venue, widget).id,
            "token": booking.public_token,
            "slug": venue.slug,
            "name": "set-up",
            "number": 1,
            # The first period, table, area, group or special day: those that are there.
            "row_id": 1,
            "digest": "0",
            "changed_show_id": make_changed_show(venue).id,
        }
        other_guest = other.guest_id
    sign_in(client, manager)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    found = [address for rule in rules for address in addresses(rule, values)]
    return [f"{one}?other={other_guest}" if one.endswith("/merge") else one for one in found]


def addresses(rule, values):
    """Return the address of a rule, or one for each word that it takes."""
    words = re.findall(r"<any\(([^)]*)\):(\w+)>", rule.rule)
    if not words:
        return [rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)[1]]
    choices, name = words[0]
    return [
        rule.build({**values, name: word.strip(" '\"")}, append_unknown=False)[1]
        for word in choices.split(",")
    ]


class Writer(threading.Thread):
    """Somebody else who writes without pause: each change is done in a moment, and the next one begins."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place = place
        self.is_enough = threading.Event()
        self.has_written = threading.Event()

    def run(self):
        with closing(sqlite3.connect(self.place, isolation_level=None, timeout=10)) as mine:
            while not self.is_enough.is_set():
                mine.execute("BEGIN IMMEDIATE")
                mine.execute("UPDATE venues SET support_email = hex(randomblob(4)) WHERE id = 1")
                mine.execute("COMMIT")
                self.has_written.set()

    def __enter__(self):
        self.start()
        assert self.has_written.wait(10)
        return self

    def __exit__(self, *_raised):
        self.is_enough.set()
        self.join()


@pytest.mark.timeout(240)
def test_no_page_fails_because_somebody_else_is_writing(app, client, every_page):
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's readers never wait for a writer")
    failed = []
    with Writer(engine.url.database):
        for address in every_page:
            statuses = [client.get(address).status_code for _ in range(5)]
            if max(statuses) >= 500:
                failed.append((address, statuses))
    assert not failed


def test_what_a_page_writes_it_writes_as_a_writer(app, client, every_page):
    """A reader that begins to write fails at once on SQLite, and has no transaction on PostgreSQL."""
    written = []

    def note(_connection, _cursor, statement, _values, _context, _many):
        if database.is_reading() and statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(f"{address}: {statement[:60]}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    for address in every_page:
        client.get(address)
    event.remove(engine, "before_cursor_execute", note)
    assert not written
