"""Widgets as the venue's people see them; managers change them."""

import pytest

from tests.support.reading import read, read_html
from tests.support.tables import each_row
from tests.widgets.conftest import GOOD, WIDGET


@pytest.fixture
def widget(stored):
    """The demo widget as it is stored now."""

    def read():
        from portal.widgets.models import Widget

        def values(db):
            row = db.session.scalar(db.select(Widget).where(Widget.public_id == WIDGET))
            return row.name, str(row.integration), row.sites, row.largest_party, row.days_ahead

        return stored(values)

    return read


def test_list_shows_each_widget_with_its_integration(manager):
    page = manager.get("/widgets").text
    assert "Booking page widget" in page
    assert "localhost:8702" in page


def test_booking_page_has_its_address_to_open_and_copy_on_the_list_and_on_the_widget(manager):
    for address in ("/widgets", f"/widgets/{WIDGET}"):
        card = read(manager.get(address)).one(id="booking-page")
        link = card.link("Open")
        assert "/book/" in link
        assert card.one("button", data_copy=link)
        assert manager.get(link).status_code == 200
    assert "/book/" in read(manager.get("/settings/online")).link("Open your booking page")


def test_second_widget_shows_its_own_page_and_not_the_first_ones(manager):
    edit = manager.post("/widgets", data={"name": "Bar page"}).location
    link = read(manager.get(edit)).one(id="booking-page").link("Open")
    assert link.endswith(edit.replace("/widgets/", "/w/"))


def test_list_says_when_a_widget_was_last_booked_through(manager, stored):
    from datetime import timedelta

    from portal import clock
    from portal.bookings.models import Submission
    from portal.venues.models import Venue
    from tests.factories import make_booking

    assert "Last booking" not in read(manager.get("/widgets")).words

    def book(db):
        booking = make_booking(db.session.scalar(db.select(Venue)))
        at = clock.utc_now() - timedelta(hours=5)
        db.session.add(Submission(scope=WIDGET, key="k", body_hash="h", booking_id=booking.id, created_at=at))
        db.session.commit()

    stored(book)
    words = read(manager.get("/widgets")).words
    assert "Not opened on a website yet. Last booking 5 hours ago" in words


def test_limits_say_that_those_of_online_booking_count_too(manager, stored):
    from portal.availability.models import OnlineRules
    from portal.venues.models import Venue

    assert "Online booking allows" not in read(manager.get(f"/widgets/{WIDGET}")).words

    def limit(db):
        venue = db.session.scalar(db.select(Venue))
        db.session.merge(OnlineRules(venue_id=venue.id, notice_minutes=0, largest_online=6, horizon_days=30))
        db.session.commit()

    stored(limit)
    said = read(manager.get(f"/widgets/{WIDGET}")).words
    assert "Online booking allows up to 6 guests and up to 30 days ahead. The smaller number counts." in said


def test_settings_are_shown_as_they_are(manager):
    page = read(manager.get(f"/widgets/{WIDGET}"))
    assert page.typed("sites") == "localhost:8702\nwww.harbourplayhouse.example"
    assert page.typed("largest_party") == "8"
    assert "Allowed on 2 websites" in page.words


def test_new_widget_runs_nowhere_and_without_a_connection_starts_on_none(manager, seeded, stored):
    from portal.integration.connection.models import Integration

    stored(lambda db: db.session.execute(db.delete(Integration)))
    answer = manager.post("/widgets", data={"name": "Bar page"})
    assert answer.status_code == 303
    page = manager.get(answer.location).text
    assert "Allowed on no website yet" in page
    public_id = answer.location.rsplit("/", 1)[1]
    assert seeded.test_client().get(f"/w/{public_id}/config").json["spektrix"] is False


def test_new_widget_starts_with_the_connection_that_is_set_up(manager, stored):
    from portal.widgets.models import Widget

    manager.post("/widgets", data={"name": "Bar page"})
    newest = stored(lambda db: db.session.scalar(db.select(Widget.integration).order_by(Widget.id.desc())))
    assert newest == "spektrix"


