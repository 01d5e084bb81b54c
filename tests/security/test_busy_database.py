"""A database that somebody else holds for too long: no error of ours, and nothing half done."""

import sqlite3

import pytest
from sqlalchemy import event

from tests.factories import make_venue, make_widget


@pytest.fixture
def impatient(app):
    """The app with connections that wait for a twentieth of a second."""
    from portal.extensions import db

    with app.app_context():
        engine = db.engine
        venue = make_venue()
        make_widget(venue, public_id="w_busy", sites=[])
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows; its time-outs are tested with the lock of a day")
    shorten = lambda connection, *_more: connection.execute("PRAGMA busy_timeout=50")  # noqa: E731
    event.listen(engine, "checkout", shorten)
    yield app, engine.url.database
    event.remove(engine, "checkout", shorten)


def test_is_answered_with_when_to_try_again(impatient):
    app, place = impatient
    with sqlite3.connect(place, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = app.test_client().post("/w/w_busy/bookings", json={"email": "a@example.org"})
        holder.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "nothing was changed" in answer.text
