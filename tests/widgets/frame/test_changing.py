"""A diner changes the time, the day or the party of their own table, within the rules for booking online."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from tests.support.reading import read
from tests.widgets.conftest import SHOW, SITE, WIDGET, inputs_of

HTMX = {"HX-Request": "true"}
SIX = "2026-06-12T17:00:00Z"
SATURDAY_SIX = "2026-06-13T17:00:00Z"
PHONE = "01632 960 123"


@pytest.fixture
def booked(diner):
    """The address of a confirmed booking for two at 5:30pm on the Friday, for the show at 7:30pm."""
    return diner.book(diner.form(show=SHOW, note="Window seat")).location


@pytest.fixture
def own(stored):
    """The only booking, as plain values."""

    def read_it():
        from portal.bookings.models import Booking, BookingChange
        from portal.bookings.service import calendar_entry

        def values(db):
            booking = db.session.scalars(db.select(Booking).order_by(Booking.id)).first()
            link = booking.guest.link
            entry = calendar_entry(booking)
            changes = db.session.scalars(db.select(BookingChange).order_by(BookingChange.id)).all()
            return {
                "starts_at": booking.starts_at,
                "party_size": booking.party_size,
                "note": booking.note,
                "reference": booking.reference,
                "token": booking.public_token,
                "show": booking.show_starts_at,
                "link": (link.state, link.customer_id) if link else None,
                "uid": entry.uid,
                "sequence": entry.sequence,
                "edits": booking.edits,
                "done_by": [change.done_by for change in changes],
            }

        return stored(values)

    return read_it


@pytest.fixture
def as_staff(stored):
    """Change the only booking as somebody on the staff does: `as_staff(party_size=3)`."""

    def change(**values):
        from dataclasses import replace

        from portal.bookings import editing
        from portal.bookings.models import Booking
        from portal.venues.models import Venue
        from tests.factories import make_staff

        def work(db):
            venue = db.session.scalar(db.select(Venue))
            booking = db.session.scalars(db.select(Booking).order_by(Booking.id)).first()
            wanted = replace(editing.as_it_is(booking), stay=None, **values)
            editing.edit(venue, booking.id, wanted, make_staff(venue).id)

        stored(work)

    return change


def ask(diner, booked, starts_at=SIX, party="2", **options):
    """The page that asks before a change."""
    asked = {"starts_at": starts_at, "party": party}
    return diner.client.get(f"{booked}/change", query_string=asked, **options)


def press(diner, booked, form=None, **options):
    return diner.client.post(f"{booked}/change", data=form or inputs_of(ask(diner, booked).text), **options)


def times_on(page):
    return [
        button.attributes["value"]
        for button in read(page).all("button")
        if button.attributes.get("name") == "starts_at"
    ]


def test_page_of_the_booking_shows_it_and_all_that_can_be_done(diner, booked, stored):
    from portal.venues.models import Venue

    stored(lambda db: db.session.execute(db.update(Venue).values(address="1 Quay Street\nBristol")))
    page = diner.client.get(f"{booked}/change-or-cancel")
    said = read(page)
    assert said.link("Change booking Another time, day or number of guests") == f"{booked}/change"
    assert said.link("Add to calendar") == f"{booked}/calendar.ics"
    leads_to = said.link("Directions")
    assert leads_to.startswith("https://www.google.com/maps/search/?api=1&query=")
    assert leads_to.endswith("1+Quay+Street%2C+Bristol")
    assert "7:30pm" in said.words
    assert '<script src="https' not in page.text


def test_without_an_address_there_are_no_directions(diner, booked):
    assert "Directions" not in diner.client.get(f"{booked}/change-or-cancel").text


@pytest.mark.both_databases
def test_change_keeps_reference_link_note_customer_and_calendar_entry(diner, booked, own, recording_queue):
    before = own()
    asked_before = len(recording_queue.calls)
    answer = press(diner, booked, inputs_of(ask(diner, booked, party="3").text))
    assert answer.status_code == 303
    page = diner.client.get(answer.location)
    assert read(page).one("title").words.startswith("Booking changed")
    assert "6:00pm" in page.text
    after = own()
    changed = {"starts_at", "party_size", "sequence", "edits", "done_by"}
    assert {name for name in after if after[name] != before[name]} == changed
    assert after["starts_at"] == datetime(2026, 6, 12, 17, 0, tzinfo=UTC)
    assert (after["party_size"], after["done_by"]) == (3, ["guest"])
    assert after["sequence"] > before["sequence"]
    assert "verify_link" not in [job for job, _ in recording_queue.calls[asked_before:]]


def test_looking_changes_nothing(diner, booked, own):
    before = own()
    for address in ("/change", f"/change?starts_at={SIX}&party=3"):
        assert diner.client.get(f"{booked}{address}").status_code == 200
    assert own() == before


def test_own_table_counts_as_free_for_its_guest(diner, booked):
    """The house seats four: with two of its own, three could not come to any time beside them."""
    for email in ("b@example.org", "c@example.org"):
        diner.book(diner.form(email=email, party_size="1"))
    others = [start["starts_at"] for start in diner.slots(party="2").json["slots"]]
    assert "2026-06-12T18:00:00+01:00" not in others
    offered = times_on(diner.client.get(f"{booked}/change", query_string={"party": "2"}))
    assert SIX in offered
    assert "2026-06-12T16:30:00Z" not in offered, "nothing would change"
    assert press(diner, booked).status_code == 303


def test_smaller_party_keeps_its_time_whatever_new_bookings_may_have(diner, booked, own, friday_noon, stored):
    from portal.availability.models import OnlineRules
    from portal.venues.models import Venue

    def rule(db):
        venue_id = db.session.scalar(db.select(Venue.id))
        db.session.add(OnlineRules(venue_id=venue_id, notice_minutes=240))

    stored(rule)
    friday_noon.move_to(datetime(2026, 6, 12, 16, 0, tzinfo=UTC))
    page = diner.client.get(f"{booked}/change", query_string={"party": "1"})
    assert times_on(page)[0] == "2026-06-12T16:30:00Z"
    form = inputs_of(ask(diner, booked, starts_at="2026-06-12T16:30:00Z", party="1").text)
    assert press(diner, booked, form).status_code == 303
    assert own()["party_size"] == 1
    # More of it needs the notice that anybody needs.
    more = inputs_of(ask(diner, booked, starts_at="2026-06-12T16:30:00Z", party="3").text)
    refused = press(diner, booked, more)
    assert refused.status_code == 422
    assert "cannot be booked any more" in refused.text
    assert own()["party_size"] == 1


def test_pressed_twice_is_changed_once(diner, booked, own):
    form = inputs_of(ask(diner, booked).text)
    assert [press(diner, booked, form).status_code for _ in range(3)] == [303, 303, 303]
    assert own()["edits"] == 1


@pytest.mark.both_databases
def test_pressed_at_the_same_moment_is_changed_once(diner, booked, own):
    form = inputs_of(ask(diner, booked).text)
    ready = Barrier(2)

    def at_once(_):
        ready.wait(10)
        return press(diner, booked, form).status_code

    with ThreadPoolExecutor(2) as both:
        assert set(both.map(at_once, range(2))) <= {303, 503}
    assert own()["edits"] == 1


def test_another_evening_loses_the_show_and_says_so_first(diner, booked, own):
    page = ask(diner, booked, starts_at=SATURDAY_SIX)
    assert "This is not the evening of your show" in page.text
    assert "Fri 12 June, 7:30pm" in page.text
    assert press(diner, booked, inputs_of(page.text)).status_code == 303
    assert own()["show"] is None


def test_time_taken_meanwhile_keeps_the_choice_and_shows_others(diner, booked, own):
    form = inputs_of(ask(diner, booked, starts_at=SATURDAY_SIX, party="3").text)
    for email in ("b@example.org", "c@example.org"):
        taken = diner.form(starts_at=SATURDAY_SIX, email=email)
        assert diner.book(taken).status_code == 303
    before = own()
    answer = press(diner, booked, form, headers=HTMX)
    assert answer.status_code == 422
    said = read(answer).words
    assert "6:00pm has just been booked by someone else" in said
    assert "You still have your table." in said
    assert 'value="3" selected' in answer.text.replace('selected value="3"', 'value="3" selected')
    assert 'value="2026-06-13"' in answer.text
    assert own() == before
    assert times_on(answer)


def test_staff_who_moved_it_meanwhile_are_not_overruled(diner, booked, own, as_staff):
    form = inputs_of(ask(diner, booked).text)
    as_staff(starts_at=datetime(2026, 6, 12, 18, 0, tzinfo=UTC))
    before = own()
    answer = press(diner, booked, form)
    assert answer.status_code == 409
    assert "Your booking has changed since you opened this page" in answer.text
    assert "It is now Fri 12 June, 7:00pm" in read(answer).words
    assert answer.headers["HX-Retarget"] == "#main"
    assert own() == before


def test_without_the_count_of_edits_they_would_be_overruled(diner, booked, own, as_staff, monkeypatch):
    """The run with the safeguard off."""
    from portal.bookings import editing

    form = inputs_of(ask(diner, booked).text)
    as_staff(starts_at=datetime(2026, 6, 12, 18, 0, tzinfo=UTC))
    edit = editing.edit
    monkeypatch.setattr(editing, "edit", lambda *args, **more: edit(*args, **more | {"seen": None}))
    assert press(diner, booked, form).status_code == 303
    assert own()["starts_at"] == datetime(2026, 6, 12, 17, 0, tzinfo=UTC)


def test_staff_who_cancelled_it_meanwhile_are_not_overruled(diner, booked, stored, bookings):
    from portal.bookings import statuses
    from portal.bookings.models import Booking, Status
    from portal.venues.models import Venue
    from tests.factories import make_staff

    form = inputs_of(ask(diner, booked).text)

    def cancel(db):
        venue = db.session.scalar(db.select(Venue))
        booking_id = db.session.scalar(db.select(Booking.id))
        statuses.move(venue, booking_id, Status.CANCELLED, make_staff(venue).id)

    stored(cancel)
    for answer in (press(diner, booked, form), diner.client.get(f"{booked}/change"), ask(diner, booked)):
        assert "This booking is cancelled" in answer.text
    assert [each["status"] for each in bookings()] == ["cancelled"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_cancelled_since_it_was_changed_is_not_shown_as_changed(diner, booked, stored, headers):
    from portal.bookings import statuses
    from portal.bookings.models import Booking, Status
    from portal.venues.models import Venue

    form = inputs_of(ask(diner, booked).text)
    assert press(diner, booked, form).status_code == 303

    def cancel(db):
        statuses.move(
            db.session.scalar(db.select(Venue)), db.session.scalar(db.select(Booking.id)), Status.CANCELLED
        )

    stored(cancel)
    again = press(diner, booked, form, headers=headers)
    assert "This booking is cancelled" in again.text
    assert "Booking changed" not in again.text


@pytest.mark.usefixtures("booked")
def test_party_seated_between_look_and_lock_is_not_moved(stored, own):
    from dataclasses import replace

    from portal.bookings import editing, statuses
    from portal.bookings.models import Booking
    from portal.bookings.rules import CannotEdit
    from portal.venues.models import Doer, Venue
    from tests.factories import make_staff

    def seat_and_change(db):
        venue, booking = db.session.scalar(db.select(Venue)), db.session.scalar(db.select(Booking))
        wanted = replace(editing.as_it_is(booking), party_size=3)
        statuses.seat(venue, booking.id, make_staff(venue).id)
        with pytest.raises(CannotEdit):
            editing.edit(venue, booking.id, wanted, done_by=Doer.GUEST, seen=booking.edits)

    stored(seat_and_change)
    assert own()["party_size"] == 2


def test_party_that_sits_already_is_neither_changed_nor_cancelled(diner, booked, stored, own, friday_noon):
    from portal.bookings import statuses
    from portal.bookings.models import Booking
    from portal.venues.models import Venue
    from tests.factories import make_staff

    change = inputs_of(ask(diner, booked).text)
    cancel = inputs_of(diner.client.get(f"{booked}/cancel").text)

    def seat(db):
        venue = db.session.scalar(db.select(Venue))
        statuses.seat(venue, db.session.scalar(db.select(Booking.id)), make_staff(venue).id)

    stored(seat)
    before = own()
    for answer in (
        press(diner, booked, change),
        diner.client.post(f"{booked}/cancel", data=cancel),
        diner.client.get(f"{booked}/change"),
        diner.client.get(f"{booked}/change-or-cancel"),
    ):
        assert answer.status_code == 409
        assert "at your table" in answer.text
    assert own() == before


@pytest.mark.parametrize("party", ["0", "-1", "x", "9999", ""])
def test_party_that_cannot_be_booked_is_refused_in_a_sentence(diner, booked, own, party):
    before = own()
    assert ask(diner, booked, party=party).status_code == 422
    form = inputs_of(ask(diner, booked).text) | {"party": party}
    assert press(diner, booked, form).status_code == 422
    assert own() == before


@pytest.mark.parametrize(
    "starts_at", ["x", "2026-06-12T17:07:00Z", "2026-06-11T17:00:00Z", "2036-06-12T17:00:00Z"]
)
def test_time_that_is_not_on_offer_is_refused(diner, booked, own, starts_at):
    before = own()
    form = inputs_of(ask(diner, booked).text) | {"starts_at": starts_at}
    assert press(diner, booked, form).status_code == 422
    assert own() == before


@pytest.mark.parametrize("asked", ["date=x", "date=1999-01-01", "date=9999-12-31", "party=0", "party=99999"])
def test_odd_questions_are_answered_with_times(diner, booked, asked):
    assert diner.client.get(f"{booked}/change?{asked}").status_code == 200


def test_too_many_guests_are_told_whom_to_call(diner, booked):
    page = diner.client.get(f"{booked}/change", query_string={"party": "9"})
    assert "You cannot book for 9 or more here" in page.text
    assert PHONE in page.text


def test_button_of_another_page_changes_nothing(diner, booked, own):
    before = own()
    form = inputs_of(ask(diner, booked).text)
    cancels = inputs_of(diner.client.get(f"{booked}/cancel").text)["form_token"]
    for token in ("", "nonsense", cancels):
        answer = press(diner, booked, form | {"form_token": token})
        assert answer.status_code == 422
        assert "Nothing was changed" in answer.text
    assert own() == before


def test_page_that_was_open_for_too_long_asks_once_more(diner, booked, own, friday_noon):
    form = inputs_of(ask(diner, booked).text)
    friday_noon.shift(2 * 60 * 60 + 1)
    late = press(diner, booked, form)
    assert late.status_code == 422
    assert "more than two hours" in late.text
    assert press(diner, booked, inputs_of(late.text)).status_code == 303
    assert own()["edits"] == 1


def test_another_websites_script_changes_nothing(diner, booked, own):
    before = own()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert press(diner, booked, headers=headers).status_code == 403
    assert own() == before
    assert press(diner, booked, headers={"Origin": f"http://{SITE}", **HTMX}).status_code == 200


def test_time_of_the_table_ends_it(diner, booked, own, friday_noon):
    friday_noon.move_to(datetime(2026, 6, 12, 16, 0, tzinfo=UTC))
    form = inputs_of(ask(diner, booked).text)
    friday_noon.move_to(datetime(2026, 6, 12, 16, 30, tzinfo=UTC))
    answer = press(diner, booked, form)
    assert answer.status_code == 409
    assert "The time of this booking has passed." in answer.text
    assert own()["edits"] == 0


def test_busy_day_changes_nothing_and_says_when_to_try_again(diner, booked, own, monkeypatch):
    from portal.availability.locks import BusyNow
    from portal.bookings import editing

    form = inputs_of(ask(diner, booked).text)

    def busy(*_arguments, **_options):
        raise BusyNow

    monkeypatch.setattr(editing, "edit", busy)
    answer = press(diner, booked, form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["HX-Retarget"] == "#main"
    assert own()["edits"] == 0


def test_nobody_elses_booking_is_found(diner, booked):
    for token in ("nobody", "x" * 200, "é"):
        address = f"/w/{WIDGET}/bookings/{token}/change"
        assert diner.client.get(address).status_code == 404
        assert diner.client.post(address, data={}).status_code == 404


@pytest.mark.settings(rate_limits=True)
def test_many_tries_from_one_address_are_slowed_down(diner, booked):
    form = inputs_of(ask(diner, booked).text) | {"form_token": ""}
    tries = [press(diner, booked, form, headers=HTMX) for _ in range(21)]
    assert [each.status_code for each in tries] == [422] * 20 + [429]
    assert "too many tries to change" in tries[-1].text


@pytest.mark.settings(rate_limits=True)
def test_one_booking_is_changed_so_often_an_hour_as_each_may_send_a_letter(diner, booked):
    answers = [
        press(diner, booked, inputs_of(ask(diner, booked, party=party).text), headers=HTMX)
        for party in ("3", "2", "3", "2", "3", "2", "3")
    ]
    assert [each.status_code for each in answers] == [200] * 6 + [429]
    assert "changed many times within an hour" in answers[-1].text
