"""A manager may seat a party beyond the rules: asked first, said, recorded. No table is ever shared."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.availability import periods
from portal.availability.models import ServicePeriod, TableQuarter
from portal.bookings import editing, statuses
from portal.bookings.diary import page
from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.bookings.edit.test_edit_page import problems, stored
from tests.factories import DAY, local, make_booking
from tests.support.reading import read

NEW = {
    "key": "key-1",
    "source": "phone",
    "date": str(DAY),
    "time": "19:00",
    "party_size": "2",
    "name": "Cleo Marsh",
    "phone": "07700 900222",
}


@pytest.fixture
def full(app, venue, booking, toms):
    """Every table is taken at seven."""
    with app.app_context():
        make_booking(venue, name="Bo Li", email="bo@example.com")


def latest(app):
    with app.app_context():
        found = db.session.scalars(select(Booking).order_by(Booking.id.desc())).first()
        db.session.expunge(found)
        return found


def history_of(app, booking):
    with app.app_context():
        return [(one.words, one.who) for one in page.history(db.session.get(Booking, booking.id))]


def nobody_shares_a_table(app):
    with app.app_context():
        quarters = db.session.execute(select(TableQuarter.dining_table_id, TableQuarter.starts_at)).all()
        held = db.session.scalars(select(TableQuarter.seating_id)).all()
    return len(quarters) == len(set(quarters)) == len(held)


def test_a_manager_is_asked_in_plain_words_and_the_booking_says_so(app, managers_desk, full):
    refused = read(managers_desk.post("/bookings/new", data=NEW))
    assert "Every table for 2 is taken then" in problems(refused)
    question = (
        refused.one("section", class_="callout tone-warn").words
        if refused.all("section", class_="callout tone-warn")
        else refused.words
    )
    assert "Seat them all the same? You would go past this rule: Every table for 2 is taken then" in question
    assert managers_desk.post("/bookings/new", data=NEW | {"past_rules": "yes"}).status_code == 303
    booking = latest(app)
    assert (booking.booked_name, booking.overbooked, booking.table_name) == ("Cleo Marsh", True, "")
    assert history_of(app, booking)[-1] == ("Overbooked on purpose: no table is free", "Priya Shah")
    assert "Overbooked on purpose" in read(managers_desk.get(f"/bookings/{booking.id}")).words
    for view in ("list", "tables"):
        assert "overbooked" in read(managers_desk.get(f"/diary?date={DAY}&view={view}")).words
    assert nobody_shares_a_table(app)


def test_staff_are_not_asked_and_cannot_send_it(app, desk, full):
    refused = read(desk.post("/bookings/new", data=NEW | {"past_rules": "yes"}))
    assert "Every table for 2 is taken then" in problems(refused)
    assert "all the same" not in refused.words
    assert latest(app).booked_name == "Bo Li"


def test_an_edit_goes_past_the_rules_of_a_table_only_when_told(app, managers_desk, booking, typed):
    sent = typed(booking, party_size="6")
    refused = read(managers_desk.post(f"/bookings/{booking.id}/edit", data=sent))
    assert "The largest table seats 4" in problems(refused)
    assert "You would go past this rule: The largest table seats 4" in refused.words
    table = [one.attributes["value"] for one in refused.one("select", name="table").all("option")][1]
    sent |= {"past_rules": "yes", "table": table}
    assert managers_desk.post(f"/bookings/{booking.id}/edit", data=sent).status_code == 303
    became = stored(app, booking)
    assert (became.party_size, became.table_name, became.overbooked) == (6, "T1", True)
    words = [words for words, _ in history_of(app, booking)]
    assert "Overbooked on purpose: not the size of a table" in words
    assert words[-1] == "Changed: guests from 2 to 6; beyond the rules"


def test_a_table_that_others_have_is_never_given_twice(app, managers_desk, booking, toms):
    page = read(managers_desk.get(f"/bookings/{booking.id}/move"))
    key = page.all("input", name="place")[-1].attributes["value"]
    sent = {"place": key, "seen": "0", "past_rules": "yes"}
    answer = managers_desk.post(f"/bookings/{booking.id}/move", data=sent)
    assert answer.status_code == 422
    assert "Table T2 is taken by Tom Reed" in problems(read(answer))
    assert "all the same" not in read(answer).words
    assert stored(app, booking).table_name == "T1"
    assert nobody_shares_a_table(app)


def test_past_covers_and_outside_the_hours_is_possible_too(app, venue, managers_desk, booking, typed):
    with app.app_context():
        db.session.execute(db.update(ServicePeriod).values(covers=2))
        db.session.commit()
        make_booking(venue, starts_at=local(venue, DAY, 22), name="Bo Li", email="bo@example.com")
    for time, said in (("22:00", "more guests than the service takes"), ("08:00", "outside the hours")):
        sent = typed(booking, time=time)
        assert managers_desk.post(f"/bookings/{booking.id}/edit", data=sent).status_code == 422
        sent |= {"past_rules": "yes"}
        assert managers_desk.post(f"/bookings/{booking.id}/edit", data=sent).status_code == 303
        assert f"Overbooked on purpose: {said}" in [words for words, _ in history_of(app, booking)]
        with app.app_context():
            change = editing.latest_change(db.session.get(Booking, booking.id))
            editing.undo(venue, booking.id, change.id)
        booking = stored(app, booking)
        assert (booking.overbooked, booking.starts_at) == (False, local(venue, DAY, 19))


def test_a_party_moved_to_a_place_within_the_rules_is_overbooked_no_more(app, venue, managers_desk, full):
    managers_desk.post("/bookings/new", data=NEW | {"past_rules": "yes"})
    booking = latest(app)
    with app.app_context():
        editing.move_place(venue, booking.id, None, local(venue, DAY, 21))
    became = stored(app, booking)
    assert (became.overbooked, bool(became.table_name)) == (False, True)


def test_cancelled_by_mistake_it_comes_back_beyond_the_rules(app, venue, managers_desk, full):
    managers_desk.post("/bookings/new", data=NEW | {"past_rules": "yes"})
    booking = latest(app)
    with app.app_context():
        statuses.move(venue, booking.id, Status.CANCELLED)
        statuses.move(venue, booking.id, Status.CONFIRMED)
    became = stored(app, booking)
    assert (became.status, became.overbooked, became.table_name) == (Status.CONFIRMED, True, "")


def test_diners_are_still_refused_by_what_an_overbooked_party_takes(app, venue, managers_desk, booking):
    """The covers that it takes count for everybody who comes after it."""
    with app.app_context():
        periods.change_online_rules(venue, {"largest_online": None})
        db.session.execute(db.update(ServicePeriod).values(covers=3))
        db.session.commit()
    assert managers_desk.post("/bookings/new", data=NEW | {"past_rules": "yes"}).status_code == 303
    with app.app_context(), pytest.raises(editing.seatings.SlotTaken):
        make_booking(venue, starts_at=booking.starts_at + timedelta(minutes=15), email="x@example.com")
