"""Where the widget has no table it offers an email: offer, form, answer, and the page that stops it."""

from datetime import timedelta

import pytest

from portal.widgets.public import limits
from tests.people import AMARA
from tests.support.apps import change_settings
from tests.support.reading import read as read_page
from tests.widgets.conftest import NOON, SHOW, SITE, WIDGET, inputs_of

OFFER = "Email me if a table comes free"
FRIDAY = {"date": "2026-06-12", "party": "4"}
ADDRESS = AMARA.email
HTMX = {"HX-Request": "true"}


pytestmark = pytest.mark.usefixtures("mail_folder")


@pytest.fixture
def seeded(app, recording_queue):
    """Two sittings a day for four guests at once, the first one before the show."""
    from datetime import time

    from portal.availability.models import ServicePeriod
    from portal.extensions import db
    from tests.factories import make_venue, make_widget

    with app.app_context():
        venue = make_venue(covers=4)
        two = {"opens": time(17), "last_seating": time(22), "slot_minutes": 300}
        db.session.execute(db.update(ServicePeriod).values(**two))
        db.session.commit()
        make_widget(venue, public_id=WIDGET, sites=[SITE])
    return app


@pytest.fixture
def taken(stored):
    """Seat four guests: `taken(17, 22)` leaves nothing on the Friday."""

    def seat(*hours):
        from portal.venues.models import Venue
        from tests.factories import local, make_booking

        def rows(db):
            venue = db.session.scalar(db.select(Venue))
            for hour in hours:
                starts_at = local(venue, NOON.date(), hour)
                make_booking(venue, starts_at=starts_at, party_size=4, email=f"{hour}@example.org")

        stored(rows)

    return seat


@pytest.fixture
def waiting(stored):
    """Who waits, as plain values."""

    def read():
        from portal.bookings.models import WaitingRequest

        def values(db):
            rows = db.session.scalars(db.select(WaitingRequest).order_by(WaitingRequest.id)).all()
            return [(row.wanted_on.isoformat(), row.party_size, row.before_at, row.email) for row in rows]

        return stored(values)

    return read


@pytest.fixture
def read(diner):
    def page(path="", **asked):
        answer = diner.client.get(f"/w/{WIDGET}{path}", query_string=asked)
        return answer.status_code, read_page(answer)

    return page


@pytest.fixture
def send(diner):
    """Fill in the form for a wish and send it: `send(email="…", **changes of hidden fields)`."""

    def post(asked=FRIDAY, headers=None, **changes):
        page = diner.client.get(f"/w/{WIDGET}/waiting", query_string=asked)
        filled = {**inputs_of(page.text), "email": ADDRESS, **changes}
        body = {name: value for name, value in filled.items() if value is not None}
        return diner.client.post(f"/w/{WIDGET}/waiting/requests", data=body, headers=headers)

    return post


def offered(page):
    """What the offer of an email says, and where it leads."""
    [offer] = [link for link in page.all("a") if link.words.startswith(OFFER)]
    return offer.words, offer.attributes["href"]


def test_a_day_without_a_table_offers_an_email_beside_the_other_ways_on(read, taken, diner):
    taken(17, 22)
    _, page = read(**FRIDAY)
    text = page.words
    assert text.index("Sat 13 June") < text.index(OFFER) < text.index("Call 01632")
    words, address = offered(page)
    assert words == f"{OFFER} 4 guests, Fri 12 June"
    form = diner.client.get(address)
    assert form.status_code == 200
    assert "We keep your email address and this request until Fri 12 June is over" in form.text


def test_none_before_the_show_offers_an_email_for_before_the_show(read, taken, send, waiting):
    taken(17)
    _, page = read(**FRIDAY, show=SHOW)
    assert "No tables for 4 before the show" in page.words
    words, address = offered(page)
    assert words == f"{OFFER} 4 guests, Fri 12 June, before the show"
    assert f"show={SHOW}" in address
    send({**FRIDAY, "show": SHOW})
    ((_, _, before_at, _),) = waiting()
    assert before_at.strftime("%Y-%m-%dT%H:%M:%SZ") == SHOW


def test_a_show_before_which_nobody_serves_is_no_condition(read, taken):
    """The first table is at five, which leaves no hour for a curtain at half past five."""
    taken(17, 22)
    _, page = read(**FRIDAY, show="2026-06-12T16:30:00Z")
    assert offered(page)[0] == f"{OFFER} 4 guests, Fri 12 June"


def test_where_later_tables_are_free_only_one_before_the_show_is_waited_for(read, taken):
    taken(17)
    assert OFFER not in read(**FRIDAY, show="2026-06-12T16:30:00Z")[1].words


