"""The page for changing a booking: whatever refuses a change, what was typed stays."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.availability.models import DiningTable, TableGroup
from portal.bookings import editing, statuses
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.venues.models import Doer
from tests.factories import DAY, local, make_booking, make_table
from tests.support.reading import read


def stored(app, booking):
    with app.app_context():
        found = db.session.get(Booking, booking.id)
        db.session.expunge(found)
        return found


def value(page, name):
    return page.one("input", name=name).attributes.get("value", "")


def problems(page):
    return page.one("div", class_="summary").words


def test_it_shows_what_the_booking_is(desk, booking):
    page = read(desk.get(f"/bookings/{booking.id}/edit"))
    assert (value(page, "date"), value(page, "time"), value(page, "party_size")) == (
        str(DAY),
        "19:00",
        "2",
    )
    assert value(page, "name") == "Amara Okafor"
    assert "Table T1 if it is free, else another" in page.words


def test_all_of_it_is_saved_at_once(app, desk, booking, typed):
    new = {"time": "20:00", "party_size": "3", "note": "Window", "allergies": "Nuts", "occasion": "Birthday"}
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, **new))
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.id}")
    became = stored(app, booking)
    assert (became.party_size, became.note, became.allergies) == (3, "Window", "Nuts")
    page = read(desk.get(answer.location)).words
    assert "Birthday" in page
    assert "Amara Okafor: changed: time from 19:00 to 20:00; guests from 2 to 3" in page
    assert "Sam Doyle" in page


def test_nothing_new_is_no_change(app, desk, booking, typed):
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking))
    assert "Nothing was different" in read(desk.get(answer.location)).words
    assert stored(app, booking).edits == 0


def test_a_refused_time_keeps_what_was_typed_and_offers_others(app, venue, desk, booking, typed):
    new = {"time": "08:00", "note": "By the window", "name": "Amara O."}
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, **new))
    page = read(answer)
    assert answer.status_code == 422
    assert "Guests are seated for Dinner from 10:00 to 23:45" in problems(page)
    assert (value(page, "time"), value(page, "name")) == ("08:00", "Amara O.")
    assert page.one("textarea", name="note").words == "By the window"
    assert page.all("a", class_="alone")[0].words == "Why not? See every rule"
    assert stored(app, booking).edits == 0


def test_another_time_is_saved_by_its_button_with_what_was_typed(app, venue, desk, booking, typed):
    with app.app_context():
        for number in range(2, 4):
            make_booking(
                venue, starts_at=local(venue, DAY, 21), name=f"B{number}", email=f"b{number}@example.com"
            )
            make_booking(venue, name=f"A{number}", email=f"a{number}@example.com")
        make_booking(venue, starts_at=local(venue, DAY, 21), name="B1", email="b1@example.com")
    page = read(desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, time="21:00", note="Window")))
    assert "Every table for 2 is taken then" in problems(page)
    button = page.all("button", name="instead")[0]
    answer = desk.post(
        f"/bookings/{booking.id}/edit",
        data=typed(booking, time="21:00", note="Window", instead=button.attributes["value"]),
    )
    assert answer.status_code == 303
    became = stored(app, booking)
    assert (became.starts_at.isoformat(), became.note) == (button.attributes["value"], "Window")


def test_a_booking_that_its_guest_has_just_cancelled_keeps_what_was_typed(app, venue, desk, booking, typed):
    with app.app_context():
        statuses.move(venue, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, note="By the window"))
    page = read(answer)
    assert answer.status_code == 422
    assert "This booking is now cancelled (The guest, Fri 12 June, 12:00)" in problems(page)
    assert page.one("textarea", name="note").words == "By the window"
    assert stored(app, booking).note == ""


def test_somebody_who_was_quicker_is_named_and_the_next_save_counts(app, venue, desk, booking, typed):
    with app.app_context():
        wanted = replace(editing.as_it_is(db.session.get(Booking, booking.id)), note="Quiet corner")
        editing.edit(venue, booking.id, wanted)
    page = read(desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, note="Window")))
    assert "The portal changed this booking on Fri 12 June, 12:00, after you opened it" in problems(page)
    assert (value(page, "seen"), page.one("textarea", name="note").words) == ("1", "Window")
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, note="Window", seen="1"))
    assert answer.status_code == 303
    assert stored(app, booking).note == "Window"


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW])
def test_a_booking_that_is_over_has_no_form(app, venue, desk, status):
    with app.app_context():
        booking = make_booking(venue, status=status)
    for page in ("edit", "move"):
        answer = desk.get(f"/bookings/{booking.id}/{page}")
        assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.id}")
    assert "Edit" not in [link.words for link in read(desk.get(f"/bookings/{booking.id}")).all("a")]


@pytest.mark.parametrize(
    ("field", "typed_text", "said"),
    [
        ("party_size", "two", "Enter the number of guests, like 2"),
        ("email", "nobody", "Enter an email address with an @"),
        ("phone", "call me", "Enter a phone number, like 07700 900461"),
        ("name", "", "Enter the guest’s full name"),
        ("table", "t999", "That table is gone"),
        ("stay", "soon", "Choose how long they stay"),
        ("note", "x" * 501, "Note must be 500 letters or fewer"),
    ],
)
def test_what_cannot_be_is_named(app, desk, booking, typed, field, typed_text, said):
    answer = desk.post(f"/bookings/{booking.id}/edit", data=typed(booking, **{field: typed_text}))
    assert answer.status_code == 422
    assert said in problems(read(answer))
    assert stored(app, booking).edits == 0


class TestMove:
    def test_every_table_says_whether_it_is_free_and_who_has_it(self, app, venue, desk, booking, toms):
        with app.app_context():
            make_booking(
                venue, starts_at=local(venue, DAY, 21, 30), name="Bo Li", email="bo@example.com", party_size=4
            )
            make_table(venue, "T9", seats=1)
        page = read(desk.get(f"/bookings/{booking.id}/move"))
        lines = [label.words for label in page.all("label", class_="place")]
        lines += [label.words for label in page.all("label", class_="place place--no")]
        assert lines == [
            "T1 1 to 4 guests Their table now",
            "T3 1 to 4 guests Free from then on",
            "T9 1 guest Not for 2 guests",
            "T2 1 to 4 guests Taken by Tom Reed, 19:00 to 20:45",
        ]

    def test_the_table_is_changed_and_the_press_can_be_undone(self, app, desk, booking):
        page = read(desk.get(f"/bookings/{booking.id}/move"))
        key = page.all("input", name="place")[1].attributes["value"]
        sent = {"place": key, "seen": "0", "from": "booking"}
        answer = desk.post(f"/bookings/{booking.id}/move", data=sent)
        assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.id}")
        assert stored(app, booking).table_name == "T2"
        page = read(desk.get(answer.location))
        assert "Amara Okafor: moved: table from T1 to T2" in page.words
        (undo,) = [form for form in page.all("form") if "/undo/" in form.attributes["action"]]
        desk.post(undo.attributes["action"], data={"from": "booking"})
        assert stored(app, booking).table_name == "T1"

    def test_a_drag_answers_with_the_row_and_an_undo(self, app, venue, desk, booking):
        later = local(venue, DAY, 20)
        sent = {"place": "", "at": later.isoformat(), "seen": "0"}
        answer = desk.post(f"/bookings/{booking.id}/move", data=sent, headers={"HX-Request": "true"})
        page = read(answer)
        assert "20:00" in page.one("tr", id=f"_booking_row-{booking.id}").words
        said = page.one("div", id="status")
        assert said.words == "Amara Okafor: moved: time from 19:00 to 20:00 Undo"
        undo = said.one("form").attributes["action"]
        desk.post(undo, headers={"HX-Request": "true"})
        assert stored(app, booking).starts_at == booking.starts_at

    def test_a_drag_in_its_own_row_keeps_joined_tables(self, app, venue, desk, booking):
        with app.app_context():
            joined = list(db.session.scalars(select(DiningTable.id).where(DiningTable.name != "T1")))
            group = TableGroup(venue_id=venue.id, name="T2 + T3", table_ids=joined, smallest=2, largest=8)
            db.session.add(group)
            db.session.commit()
            editing.move_place(venue, booking.id, f"g{group.id}")
        assert stored(app, booking).table_name == "T2 + T3"
        sent = {"place": "own", "at": local(venue, DAY, 20, 7).isoformat(), "seen": "1"}
        answer = desk.post(f"/bookings/{booking.id}/move", data=sent, headers={"HX-Request": "true"})
        assert "moved: time from 19:00 to 20:07" in read(answer).one("div", id="status").words
        assert stored(app, booking).table_name == "T2 + T3"

    @pytest.mark.parametrize("drag", [True, False])
    def test_a_taken_table_says_by_whom(self, app, desk, booking, toms, drag):
        page = read(desk.get(f"/bookings/{booking.id}/move"))
        key = page.all("input", name="place")[-1].attributes["value"]
        headers = {"HX-Request": "true"} if drag else {}
        answer = desk.post(f"/bookings/{booking.id}/move", data={"place": key, "seen": "0"}, headers=headers)
        page = read(answer)
        assert answer.status_code == 422
        said = page.one("div", id="status").words if drag else problems(page)
        assert "Table T2 is taken by Tom Reed, 19:00 to 20:45. Choose another table or time." in said
        assert stored(app, booking).table_name == "T1"

    def test_an_undo_whose_old_place_is_gone_says_by_whom_it_is_taken(self, app, venue, desk, booking):
        page = read(desk.get(f"/bookings/{booking.id}/move"))
        key = page.all("input", name="place")[1].attributes["value"]
        desk.post(f"/bookings/{booking.id}/move", data={"place": key, "seen": "0"})
        with app.app_context():
            make_booking(venue, name="Tom Reed", email="tom@example.org")
        (undo,) = [
            form
            for form in read(desk.get(f"/bookings/{booking.id}")).all("form")
            if "/undo/" in form.attributes["action"]
        ]
        answer = desk.post(undo.attributes["action"], data={"from": "booking"})
        assert answer.status_code == 422
        assert "Table T1 is taken by Tom Reed, 19:00 to 20:45" in read(answer).words
        assert stored(app, booking).table_name == "T2"
