"""Addresses that lead to a booking page, those that no longer do, and what a page hands back of a booking."""

from types import SimpleNamespace

import pytest

from tests.support.reading import read
from tests.widgets.conftest import HALF_PAST_FIVE, NOON, SHOW, SITE, WIDGET

QUARTER_TO_SIX = "2026-06-12T16:45:00Z"
HTMX = {"HX-Request": "true"}


def change(stored, model, **values):
    def run(db):
        import portal.venues.models
        import portal.widgets.models

        found = getattr(portal.widgets.models, model, None) or getattr(portal.venues.models, model)
        db.session.execute(db.update(found).values(**values))

    stored(run)


@pytest.fixture
def slug(stored):
    change(stored, "Venue", slug="the-green-room")
    return "/book/the-green-room"


def policy(answer):
    lines = dict(line.split(" ", 1) for line in answer.headers["Content-Security-Policy"].split("; "))
    return lines["frame-ancestors"]


def test_venues_own_page_takes_no_field_twice(diner, slug):
    assert diner.client.get(f"{slug}?party=2&party=3").status_code == 400


def test_venue_has_a_booking_page_of_its_own(diner, slug):
    page = diner.client.get(slug, query_string={"date": "2026-06-13", "party": "4"})
    assert page.status_code == 200
    assert "Times for Saturday 13 June" in page.text
    assert f"/w/{WIDGET}/details" in [form.attributes["action"] for form in read(page).all("form")]
    assert diner.client.get(slug.upper().replace("/BOOK", "/book")).status_code == 200
    assert "Set-Cookie" not in page.headers


def test_booking_page_leaves_wrong_values_out(diner, slug):
    asked = {"date": "soon", "party": "-1", "performance": "'", "booked": "x", "change": "y", "show": "z"}
    assert "Times for Friday 12 June" in diner.client.get(slug, query_string=asked).text


def test_booking_page_is_the_oldest_widget_that_is_not_deleted(diner, seeded, slug, stored):
    from tests.factories import make_widget

    def venue(db):
        from portal.venues.models import Venue

        return db.session.scalar(db.select(Venue.id))

    with seeded.app_context():
        make_widget(SimpleNamespace(id=stored(venue)), public_id="w_second", sites=[])
    assert f"/w/{WIDGET}/details" in diner.client.get(slug).text

    def delete(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).where(Widget.public_id == WIDGET).values(deleted_at=NOON))

    stored(delete)
    assert "/w/w_second/details" in diner.client.get(slug).text


@pytest.mark.parametrize("slug", ["nobody", "'", "%00", "é", "x" * 500])
def test_unknown_venue_is_a_sentence(diner, slug):
    answer = diner.client.get(f"/book/{slug}")
    assert answer.status_code == 404
    assert "There is no booking page at this address." in answer.text


def test_venue_without_a_widget_names_its_telephone(diner, slug, stored):
    change(stored, "Widget", deleted_at=NOON)
    answer = diner.client.get(slug)
    assert answer.status_code == 410
    assert "Call 01632 960 123" in answer.text


@pytest.mark.parametrize("rest", ["", "/slots?date=2026-06-12&party=2", "/details?starts_at=x"])
def test_deleted_widget_says_so_on_its_websites_with_the_telephone(diner, stored, rest):
    change(stored, "Widget", deleted_at=NOON)
    answer = diner.client.get(f"/w/{WIDGET}{rest}")
    assert answer.status_code == 410
    assert "This restaurant no longer takes bookings on this page." in answer.text
    assert "Call 01632 960 123" in answer.text
    assert "See the times" not in answer.text
    assert f"http://{SITE}" in policy(answer)


def test_deleted_widget_books_nothing_and_gives_no_settings(diner, stored, bookings):
    form = diner.form()
    change(stored, "Widget", deleted_at=NOON)
    assert diner.book_json(form).status_code == 410
    assert bookings() == []
    answer = diner.client.get(f"/w/{WIDGET}/config", headers={"Origin": f"http://{SITE}"})
    assert answer.status_code == 410
    assert "basket_url" not in answer.text


def test_unknown_widget_says_so_in_whatever_page_names_it(diner):
    answer = diner.client.get("/w/w_nobody")
    assert answer.status_code == 404
    assert "There is no booking page at this address." in answer.text
    assert policy(answer) == "*"
    assert read(answer).all("form") == []