def test_a_time_just_gone_with_nothing_left_offers_an_email_and_keeps_what_was_typed(diner, taken):
    form = diner.form(starts_at="2026-06-12T16:00:00Z", party_size="4", note="Window, if you can")
    taken(17, 22)
    answer = diner.book(form)
    assert answer.status_code == 422
    assert "5:00pm has just been booked by someone else" in answer.text
    buttons = read_page(answer).all("button", type="submit")
    [address] = [button.attributes["formaction"] for button in buttons if button.words.startswith(OFFER)]
    kept = {name: value for name, value in inputs_of(answer.text).items() if value}
    page = diner.client.post(address, data=kept)
    assert page.status_code == 200
    shown = inputs_of(page.text)
    assert (shown["email"], shown["name"], shown["note"]) == (ADDRESS, "Amara Okafor", "Window, if you can")
    assert "Amara" not in address


def test_nothing_is_offered_where_no_email_could_help(read):
    assert OFFER not in read(date="2026-06-12", party="2")[1].words, "a table is free"
    assert OFFER not in read(date="2026-06-12", party="9")[1].words, "more guests than can book here"
    assert OFFER not in read(date="2027-06-12", party="4")[1].words, "beyond the days ahead"


def test_nothing_is_offered_on_a_day_whose_last_table_would_be_past(read, taken, friday_noon):
    taken(17, 22)
    friday_noon.move_to(NOON + timedelta(hours=10))
    assert OFFER not in read(**FRIDAY)[1].words


def test_nothing_is_offered_on_a_closed_day(read, stored):
    from portal.availability.models import ServicePeriod

    stored(lambda db: db.session.execute(db.update(ServicePeriod).values(weekdays=0b1101111)))
    assert OFFER not in read(**FRIDAY)[1].words


def test_nothing_is_offered_where_no_mail_leaves_and_the_form_says_so(app, read, taken, send, waiting, diner):
    taken(17, 22)
    change_settings(app, mail_url="")
    assert OFFER not in read(**FRIDAY)[1].words
    status, page = read("/waiting", **FRIDAY)
    assert status == 409
    assert "We cannot send emails about free tables right now" in page.words
    assert diner.client.post(f"/w/{WIDGET}/waiting/requests", data=FRIDAY).status_code == 409
    assert waiting() == []


def test_sending_the_form_keeps_the_wish_and_says_what_happens(send, waiting, diner):
    answer = send()
    assert answer.status_code == 303
    assert ADDRESS not in answer.location
    assert "Set-Cookie" not in answer.headers
    assert waiting() == [("2026-06-12", 4, None, ADDRESS)]
    text = diner.client.get(answer.location).text
    for words in (
        "We will email you if a table comes free",
        "Nothing is booked yet",
        "a link to stop further emails",
    ):
        assert words in text


def test_who_is_on_the_list_already_gets_the_same_answer(send, waiting):
    first, second = send(headers=HTMX), send(headers=HTMX)
    assert read_page(first).elements[0].attributes["id"] == "_waits"
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert len(waiting()) == 1


REFUSED = [
    ({"email": ""}, "Enter an email address with an @, like name@example.com"),
    ({"email": "amara"}, "Enter an email address with an @"),
    ({"email": "a@b.org\r\nBcc: c@d.org"}, "hidden character"),
    ({"email": "jürgen@example.org"}, "no accents before the @"),
    ({"email": "a" * 300 + "@example.org"}, "Enter an email address with an @"),
    ({"website": "https://spam.example"}, "Website must stay empty"),
    ({"form_token": "made-up"}, "This form does not belong to this booking page"),
    ({"form_token": None}, "This form does not belong to this booking page"),
    ({"date": "2026-02-30"}, "Date must be a real date"),
    ({"date": None}, "Date must be a real date"),
    ({"date": "2026-06-11"}, "Date must be today or later"),
    ({"date": "2027-06-12"}, "or earlier"),
    ({"party": "nine"}, "Guests must be a whole number"),
    ({"party": "9"}, "Guests must be 8 or fewer"),
    ({"party": "5"}, "No table for 5 guests can come free on Fri 12 June"),
    ({"show": "tonight"}, "Show must be a date and time"),
]


def test_what_cannot_be_used_is_refused_in_a_sentence(send, waiting, subtests):
    for changes, words in REFUSED:
        with subtests.test(changes=changes):
            answer = send(**changes)
            assert answer.status_code == 422
            assert words in answer.text
    assert waiting() == []


def test_a_refused_form_keeps_what_was_typed(send):
    shown = inputs_of(send({**FRIDAY, "show": SHOW}, email="amara.example.org").text)
    assert (shown["email"], shown["date"], shown["party"]) == ("amara.example.org", "2026-06-12", "4")
    assert shown["show"] == SHOW


