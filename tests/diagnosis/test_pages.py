"""The pages of Find the fault: who may run them, what they show, and what they never do."""

import pytest
from sqlalchemy import update

from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.findings import FINDINGS, Code
from portal.integration.connection.models import AttributeCheck, Integration
from portal.outbox.models import State
from portal.widgets.models import OpeningReason, WidgetOpenings
from tests import factories
from tests.people import AMARA_ID
from tests.support.reading import read, read_html

MARKUP = "<b onmouseover=alert(1)>Last</b>"


@pytest.fixture
def house_of_rows(app):
    """A connected venue with a widget and a completed booking; its Spektrix cannot be reached."""
    with app.app_context():
        venue = factories.make_venue()
        manager, staff = factories.make_manager(venue), factories.make_staff(venue)
        factories.connect_spektrix(venue, staff=manager)
        widget = factories.make_widget(venue, sites=["localhost:8702"])
        guest = factories.make_guest(venue)
        factories.make_link(guest)
        booking = factories.make_booking(venue, guest, status=Status.COMPLETED, source=Source.WIDGET)
    return {"venue": venue, "manager": manager, "staff": staff, "booking": booking, "widget": widget}


@pytest.fixture
def manager(client, house_of_rows):
    return factories.sign_in(client, house_of_rows["manager"])


@pytest.fixture
def visit_page(house_of_rows):
    return f"/bookings/{house_of_rows['booking'].id}/find-the-fault"


VENUE_PAGES = ["/find-the-fault/connection", "/find-the-fault/pre-fill", "/find-the-fault/writes"]


def change(app, model, **values):
    with app.app_context():
        db.session.execute(update(model).values(**values))
        db.session.commit()


def test_opening_a_page_asks_spektrix_nothing(manager, visit_page, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("Spektrix was asked")

    monkeypatch.setattr("portal.integration.connection.gateway.SpektrixClient", refuse)
    for path in ["/find-the-fault", *VENUE_PAGES, visit_page, "/find-the-fault/bundle"]:
        assert manager.get(path).status_code == 200, path


def test_index_names_the_four_symptoms_and_visits_that_are_missing(manager, visit_page):
    page = manager.get("/find-the-fault").text
    for symptom in (
        "Test connection comes back red",
        "The date is not filled in",
        "no visit reaches Spektrix",
    ):
        assert symptom in page
    assert visit_page in page


def test_pressing_the_button_asks_and_names_what_is_wrong(manager):
    page = manager.post("/find-the-fault/connection")
    assert page.status_code == 200
    assert "Spektrix could not be reached" in page.text
    assert "Check again" in page.text
    assert "Stopped at step 1 of 6" in page.text


def test_htmx_gets_the_result_alone_and_hears_of_it(manager):
    answer = manager.post("/find-the-fault/connection", headers={"HX-Request": "true"}).text
    page = read_html(answer)
    assert page.all("html") == []
    assert [each.attributes["id"] for each in page.elements] == ["_result", "status"]


def test_result_says_cause_person_step_and_where_it_is_done(app, manager):
    """R2, R35: the configurator of the widget at fault."""
    with app.app_context():
        venue = db.session.get(Integration, 1).venue_id
        widget = factories.make_widget(db.session.get(factories.Venue, venue), "none", name="Bar widget")
    page = read(manager.get(f"/find-the-fault/pre-fill?widget={widget.public_id}"))
    assert FINDINGS[Code.WIDGET_NONE].title in page.words
    assert "Widget setting" in page.words
    assert "A manager of this venue" in page.words
    assert f"/widgets/{widget.public_id}" in page.addresses()
    assert "/help/integrations/spektrix/troubleshooting#widget-none" in page.addresses()


def test_a_page_can_be_asked_about_alone(app, manager, house_of_rows):
    with app.app_context():
        for path, reason in (("/eat", OpeningReason.FILLED), ("/bar", OpeningReason.BLOCKED)):
            now = factories.clock.utc_now()
            db.session.add(
                WidgetOpenings(
                    widget_id=house_of_rows["widget"].id,
                    hour=now,
                    page=f"http://localhost:8702{path}",
                    reason=reason,
                    last_at=now,
                )
            )
        db.session.commit()
    worst = manager.get("/find-the-fault/pre-fill").text
    chosen = manager.get("/find-the-fault/pre-fill?page=http://localhost:8702/eat").text
    assert "security policy blocks" in worst
    assert "security policy blocks" not in chosen
    assert "No problem is known" in chosen


def test_another_venues_widget_is_not_here(app, manager):
    with app.app_context():
        theirs = factories.make_widget(factories.make_venue("The Other Room"))
    assert manager.get(f"/find-the-fault/pre-fill?widget={theirs.public_id}").status_code == 404


def test_staff_run_the_booking_door_alone(client, house_of_rows, visit_page):
    staff = factories.sign_in(client, house_of_rows["staff"])
    assert staff.get(visit_page).status_code == 200
    assert staff.post(visit_page).status_code == 200
    assert "Only managers can run this check" in staff.get("/find-the-fault").text
    for path in [*VENUE_PAGES, "/find-the-fault/bundle"]:
        assert staff.get(path).status_code == staff.post(path).status_code == 403, path


def test_staff_see_no_credentials_and_no_link_to_them(app, client, house_of_rows, visit_page):
    change(app, factories.OutboxEntry, state=State.BLOCKED, reason="key_refused")
    page = factories.sign_in(client, house_of_rows["staff"]).get(visit_page).text
    assert "Spektrix did not accept the API user and key" in page
    assert factories.API_USER not in page
    assert "/integrations/spektrix/edit" not in page


def test_what_spektrix_wrote_is_shown_inert_and_cut(app, manager):
    """X07."""
    change(app, AttributeCheck, state="near_miss", near_miss=MARKUP + "x" * 80)
    page = manager.get("/find-the-fault/writes").text
    assert "<b onmouseover" not in page
    assert "&lt;b onmouseover" in page
    assert "x" * 60 not in page


def test_a_guests_name_is_shown_inert(app, manager, visit_page):
    change(app, Booking, booked_name=MARKUP)
    for path in (visit_page, "/find-the-fault"):
        page = manager.get(path).text
        assert "<b onmouseover" not in page
        assert "&lt;b onmouseover" in page


def test_nothing_connected_leads_to_the_form(app, manager):
    with app.app_context():
        db.session.query(AttributeCheck).delete()
        db.session.query(Integration).delete()
        db.session.commit()
    for path in VENUE_PAGES:
        main = read(manager.get(path)).one("main")
        assert "Spektrix is not connected" in main.words
        assert "/integrations/spektrix" in main.addresses()


def test_a_booking_leads_to_the_diary_and_back(manager, visit_page, house_of_rows):
    """R84."""
    addresses = read(manager.get(visit_page)).addresses()
    booking = house_of_rows["booking"]
    assert f"/bookings/{booking.id}" in addresses
    assert f"/diary?date={booking.service_on}" in addresses


def test_no_page_shows_a_customer_number(manager, visit_page):
    assert AMARA_ID not in manager.post(visit_page).text
