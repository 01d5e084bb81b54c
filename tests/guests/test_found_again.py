"""When a booking is of a guest whom the venue knows."""

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.guests.models import CustomerLink, Guest
from tests.factories import DAY, local, make_booking, make_link, make_venue

NUMBER = "07700 900461"


@pytest.fixture
def book(app_context, venue):
    hours = iter(range(12, 22))

    def made(name, email="", phone=NUMBER, source=Source.PHONE):
        at = local(venue, DAY, next(hours))
        return make_booking(venue, None, at, name=name, email=email, phone=phone, source=source)

    return made


@pytest.mark.parametrize(
    "again",
    ["Amara Okafor", "amara  OKAFOR", "A. Okafor", "Okafor", "Amára Okafor"],
)
def test_a_regular_on_the_phone_is_one_guest(book, again):
    assert book("Amara Okafor").guest_id == book(again, phone="+44 7700 900461").guest_id


@pytest.mark.parametrize(
    ("name", "phone"),
    [("Tom Okafor", NUMBER), ("Amara Hill", NUMBER), ("Amara Okafor", "07700 900462"), ("Amara Okafor", "")],
)
def test_less_than_number_and_name_is_another_guest(book, name, phone):
    assert book("Amara Okafor").guest_id != book(name, phone=phone).guest_id


@pytest.mark.parametrize("made_up", ["07000 000000", "01234 567890"])
def test_a_made_up_number_finds_nobody(book, made_up):
    assert book("Amara Okafor", phone=made_up).guest_id != book("Amara Okafor", phone=made_up).guest_id


def test_two_of_one_name_behind_one_number_are_not_guessed_between(book):
    first, second = book("A. Okafor", "anna@example.org"), book("A. Okafor", "abel@example.org")
    assert first.guest_id != second.guest_id
    assert book("A. Okafor").guest_id not in {first.guest_id, second.guest_id}


def test_another_address_is_another_person_whoever_answers_the_phone(book):
    known = book("Amara Okafor", "amara@example.org")
    assert book("Amara Okafor").guest_id == known.guest_id
    assert book("Amara Okafor", "other@example.org").guest_id != known.guest_id


def test_the_desk_fills_in_an_address_and_the_web_does_not(book):
    """Whoever knows a guest's name and number must not become the one who gets their letters."""
    known = book("Amara Okafor").guest_id
    assert book("Amara Okafor", "stranger@example.org", source=Source.WIDGET).guest_id == known
    assert db.session.get(Guest, known).email == ""
    assert book("Amara Okafor", "amara@example.org").guest_id == known
    db.session.expire_all()
    assert db.session.get(Guest, known).email_key == "amara@example.org"


def test_a_number_finds_only_guests_of_its_venue(app_context, venue):
    here = make_booking(venue, name="Amara Okafor", email="", phone=NUMBER)
    there = make_booking(make_venue("Elsewhere"), name="Amara Okafor", email="", phone=NUMBER)
    assert here.guest_id != there.guest_id


@pytest.mark.both_databases
@pytest.mark.forgets_versions
def test_the_step_parts_whom_folding_had_joined(app, app_context, venue, book, caplog):
    steps = ScriptDirectory(app.extensions["migrate"].directory)
    step, newer = (steps.get_revision(name).module for name in ("0006", "0013"))
    mine = book("Max Kern", "max@straße.example", "01632 960111")
    theirs = book("Max Kern", "max@strasse.example", "01632 960222")
    same = book("Max Kern", "MAX@straße.example", "01632 960111")
    make_link(db.session.get(Guest, mine.guest_id))
    # As the release before had it: both addresses one guest's, and a number that nobody has joins nobody.
    db.session.execute(text("UPDATE bookings SET guest_id = :to"), {"to": mine.guest_id})
    db.session.execute(text("UPDATE outbox_entries SET guest_id = :to"), {"to": mine.guest_id})
    db.session.execute(text("UPDATE link_checks SET guest_id = :to"), {"to": mine.guest_id})
    db.session.execute(text("DELETE FROM guests WHERE id = :one"), {"one": theirs.guest_id})
    db.session.execute(text("UPDATE guests SET email_key = 'max@strasse.example'"))
    db.session.commit()
    with db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        newer.downgrade()
        step.downgrade()
        step.upgrade()
        newer.upgrade()
    db.session.expire_all()
    of = {one.id: db.session.get(Booking, one.id).guest_id for one in (mine, theirs, same)}
    assert of[mine.id] == of[same.id] == mine.guest_id
    assert of[theirs.id] != mine.guest_id
    other = db.session.get(Guest, of[theirs.id])
    assert (other.email_key, other.phone_key) == ("max@strasse.example", "+441632960222")
    assert db.session.get(Guest, mine.guest_id).email_key == "max@xn--strae-oqa.example"
    link = db.session.query(CustomerLink).one()
    assert (link.guest_id, link.state, link.spektrix_customer_id) == (mine.guest_id, "proposed", None)
    assert f"guest {mine.guest_id} was two people" in caplog.text
