"""A diner cancels a table through the widget: once, until its time comes, and everybody hears of it."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest

from portal.bookings.models import Status
from portal.bookings.rules import MoveNotAllowed
from portal.widgets.frame import bookings as own_bookings
from portal.widgets.frame.bookings import NotCancellable, may_cancel, may_change, why_closed
from tests.support.reading import read
from tests.support.tables import each_row
from tests.widgets.conftest import PORTAL, SITE, WIDGET, inputs_of

HTMX = {"HX-Request": "true"}
NOW = datetime(2026, 6, 12, 16, 30, tzinfo=UTC)
IS_CANCELLED = "This booking is cancelled"
BUTTON = "Cancel table for 5:30pm"
PHONE = "01632 960 123"


@pytest.fixture
def booked(diner):
    """The address of a confirmed booking for 5:30pm on the Friday."""
    return diner.book().location


@pytest.fixture
def moved(stored):
    """Move the only booking as somebody on the staff does: `moved("completed")`."""

    def move(status):
        from portal.bookings import statuses
        from portal.bookings.models import Booking
        from portal.venues.models import Venue
        from tests.factories import make_staff

        def work(db):
            venue = db.session.scalar(db.select(Venue))
            sam = make_staff(venue)
            statuses.move(venue, db.session.scalar(db.select(Booking.id)), Status(status), sam.id, early=True)

        stored(work)

    return move


def press(diner, address, form=None, **options):
    """Press the button of the page that asks, or send `form` in its place."""
    if form is None:
        form = inputs_of(diner.client.get(f"{address}/cancel").text)
    return diner.client.post(f"{address}/cancel", data=form, **options)


def text_of(page):
    return read(page).words


def booking_in(diary):
    """Where the only booking of a day leads."""
    addresses = {each.partition("?")[0] for each in read(diary).addresses() if each.startswith("/bookings/")}
    [address] = [each for each in addresses if each.removeprefix("/bookings/").isdigit()]
    return address


def statuses(bookings):
    return [each["status"] for each in bookings()]


def history(stored):
    def read(db):
        from portal.bookings.diary import page
        from portal.bookings.models import Booking

        first = db.session.scalar(db.select(Booking).order_by(Booking.id))
        return [(each.words, each.who) for each in page.history(first)]

    return stored(read)


@each_row("status", list(Status))
@each_row("minutes", [-1, 0, 1])
def test_table_can_be_given_up_until_its_time_while_it_stands(status, minutes):
    starts_at = NOW + timedelta(minutes=minutes)
    stands = status in {Status.CONFIRMED, Status.PENDING, Status.PENDING_PAYMENT}
    assert may_cancel(status, starts_at, NOW) is (stands and minutes > 0)
    assert may_change(status, starts_at, NOW) is (status is Status.CONFIRMED and minutes > 0)
    assert bool(why_closed(status, starts_at, NOW)) is not (
        may_cancel(status, starts_at, NOW) or status is Status.CANCELLED
    )


def test_confirmation_leads_to_both_ways_and_shows_what_would_be_cancelled(diner, booked):
    link = read(diner.client.get(booked)).link("Change or cancel booking")
    assert link == f"{booked}/change-or-cancel"
    ways = diner.client.get(link)
    assert ways.status_code == 200
    assert f'href="{booked}/change"' in ways.text
    assert f'href="{booked}/cancel"' in ways.text
    page = diner.client.get(f"{booked}/cancel")
    assert page.status_code == 200
    assert BUTTON in page.text
    assert "Fri 12 June, 5:30pm" in page.text
    assert read(page).one("template", id=read(page).value_of("data-rezzy-unsure"))


def test_looking_cancels_nothing(diner, booked, bookings):
    for page in ("/change-or-cancel", "/cancel"):
        diner.client.get(f"{booked}{page}")
        diner.client.head(f"{booked}{page}")
    assert statuses(bookings) == ["confirmed"]


def test_pages_say_no_more_of_the_diner_than_the_confirmation(diner, booked):
    pages = [diner.client.get(f"{booked}{page}").text for page in ("/change-or-cancel", "/cancel")]
    pages.append(press(diner, booked, follow_redirects=True).text)
    for page in pages:
        assert not re.search(r"Amara|Okafor|example\.org|900461", page)


def test_pressed_button_cancels_and_says_so(diner, booked, bookings):
    answer = press(diner, booked)
    assert answer.status_code == 303
    page = diner.client.get(answer.location)
    assert page.status_code == 200
    assert read(page).one("title").words.startswith("Booking cancelled")
    said = text_of(page)
    reference = re.search(r"Booking (\w+-\w{5}) , Fri 12 June, 5:30pm", said)
    assert reference, said
    assert IS_CANCELLED in said
    assert "Book another table" in said
    assert PHONE in said
    assert statuses(bookings) == ["cancelled"]


def test_htmx_gets_the_end_as_a_fragment_that_the_page_around_forgets_by(diner, booked):
    answer = press(diner, booked, headers=HTMX)
    assert answer.status_code == 200
    page = read(answer)
    [root] = page.elements
    assert (root.attributes["id"], root.attributes["data-rezzy-booked"]) == ("_cancelled", "")
    title = page.one(id="widget-title")
    assert (title.words, title.attributes["tabindex"]) == ("Booking cancelled", "-1")


def test_pressed_twice_is_cancelled_once(diner, booked, bookings, stored):
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    assert press(diner, booked, form).status_code == 303
    for again in (form, {}, {"form_token": "nonsense"}):
        answer = press(diner, booked, again)
        assert answer.status_code == 200
        assert IS_CANCELLED in answer.text
    for page in ("", "/change-or-cancel", "/cancel"):
        assert IS_CANCELLED in diner.client.get(f"{booked}{page}").text
    assert statuses(bookings) == ["cancelled"]
    assert [change[:2] for change in history(stored)] == [
        ("Booked", "The guest"),
        ("Cancelled by the guest, online", "The guest"),
    ]


@pytest.mark.both_databases
def test_freed_places_are_on_offer_at_once(diner, booked):
    form = diner.form(email="b@example.org")
    assert diner.book_json(form).status_code == 201
    assert "17:30" not in str(diner.slots().json["slots"])
    assert press(diner, booked).status_code == 303
    assert "17:30" in str(diner.slots().json["slots"])
    assert diner.book_json(diner.form(email="c@example.org")).status_code == 201


def test_page_around_the_frame_brings_it_up_no_more(diner):
    answer = diner.book(diner.form(show="2026-06-12T18:30:00Z"), headers=HTMX)
    sealed = read(answer).value_of("data-rezzy-booked")
    asked = {"show": "2026-06-12T18:30:00Z", "booked": sealed}
    card = diner.client.get(f"/w/{WIDGET}", query_string=asked)
    own = read(card).link("Change or cancel booking").removesuffix("/change-or-cancel")
    assert "Change or cancel booking" in text_of(card)
    press(diner, own)
    assert "You have a table" not in diner.client.get(f"/w/{WIDGET}", query_string=asked).text


def test_nothing_is_ever_sent_to_spektrix_for_it(diner, booked, stored, moved, recording_queue):
    from portal.outbox.models import Kind, OutboxEntry

    press(diner, booked)
    kinds = stored(lambda db: db.session.scalars(db.select(OutboxEntry.kind)).all())
    assert Kind.WRITE_BACK not in kinds
    assert "write_back" not in [job for job, _ in recording_queue.calls]


def test_staff_see_that_the_guest_cancelled_online(diner, booked, manager):
    press(diner, booked)
    diary = manager.get("/diary?date=2026-06-12")
    assert "Cancelled" in text_of(diary)
    assert "Cancelled by the guest, online" in text_of(manager.get(booking_in(diary)))


@pytest.mark.both_databases
@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_what_the_staff_have_closed_stays_with_a_reason_and_the_phone(diner, booked, bookings, moved, status):
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    moved(status)
    said = {
        "completed": "The restaurant has marked this visit as completed.",
        "no_show": "The restaurant has marked this booking as not used.",
    }[status]
    for answer in (
        press(diner, booked, form),
        press(diner, booked, form, headers=HTMX),
        diner.client.get(f"{booked}/cancel"),
        diner.client.get(f"{booked}/change-or-cancel"),
    ):
        assert answer.status_code == 409
        assert said in text_of(answer)
        assert PHONE in answer.text
        assert BUTTON not in answer.text
        assert answer.headers["HX-Retarget"] == "#main"
    assert statuses(bookings) == [status]


def test_time_of_the_table_ends_it(diner, booked, bookings, friday_noon):
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    friday_noon.move_to(datetime(2026, 6, 12, 16, 30, tzinfo=UTC))
    answer = press(diner, booked, form)
    assert answer.status_code == 409
    assert "The time of this booking has passed." in answer.text
    assert PHONE in answer.text
    assert "Change or cancel booking" not in diner.client.get(booked).text
    assert statuses(bookings) == ["confirmed"]


def test_cancelled_stays_cancelled_when_its_time_has_passed(diner, booked, friday_noon):
    press(diner, booked)
    friday_noon.shift(7 * 24 * 60 * 60)
    answer = press(diner, booked, {})
    assert answer.status_code == 200
    assert IS_CANCELLED in answer.text
    again = read(answer).link("Book another table")
    assert "date=" not in again


@pytest.mark.parametrize(
    ("quicker", "why"),
    [(Status.COMPLETED, "as completed"), (Status.NO_SHOW, "as not used"), (Status.CANCELLED, "")],
)
def test_whoever_was_quicker_has_it(monkeypatch, quicker, why):
    def move(*_arguments, **_options):
        raise MoveNotAllowed(quicker, Status.CANCELLED)

    monkeypatch.setattr(own_bookings.statuses, "move", move)
    published = SimpleNamespace(venue=None)
    starts_at = NOW + timedelta(minutes=1)
    booking = SimpleNamespace(id=1, status=Status.CONFIRMED, starts_at=starts_at, seated_at=None)
    with pytest.raises(NotCancellable, match=why) if why else nullcontext():
        own_bookings.cancel(published, booking, NOW)


def test_staff_hear_that_the_diner_was_quicker(diner, booked, bookings, manager):
    address = booking_in(manager.get("/diary?date=2026-06-12"))
    press(diner, booked)
    answer = manager.post(f"{address}/complete", headers=HTMX)
    assert answer.status_code == 422
    assert "Cancelled" in text_of(answer)
    assert statuses(bookings) == ["cancelled"]


@pytest.mark.both_databases
def test_of_diner_and_staff_at_the_same_moment_exactly_one_wins(diner, booked, bookings, manager, stored):
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    number = stored(lambda db: db.session.scalar(db.text("SELECT id FROM bookings")))
    ready = Barrier(2)

    def at_once(client, address, data):
        ready.wait(10)
        return client.post(address, data=data, headers=HTMX)

    with ThreadPoolExecutor(2) as both:
        diners = both.submit(at_once, diner.client, f"{booked}/cancel", form)
        staffs = both.submit(at_once, manager, f"/bookings/{number}/complete", {"early": "yes"})
        theirs, ours = diners.result(), staffs.result()
    if statuses(bookings) == ["cancelled"]:
        assert (theirs.status_code, ours.status_code) == (200, 422)
        assert IS_CANCELLED in theirs.text
    else:
        assert (theirs.status_code, ours.status_code) == (409, 200)
        assert "marked this visit as completed" in theirs.text
    assert len(history(stored)) == 2


def test_page_that_was_open_for_too_long_asks_once_more(diner, booked, bookings, friday_noon):
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    friday_noon.shift(2 * 60 * 60 + 1)
    late = press(diner, booked, form)
    assert late.status_code == 422
    assert "more than two hours" in late.text
    assert statuses(bookings) == ["confirmed"]
    assert press(diner, booked, inputs_of(late.text)).status_code == 303


@pytest.mark.parametrize("token", [None, "", "nonsense", "x" * 5000, "é", "\0"])
def test_button_of_another_page_cancels_nothing(diner, booked, bookings, token):
    answer = press(diner, booked, {"form_token": token} if token is not None else {"other": "1"})
    assert answer.status_code == 422
    assert "Nothing was cancelled" in answer.text
    assert BUTTON in answer.text
    assert statuses(bookings) == ["confirmed"]


def test_button_is_good_for_its_own_booking_alone(diner, booked, bookings):
    other = diner.book(diner.form(email="b@example.org")).location
    assert press(diner, booked, inputs_of(diner.client.get(f"{other}/cancel").text)).status_code == 422
    assert press(diner, booked, {"form_token": diner.form()["form_token"]}).status_code == 422
    booking_form = diner.form(email="c@example.org")
    booking_form["form_token"] = inputs_of(diner.client.get(f"{other}/cancel").text)["form_token"]
    assert diner.book(booking_form).status_code == 422
    assert statuses(bookings) == ["confirmed", "confirmed"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_websites_script_cancels_nothing(diner, booked, bookings, headers):
    """X21."""
    assert press(diner, booked, headers=headers).status_code == 403
    assert statuses(bookings) == ["confirmed"]


@pytest.mark.parametrize("origin", [PORTAL, f"http://{SITE}"])
def test_frame_needs_no_cookie(diner, booked, origin):
    answer = press(diner, booked, headers={"Origin": origin, **HTMX})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.both_databases
@pytest.mark.parametrize("page", ["change-or-cancel", "cancel"])
@pytest.mark.parametrize("token", ["nobody", "x" * 200, "é", "%00", "' OR 1=1"])
def test_unknown_booking_is_a_plain_sentence(diner, page, token):
    answer = diner.client.get(f"/w/{WIDGET}/bookings/{token}/{page}")
    assert answer.status_code == 404
    assert "There is no booking at this address." in answer.text
    assert diner.client.post(f"/w/{WIDGET}/bookings/{token}/cancel", data={}).status_code == 404


def test_widget_of_another_venue_does_not_know_it(diner, booked, bookings, seeded):
    from tests.factories import make_venue, make_widget

    with seeded.app_context():
        make_widget(make_venue("The Other Room"), public_id="w_other")
    foreign = booked.replace(WIDGET, "w_other")
    for page in ("change-or-cancel", "cancel"):
        assert diner.client.get(f"{foreign}/{page}").status_code == 404
    form = inputs_of(diner.client.get(f"{booked}/cancel").text)
    assert diner.client.post(f"{foreign}/cancel", data=form).status_code == 404
    assert statuses(bookings) == ["confirmed"]


def test_busy_day_cancels_nothing_and_says_when_to_try_again(diner, booked, monkeypatch):
    from portal.availability.locks import BusyNow

    def busy(*_arguments, **_options):
        raise BusyNow

    monkeypatch.setattr(own_bookings.statuses, "move", busy)
    answer = press(diner, booked, headers=HTMX)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["HX-Retarget"] == "#main"
    assert BUTTON in answer.text


def test_calendar_file_leads_to_both_ways(diner, booked):
    lines = diner.client.get(f"{booked}/calendar.ics").data.replace(b"\r\n ", b"").decode()
    address = f"{diner.client.application.extensions['settings'].portal_url}{booked}/change-or-cancel"
    assert f"Change or cancel booking: {address}\\n" in lines


def test_earlier_table_of_a_change_was_cancelled_by_the_guest(diner, stored):
    answer = diner.book(headers=HTMX)
    sealed = read(answer).value_of("data-rezzy-booked")
    later = diner.form(starts_at="2026-06-12T16:45:00Z", change=sealed)
    assert "Your table at 5:30pm is cancelled." in diner.book(later, headers=HTMX).text
    assert history(stored)[-1] == ("Cancelled by the guest, online", "The guest")


@pytest.mark.settings(rate_limits=True)
class TestRateLimits:
    def test_many_tries_from_one_address_are_slowed_down(self, diner, booked):
        tries = [press(diner, booked, {"form_token": ""}, headers=HTMX) for _ in range(21)]
        assert [each.status_code for each in tries] == [422] * 20 + [429]
        assert "too many tries to cancel" in tries[-1].text
        assert tries[-1].headers["HX-Retarget"] == "#main"
        diner.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        assert press(diner, booked).status_code == 303