def test_a_form_that_was_open_for_too_long_goes_on_with_a_fresh_token(send, diner, friday_noon, waiting):
    form = inputs_of(diner.client.get(f"/w/{WIDGET}/waiting", query_string=FRIDAY).text)
    friday_noon.move_to(NOON + timedelta(hours=2, minutes=1))
    answer = diner.client.post(f"/w/{WIDGET}/waiting/requests", data={**form, "email": ADDRESS})
    assert answer.status_code == 422
    assert "open for more than two hours" in answer.text
    again = inputs_of(answer.text)
    assert again["email"] == ADDRESS
    assert diner.client.post(f"/w/{WIDGET}/waiting/requests", data=again).status_code == 303


def test_the_token_of_a_booking_form_does_not_serve(send, diner):
    assert send(form_token=diner.form()["form_token"]).status_code == 422


def test_other_bodies_than_a_form_are_refused(diner, waiting):
    answer = diner.client.post(f"/w/{WIDGET}/waiting/requests", json={"email": ADDRESS, **FRIDAY})
    assert answer.status_code == 415
    assert answer.json["error"] == "The request must be sent as a form, so nothing was saved."
    assert waiting() == []


def test_another_websites_script_is_refused(send, waiting):
    assert send(headers={"Origin": "https://evil.example"}).status_code == 403
    assert send(headers={"Origin": f"http://{SITE}"}).status_code == 303
    assert len(waiting()) == 1


def test_a_deleted_widget_takes_no_wishes(send, stored, diner):
    from portal.widgets.models import Widget

    stored(lambda db: db.session.execute(db.update(Widget).values(deleted_at=NOON)))
    assert diner.client.get(f"/w/{WIDGET}/waiting", query_string=FRIDAY).status_code == 410
    assert diner.client.post(f"/w/{WIDGET}/waiting/requests", data=FRIDAY).status_code == 410


@pytest.fixture
def stop_link(send, stored):
    from portal.bookings.models import WaitingRequest

    send()
    return f"/waiting/{stored(lambda db: db.session.scalar(db.select(WaitingRequest.public_token)))}"


def test_looking_at_the_stop_link_stops_nothing(stop_link, diner, waiting):
    page = diner.client.get(stop_link)
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Stop the emails" in page.text
    assert "The Green Room" in page.text
    assert ADDRESS not in page.text
    assert waiting()[0][3] == ADDRESS


def test_pressing_the_button_stops_the_emails_and_forgets_the_address(stop_link, diner, waiting):
    for _ in range(2):
        answer = diner.client.post(stop_link)
        assert answer.status_code == 200
        assert "The emails are stopped" in answer.text
    assert waiting()[0][3] == ""
    assert "The emails are stopped" in diner.client.get(stop_link).text


def test_an_unknown_stop_link_gets_the_same_plain_page(diner, subtests):
    for token in ("made-up", "%00", "a" * 2000, "ü"):
        for method in ("GET", "POST"):
            with subtests.test(token=token[:10], method=method):
                answer = diner.client.open(f"/waiting/{token}", method=method)
                assert answer.status_code == 404
                assert "There is nothing to stop here" in answer.text
                assert "Part of the link is missing" in answer.text


def test_a_stop_link_whose_address_is_gone_says_so(diner, stop_link, stored):
    from portal.bookings.models import WaitingRequest

    stored(lambda db: db.session.execute(db.delete(WaitingRequest)))
    assert "We have already deleted your address" in diner.client.get(stop_link).text
    assert "Part of the link is missing" in diner.client.get(stop_link[:-1]).text


@pytest.mark.settings(rate_limits=True)
class TestLimits:
    def test_an_address_is_put_down_six_times_an_hour(self, send):
        answers = [send(email=ADDRESS.title()).status_code for _ in range(7)]
        assert answers == [303] * 6 + [429]
        refused = send(email=ADDRESS)
        assert "There were too many requests for emails" in refused.text
        assert send(email="tom@example.org").status_code == 303

    def test_thirty_people_may_ask_behind_one_address(self, send):
        answers = [send(email=f"{number}@example.org").status_code for number in range(30)]
        assert answers == [303] * 30

    def test_one_address_asks_for_a_bounded_number_of_emails(self, send, use_up):
        use_up("public.wait", limits.MADE, left=1)
        assert [send(email=f"{number}@example.org").status_code for number in range(2)] == [303, 429]

    def test_what_is_refused_for_one_address_stops_nobody_else(self, send, diner):
        answers = [send(email="nonsense").status_code for _ in range(21)]
        assert answers == [422] * 20 + [429]
        diner.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        assert send().status_code == 303