def test_websites_come_first_and_are_required(manager):
    page = read(manager.get(f"/widgets/{WIDGET}")).one("form", id="settings-form")
    fields = [label.words for label in page.all("label")]
    assert fields[0] == "Websites"
    assert "optional" not in fields[0]


def test_new_widget_needs_a_name(manager):
    answer = manager.post("/widgets", data={"name": " "})
    assert answer.status_code == 422
    assert "Enter a name" in answer.text
    assert read(answer).one("title").words.startswith("Error: ")


def test_settings_are_cleaned_and_saved(manager, widget):
    assert manager.post(f"/widgets/{WIDGET}", data=GOOD).status_code == 303
    assert widget() == ("Bar page", "none", ["www.harbour.org", "localhost:9000"], 12, 30)


@each_row(
    "field, value, sentence",
    [
        ("name", "", "Enter a name"),
        ("name", "a\r\nb", "hidden character"),
        ("integration", "other", ""),
        ("sites", " \n", "Enter a website, such as www.example.org"),
        ("sites", "not a site", "not a site is not a website address"),
        ("sites", "javascript:alert(1)", "is not a website address"),
        ("largest_party", "0", "from 1 to 50"),
        ("largest_party", "many", ""),
        ("days_ahead", "366", "from 1 to 365"),
    ],
)
def test_bad_setting_saves_nothing_and_keeps_what_was_typed(manager, widget, field, value, sentence):
    before = widget()
    answer = manager.post(f"/widgets/{WIDGET}", data={**GOOD, field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "There is a problem" in answer.text
    assert read(answer).typed("days_ahead") == ({**GOOD, field: value})["days_ahead"]
    assert widget() == before


def test_changing_one_widget_leaves_the_others_alone(manager, widget):
    other = manager.post("/widgets", data={"name": "Other"}).location
    before = widget()
    manager.post(other, data=GOOD)
    assert widget() == before


def test_staff_read_but_do_not_change(people, widget):
    before = widget()
    page = people["staff"].get(f"/widgets/{WIDGET}").text
    assert "A manager of your venue can change" in page
    assert "Save changes" not in page
    assert people["staff"].post(f"/widgets/{WIDGET}", data=GOOD).status_code == 403
    assert people["staff"].post("/widgets", data={"name": "x"}).status_code == 403
    assert widget() == before


def test_signed_out_people_are_asked_to_sign_in(seeded):
    assert "/sign-in" in seeded.test_client().get("/widgets").location


def test_widget_of_another_venue_is_not_there(manager, seeded):
    from tests.factories import make_venue, make_widget

    with seeded.app_context():
        make_widget(make_venue("Elsewhere"), public_id="w_other", name="Theirs", sites=[])
    assert manager.get("/widgets/w_other").status_code == 404
    assert manager.post("/widgets/w_other", data=GOOD).status_code == 404
    assert "Theirs" not in manager.get("/widgets").text
    assert "Theirs" not in manager.get("/widgets/used-by-spektrix").text


def test_code_to_paste_is_shown_whole_and_inert(manager):
    page = manager.get(f"/widgets/{WIDGET}").text
    assert f"&lt;div data-rezzy-widget=&#34;{WIDGET}&#34;&gt;" in page
    assert f"http://127.0.0.1:8700/w/{WIDGET}" in page
    assert "/embed.js" in page


def test_used_by_lists_the_widgets_set_to_spektrix(manager):
    fragment = manager.get("/widgets/used-by-spektrix").text
    assert [each.attributes["id"] for each in read_html(fragment).elements] == ["_used_by"]
    assert "Booking page widget" in fragment
    manager.post(f"/widgets/{WIDGET}", data=GOOD)
    assert "No widget uses Spektrix any more" in manager.get("/widgets/used-by-spektrix").text


def test_name_with_markup_is_inert(manager):
    manager.post(f"/widgets/{WIDGET}", data={**GOOD, "name": "<img src=x onerror=alert(1)>"})
    for path in ("/widgets", f"/widgets/{WIDGET}", "/widgets/used-by-spektrix"):
        assert "<img" not in manager.get(path).text
