"""From the form to a booking: once for each form, whatever happens on the way."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import icalendar
import pytest
from sqlalchemy import event, select

from portal.bookings import statuses
from portal.bookings.models import Booking, Status
from portal.clock import utc_now
from portal.extensions import db
from portal.venues.models import Venue
from portal.widgets.models import Widget
from tests.people import AMARA
from tests.support.reading import read
from tests.widgets.conftest import HALF_PAST_FIVE, SHOW, WIDGET, inputs_of

# Nearly all that a booking costs is what it asks the database; it was 26.
MOST_STATEMENTS = 20


def test_plain_form_leads_to_a_confirmation_page(diner, bookings):
    answer = diner.book()
    assert answer.status_code == 303
    page = diner.client.get(answer.location)
    assert page.status_code == 200
    assert "See you on Friday, Amara" in page.text
    assert bookings()[0]["phone"] == "+44 7700 900461"


def test_day_a_week_away_is_named_with_its_date(diner):
    page = diner.client.get(diner.book(diner.form(starts_at="2026-06-19T16:30:00Z")).location)
    assert "See you on Friday 19 June, Amara" in page.text
    assert "No email follows. Save this page, or add it to your calendar." in read(page).words


def test_confirmation_claims_no_email(diner):
    page = diner.client.get(diner.book().location)
    assert "emailed" not in page.text
    assert "send" not in page.text


def test_htmx_form_gets_the_confirmation_as_a_fragment(diner):
    answer = diner.book(headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert read(answer).elements[0].attributes["id"] == "_confirmation"
    assert "HX-Push-Url" not in answer.headers


def test_json_booking_is_answered_with_where_to_find_it(diner):
    answer = diner.book_json({**diner.form(), "party_size": 2, "step_free": True})
    assert answer.status_code == 201
    assert set(answer.json) == {"reference", "confirmation_url", "starts_at"}
    assert answer.json["starts_at"] == "2026-06-12T17:30:00+01:00"
    assert diner.client.get(answer.json["confirmation_url"]).status_code == 200


def test_same_form_sent_again_is_the_same_booking(diner, bookings, friday_noon):
    form = diner.form()
    first = diner.book_json(form)
    friday_noon.shift(600)
    again = diner.book_json(form)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert len(bookings()) == 1


def test_same_form_with_another_basket_is_the_same_booking(diner, bookings):
    form = diner.form()
    first = diner.book_json({**form, "basket_id": "90412ACQ"})
    again = diner.book_json({**form, "basket_id": "70412ACQ"})
    assert again.json == first.json
    assert len(bookings()) == 1


def test_same_form_with_other_contents_is_refused(diner, bookings):
    form = diner.form()
    diner.book_json(form)
    other = diner.book_json({**form, "name": "Tom Whitfield"})
    assert other.status_code == 409
    assert other.json["error"]
    assert [each["name"] for each in bookings()] == ["Amara Okafor"]


def test_form_open_for_too_long_keeps_all_that_was_typed_and_books_once(diner, bookings, friday_noon):
    form = diner.form(name=AMARA.name, note="Window")
    friday_noon.shift(2 * 60 * 60 + 1)
    late = diner.book(form, headers={"HX-Request": "true"})
    assert late.status_code == 422
    assert "more than two hours" in late.text
    assert "Amara Okafor" in late.text
    assert "Window" in late.text
    fresh = inputs_of(late.text)
    assert fresh["form_token"] != form["form_token"]
    assert fresh["idempotency_key"] == form["idempotency_key"]
    again = {**form, "form_token": fresh["form_token"]}
    assert diner.book(again).status_code == 303
    assert len(bookings()) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000, "é", "WyJ3X2RlbW8iLCJhIl0.aaaa.bbbb"])
def test_token_that_is_not_ours_books_nothing(diner, bookings, token):
    answer = diner.book_json(diner.form(form_token=token))
    assert answer.status_code == 422
    assert "does not belong" in answer.json["error"]
    assert bookings() == []


def test_token_of_another_widget_books_nothing(diner, bookings, seeded, stored):
    def add(db):
        from portal.venues.models import Venue
        from portal.widgets.setup import settings

        return settings.create(db.session.scalar(db.select(Venue)), "Other").public_id

    other = stored(add)
    page = diner.client.get(f"/w/{other}/details", query_string={"starts_at": HALF_PAST_FIVE, "party": "2"})
    foreign = {name: inputs_of(page.text)[name] for name in ("form_token", "idempotency_key")}
    answer = diner.book_json({**diner.form(), **foreign})
    assert answer.status_code == 422
    assert bookings() == []


def test_key_that_does_not_fit_its_token_books_nothing(diner, bookings):
    assert diner.book_json(diner.form(idempotency_key="another")).status_code == 422
    assert diner.book_json(diner.form(idempotency_key=None)).status_code == 422
    assert bookings() == []


def fill_the_house(diner):
    for number in range(2):
        assert diner.book_json(diner.form(email=f"guest{number}@example.org")).status_code == 201


def test_time_that_has_just_gone_offers_others_and_keeps_the_details(diner):
    fill_the_house(diner)
    answer = diner.book(diner.form(note="By the window"), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "5:30pm has just been booked by someone else" in answer.text
    kept = inputs_of(answer.text)
    assert (kept["name"], kept["note"]) == ("Amara Okafor", "By the window")
    next_page = diner.client.post(
        f"/w/{WIDGET}/details", data={**kept, "starts_at": "2026-06-12T20:00:00Z", "party": "2"}
    )
    assert next_page.status_code == 200
    assert "Amara Okafor" in next_page.text
    assert "By the window" in next_page.text


def seat_three_at_most(db):
    from portal.availability.models import ServicePeriod

    db.session.execute(db.update(ServicePeriod).values(covers=3))


def test_details_go_along_to_whatever_is_offered_when_nothing_is_left(diner, stored):
    stored(seat_three_at_most)
    answer = diner.book(diner.form(party_size="4", note="By the window"))
    page = read(answer)
    assert "No tables for 4 on Fri 12 June" in page.words
    details = f"/w/{WIDGET}/details?"
    assert [link for link in page.all("a") if link.attributes["href"].startswith(details)] == []
    offers = [button.attributes.get("formaction", "") for button in page.all("button")]
    address = next(each for each in offers if each.startswith(details))
    # The form around the offer still says the old wish.
    next_page = diner.client.post(address, data={**inputs_of(answer.text), "party": "7", "exact_party": "8"})
    assert next_page.status_code == 200
    assert "By the window" in next_page.text
    assert "3 guests" in next_page.text


def test_time_that_has_just_gone_is_a_conflict_for_a_program(diner):
    fill_the_house(diner)
    answer = diner.book_json(diner.form())
    assert answer.status_code == 409
    assert answer.json["field"] == "starts_at"


def test_time_that_was_never_on_offer_is_refused(diner, bookings):
    assert diner.book_json(diner.form(starts_at="2026-06-12T16:37:00Z")).status_code == 409
    assert diner.book_json(diner.form(starts_at="2026-06-12T04:00:00Z")).status_code == 409
    assert bookings() == []


def test_time_in_the_past_is_refused_with_that_word(diner, bookings):
    answer = diner.book_json(diner.form(starts_at="2026-06-11T16:30:00Z"))
    assert answer.status_code == 409
    assert "has passed" in answer.json["error"]
    page = diner.book(diner.form(starts_at="2026-06-11T16:30:00Z"))
    assert page.status_code == 422
    assert "has passed" in page.text
    assert "Times for Friday 12 June" in page.text
    assert bookings() == []


def test_busy_day_keeps_the_form_and_says_when_to_try_again(diner, monkeypatch):
    from portal.availability.locks import BusyNow
    from portal.widgets.frame import bookings

    def busy(*_arguments):
        raise BusyNow

    monkeypatch.setattr(bookings.making, "book", busy)
    answer = diner.book(diner.form(note="Window"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["HX-Retarget"] == "#main"
    assert "Window" in answer.text
    assert diner.book_json(diner.form()).status_code == 503


def test_extra_fields_are_never_used(diner, bookings):
    extra = {"status": "completed", "venue_id": "9", "verified": "true", "guest_id": "1", "customerId": "I-1"}
    assert diner.book_json({**diner.form(), **extra}).status_code == 201
    assert bookings()[0]["status"] == "confirmed"


def test_show_of_another_day_is_not_kept(diner, bookings):
    diner.book_json(diner.form(show=SHOW))
    diner.book_json(diner.form(show="2026-06-20T18:30:00Z", email="b@example.org"))
    assert [each["show"] is not None for each in bookings()] == [True, False]


def test_evening_is_planned_around_the_show(diner):
    page = diner.client.get(diner.book(diner.form(show=SHOW)).location).text
    assert page.index("Your table at") < page.index("Head to your seats") < page.index("Curtain up")
    assert "7:15pm" in page


def test_cancelled_booking_is_not_called_confirmed(diner, stored):
    address = diner.book().location

    def cancel(db):
        from portal.bookings import statuses
        from portal.bookings.models import Booking, Status
        from portal.venues.models import Venue

        booking = db.session.scalar(db.select(Booking))
        statuses.move(db.session.scalar(db.select(Venue)), booking.id, Status.CANCELLED)

    stored(cancel)
    page = diner.client.get(address).text
    assert "See you" not in page
    assert "Booking cancelled" in page


class TestCalendarFile:
    def test_it_has_the_booking_and_what_a_calendar_needs(self, diner):
        answer = diner.client.get(f"{diner.book().location}/calendar.ics")
        assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
        calendar, event = calendar_of(answer.data)
        assert {name: calendar[name] for name in ("VERSION", "METHOD")} == {
            "VERSION": "2.0",
            "METHOD": "PUBLISH",
        }
        assert event["DTSTART"] == "20260612T163000Z"
        assert event["DTSTAMP"] == event["CREATED"] == event["LAST-MODIFIED"] == "20260612T110000Z"
        assert (event["SEQUENCE"], event["STATUS"]) == ("0", "CONFIRMED")
        assert event["ORGANIZER"] == "mailto:no-reply@makearezzy.com"

    def test_a_chain_of_changes_is_one_entry_that_moves(self, diner, friday_noon):
        addresses = [diner.book().location]
        for start in ("2026-06-12T16:45:00Z", "2026-06-12T17:00:00Z"):
            friday_noon.shift(60)
            sealed = read(diner.client.get(addresses[-1])).value_of("data-rezzy-booked")
            addresses.append(diner.book(diner.form(starts_at=start, change=sealed)).location)
        files = [calendar_of(diner.client.get(f"{each}/calendar.ics").data) for each in addresses]
        events = [event for _, event in files]
        assert len({event["UID"] for event in events}) == 1
        numbers = [int(event["SEQUENCE"]) for event in events]
        assert numbers == sorted(set(numbers))
        assert [event["STATUS"] for event in events] == ["CANCELLED", "CANCELLED", "CONFIRMED"]
        assert [calendar["METHOD"] for calendar, _ in files] == ["CANCEL", "CANCEL", "PUBLISH"]
        assert events[-1]["DTSTART"] == "20260612T170000Z"
        # A calendar that does not count would remove the entry that has moved.
        assert "Remove from calendar" not in diner.client.get(addresses[0]).text

    def test_cancelling_takes_the_entry_away(self, diner, friday_noon):
        address = diner.book().location
        before = calendar_of(diner.client.get(f"{address}/calendar.ics").data)[1]
        friday_noon.shift(60)
        page = diner.client.get(f"{address}/cancel").text
        cancelled = diner.client.post(f"{address}/cancel", data=inputs_of(page), follow_redirects=True)
        link = read(cancelled).link("Remove from calendar")
        calendar, after = calendar_of(diner.client.get(link).data)
        assert (calendar["METHOD"], after["STATUS"]) == ("CANCEL", "CANCELLED")
        assert after["UID"] == before["UID"]
        assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
        assert after["LAST-MODIFIED"] == "20260612T110100Z"

    def test_bookings_that_replace_nothing_are_entries_of_their_own(self, diner):
        addresses = [diner.book().location, diner.book(diner.form(email="tom@example.org")).location]
        uids = {calendar_of(diner.client.get(f"{one}/calendar.ics").data)[1]["UID"] for one in addresses}
        assert len(uids) == 2

    def test_a_name_with_every_odd_sign_stays_one_line(self, diner, stored):
        def rename(db):
            from portal.venues.models import Venue

            db.session.execute(db.update(Venue).values(name='The "Green"; Room, \\ Küche: Höhe ' + "é" * 40))

        address = diner.book().location
        stored(rename)
        calendar_of(diner.client.get(f"{address}/calendar.ics").data)

    def test_an_independent_reader_finds_the_same(self, diner):
        """A library of other calendar programs reads time, sequence, status and method as we mean them."""
        address = diner.book().location
        calendar = icalendar.Calendar.from_ical(diner.client.get(f"{address}/calendar.ics").data)
        (event,) = calendar.walk("VEVENT")
        assert calendar["METHOD"] == "PUBLISH"
        assert event.errors == calendar.errors == []
        assert event.decoded("DTSTART") == datetime(2026, 6, 12, 16, 30, tzinfo=UTC)
        assert event.decoded("DTEND") > event.decoded("DTSTART")
        assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
        assert "The Green Room" in event["SUMMARY"]

    def test_an_independent_reader_sees_a_chain_of_changes_as_one_entry(self, diner, friday_noon):
        first = diner.book().location
        friday_noon.shift(60)
        sealed = read(diner.client.get(first)).value_of("data-rezzy-booked")
        second = diner.book(diner.form(starts_at="2026-06-12T16:45:00Z", change=sealed)).location
        files = [diner.client.get(f"{each}/calendar.ics").data for each in (first, second)]
        calendars = [icalendar.Calendar.from_ical(data) for data in files]
        events = [calendar.walk("VEVENT")[0] for calendar in calendars]
        assert [calendar["METHOD"] for calendar in calendars] == ["CANCEL", "PUBLISH"]
        assert events[0]["UID"] == events[1]["UID"]
        assert events[0]["SEQUENCE"] < events[1]["SEQUENCE"]


def calendar_of(data):
    """Read a calendar file as strictly as RFC 5545 has it: the calendar's properties, and its event's."""
    assert data.endswith(b"\r\n")
    lines = data[:-2].split(b"\r\n")
    assert all(len(line) <= 75 and not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line) for line in lines)
    for line in lines:
        line.decode()
    unfolded = data[:-2].replace(b"\r\n ", b"").decode().split("\r\n")
    assert (unfolded[0], unfolded[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    begin, end = unfolded.index("BEGIN:VEVENT"), unfolded.index("END:VEVENT")
    assert end == len(unfolded) - 2
    found = []
    for part in (unfolded[1:begin], unfolded[begin + 1 : end]):
        properties = {}
        for line in part:
            shape = r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)'
            name, _parameters, value = re.fullmatch(shape, line).groups()
            assert name not in properties
            properties[name] = value
        found.append(properties)
    calendar, event = found
    assert {"VERSION", "PRODID"} <= set(calendar)
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "SEQUENCE"} <= set(event)
    for name in ("DTSTAMP", "DTSTART", "DTEND", "CREATED", "LAST-MODIFIED"):
        assert re.fullmatch(r"\d{8}T\d{6}Z", event[name])
    for name in ("SUMMARY", "DESCRIPTION", "LOCATION"):
        assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,n])*", event[name])
    return calendar, event


class TestASecondTableAtTheSameTime:
    def test_a_second_form_is_asked_whether_another_is_meant(self, diner, bookings):
        diner.book()
        asked = diner.book(diner.form(party_size="2", name="amara OKAFOR", phone="07700 900999"))
        assert asked.status_code == 422
        assert "You already have a table at 5:30pm. Book another?" in asked.text
        assert "Book another table for 5:30pm" in asked.text
        assert len(bookings()) == 1

    def test_its_button_books_another_without_a_script(self, diner, bookings):
        diner.book()
        asked = inputs_of(diner.book().text)
        assert asked["another"] == "yes"
        assert diner.book(asked).status_code == 303
        assert len(bookings()) == 2

    def test_a_program_is_told_what_to_send(self, diner, bookings):
        diner.book_json(diner.form())
        form = diner.form()
        asked = diner.book_json(form)
        assert asked.status_code == 409
        assert asked.json == {
            "error": "You already have a table at 5:30pm. Send another with the value yes to book another.",
            "field": "another",
        }
        assert diner.book_json({**form, "another": True}).status_code == 201
        assert diner.book_json({**diner.form(), "another": "maybe"}).status_code == 422
        assert len(bookings()) == 2

    @pytest.mark.parametrize(
        "changes",
        [
            {"starts_at": "2026-06-12T16:45:00Z"},
            {"email": "tom@example.org"},
            {"name": "Somebody Else", "phone": "07700 900777"},
        ],
    )
    def test_another_time_or_person_is_asked_nothing(self, diner, changes):
        """Nor does a stranger learn of a table by the e-mail address alone."""
        diner.book()
        assert diner.book(diner.form(**changes)).status_code == 303

    def test_a_cancelled_table_is_none(self, diner):
        address = diner.book().location
        diner.client.post(f"{address}/cancel", data=inputs_of(diner.client.get(f"{address}/cancel").text))
        assert diner.book().status_code == 303

    def test_a_change_of_the_party_alone_is_asked_nothing(self, diner, bookings):
        sealed = read(diner.client.get(diner.book().location)).value_of("data-rezzy-booked")
        assert diner.book(diner.form(party_size="1", change=sealed)).status_code == 303
        assert [each["status"] for each in bookings()] == ["cancelled", "confirmed"]

    def test_who_holds_the_last_table_is_asked_and_not_told_of_somebody_else(self, diner):
        diner.book(diner.form(party_size="4"))
        assert "You already have a table" in diner.book().text

    @pytest.mark.both_databases
    def test_two_forms_at_once_make_one_booking(self, seeded, diner, bookings):
        forms = [diner.form(), diner.form()]
        together = Barrier(2)

        def send(form):
            client = seeded.test_client()
            together.wait()
            return client.post(f"/w/{WIDGET}/bookings", json=form).status_code

        with ThreadPoolExecutor(2) as threads:
            statuses = sorted(threads.map(send, forms))
        assert statuses == [201, 409]
        assert len(bookings()) == 1


@pytest.mark.both_databases
def test_a_booking_takes_few_statements_and_none_after_its_commit(diner, seeded):
    form = diner.form()
    diner.book(diner.form(starts_at="2026-06-13T16:30:00Z", email="other@example.org"))
    with seeded.app_context():
        engine = db.engine
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    def note_commit(_connection):
        sent.append("COMMIT")

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", note_commit)
    answer = diner.book(form, headers={"Accept": "application/json"})
    event.remove(engine, "before_cursor_execute", note)
    event.remove(engine, "commit", note_commit)

    assert answer.status_code == 201
    of_postgresql = [one for one in sent if one.startswith("SET LOCAL")]
    assert len(of_postgresql) <= 1
    assert sent[-1] == "COMMIT"
    assert len(sent) - len(of_postgresql) <= MOST_STATEMENTS


class TestAFullTime:
    """What nobody can have any more is refused from memory, and what came free is not."""

    @pytest.fixture
    def sold_out(self, diner, seeded):
        """Half past five with one party of eight in a service that takes eight; returns what books it."""
        from portal.availability.models import ServicePeriod

        with seeded.app_context():
            for period in db.session.scalars(select(ServicePeriod)):
                period.covers = 8
            db.session.commit()
        form = diner.form(party_size="8", email="first@example.org", name="First Come")
        assert diner.book_json(form).status_code == 201
        return form

    def test_is_refused_without_a_lock_once_it_is_known(self, diner, seeded, sold_out):
        assert diner.book(headers={"HX-Request": "true"}).status_code == 422
        with seeded.app_context():
            engine = db.engine
        sent = []

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        answer = diner.book(headers={"HX-Request": "true"})
        event.remove(engine, "before_cursor_execute", note)

        assert "has just been booked by someone else" in answer.text
        assert {one.split()[0] for one in sent} <= {"BEGIN", "SELECT"}

    def test_is_free_again_as_soon_as_its_party_has_cancelled(self, diner, seeded, sold_out):
        assert diner.book_json(diner.form()).status_code == 409
        with seeded.app_context():
            booking = db.session.scalars(select(Booking)).one()
            statuses.move(db.session.get(Venue, booking.venue_id), booking.id, Status.CANCELLED)
        assert diner.book_json(diner.form()).status_code == 201

    def test_leaves_the_form_that_booked_it_its_booking(self, diner, bookings, sold_out, friday_noon):
        friday_noon.shift(60)
        assert diner.book_json(diner.form()).status_code == 409
        assert diner.book_json(sold_out).status_code == 200
        assert len(bookings()) == 1

    def test_still_asks_its_own_guest_whether_another_is_meant(self, diner, sold_out):
        assert diner.book_json(diner.form()).status_code == 409
        mine = diner.form(party_size="2", email="first@example.org", name="First Come")
        assert diner.book_json(mine).json["field"] == "another"


def test_withdrawn_widget_takes_no_booking_from_whoever_has_its_form(diner, seeded):
    """The widget comes from memory; whoever deletes it moves the version by which that is known."""
    forms = [diner.form(email=f"guest{number}@example.org", name=f"Guest {number}") for number in range(3)]
    assert [diner.book_json(form).status_code for form in forms[:2]] == [201, 201]
    with seeded.app_context():
        db.session.scalars(select(Widget).where(Widget.public_id == WIDGET)).one().deleted_at = utc_now()
        db.session.commit()
    assert diner.book_json(forms[2]).status_code == 410