def placed(diner, **changes):
    """Book as the frame does, and return the sealed text that its page is told."""
    answer = diner.book(diner.form(**changes), headers=HTMX)
    assert answer.status_code == 200, answer.text
    return read(answer).value_of("data-rezzy-booked")


def again(diner, sealed, **asked):
    return diner.read(**{"show": SHOW, "booked": sealed, **asked})


def test_booking_for_this_show_stands_in_place_of_times(diner):
    page = again(diner, placed(diner, show=SHOW))
    assert "You have a table at 5:30pm" in page.words
    assert "Amara" not in page.words
    assert page.all(name="starts_at") == []
    assert page.link("Change or cancel booking")


@pytest.mark.parametrize("other", [{"show": "2026-06-13T18:30:00Z"}, {"show": ""}])
def test_booking_for_another_show_is_not_brought_up(diner, other):
    assert "You have a table" not in again(diner, placed(diner, show=SHOW), **other).words


def test_booking_that_is_cancelled_or_over_is_not_brought_up(diner, stored, friday_noon):
    sealed = placed(diner, show=SHOW)
    friday_noon.shift(8 * 60 * 60)
    assert "You have a table" not in again(diner, sealed).words
    friday_noon.shift(-8 * 60 * 60)

    def cancel(db):
        from portal.bookings.models import Booking

        db.session.execute(db.update(Booking).values(status="cancelled"))

    assert "You have a table" in again(diner, sealed).words
    stored(cancel)
    assert "You have a table" not in again(diner, sealed).words


@pytest.mark.parametrize("sealed", ["x", "gAAAAAB" + "x" * 200, "é", "x" * 5000, "\0"])
def test_sealed_text_that_is_not_ours_is_nothing(diner, sealed):
    page = again(diner, sealed).words
    assert "You have a table" not in page
    assert "Curtain up" in page


def test_sealed_text_of_another_widget_is_nothing(diner, seeded):
    from portal.widgets.frame import bookings

    class Booking:
        public_token = "t"

    with seeded.app_context():
        sealed = bookings.seal("w_other", Booking)
        assert bookings.unseal("w_other", sealed) == "t"
        assert bookings.unseal(WIDGET, sealed) is None


def test_change_gives_the_earlier_table_back(diner, bookings):
    sealed = placed(diner, show=SHOW)
    form = diner.form(show=SHOW, starts_at=QUARTER_TO_SIX, change=sealed, email="AMARA.okafor@example.org")
    answer = diner.book(form, headers=HTMX)
    assert "Your table at 5:30pm is cancelled." in answer.text
    assert [each["status"] for each in bookings()] == ["cancelled", "confirmed"]
    assert diner.book(form, headers=HTMX).status_code == 200
    assert [each["status"] for each in bookings()] == ["cancelled", "confirmed"]


def test_change_by_somebody_else_leaves_the_earlier_table(diner, bookings):
    sealed = placed(diner, show=SHOW)
    answer = diner.book(
        diner.form(starts_at=QUARTER_TO_SIX, change=sealed, email="tom@example.org"), headers=HTMX
    )
    assert "is cancelled" not in answer.text
    assert [each["status"] for each in bookings()] == ["confirmed", "confirmed"]


def test_change_is_carried_from_screen_to_screen(diner):
    sealed = placed(diner, show=SHOW)
    for page in (
        diner.read(show=SHOW, change=sealed),
        read(diner.details_page(starts_at=HALF_PAST_FIVE, change=sealed)),
    ):
        hidden = page.all("input", type="hidden", name="change")
        assert hidden
        assert {each.attributes["value"] for each in hidden} == {sealed}


def test_confirmation_leads_to_changing_until_the_table_is_taken(diner, friday_noon):
    location = diner.book(diner.form(show=SHOW)).location
    links = read(diner.client.get(f"{location}/change-or-cancel")).all("a")
    [address] = [each.attributes["href"] for each in links if each.attributes["href"].endswith("/change")]
    assert "Curtain up 7:30pm" in diner.client.get(address).text
    friday_noon.shift(8 * 60 * 60)
    assert "change-or-cancel" not in diner.client.get(location).text
    assert address not in diner.client.get(f"{location}/change-or-cancel").text
