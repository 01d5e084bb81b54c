"""The rules for booking online: used where a period has none of its own, and both pages say so."""

from portal.availability.models import OnlineRules
from portal.extensions import db
from tests.factories import make_manager, make_period, make_table, make_widget, sign_in
from tests.restaurant.cards import agreed
from tests.support.reading import read
from tests.support.tables import each_row

ONLINE = "/settings/online"


def save(office, **typed):
    number = read(office.get(ONLINE)).one(name="number").attributes["value"]
    some = {"notice_minutes": "120", "horizon_days": "60", "largest_online": "8"}
    return office.post(ONLINE, data=some | {"number": number} | typed)


def rules(app, venue):
    with app.app_context():
        found = db.session.get(OnlineRules, venue.id)
        return found and (found.notice_minutes, found.horizon_days, found.largest_online)


def test_rules_are_saved_said_on_both_pages_and_set_back(app, office, venue):
    answer = save(office)
    assert answer.status_code == 303
    assert rules(app, venue) == (120, 60, 8)
    words = "2 hours before, up to 60 days ahead, parties of up to 8"
    assert words in read(office.get("/settings/hours/new")).one(id="period").words
    office.post(read(office.get(answer.location)).one(id="online").value_of("formaction"))
    assert rules(app, venue) == (0, None, None)


def test_bookings_that_wait_lapse_after_an_hour_unless_somebody_says_otherwise(app, office, venue):
    def kept():
        with app.app_context():
            found = db.session.get(OnlineRules, venue.id)
            return found and found.pending_minutes

    assert read(office.get(ONLINE)).one(name="pending_minutes").attributes["value"] == "60"
    save(office, pending_minutes="15")
    assert kept() == 15
    save(office, pending_minutes="")
    assert kept() is None
    answer = save(office, pending_minutes="4")
    summary = read(answer).one(class_="summary").words
    assert "Bookings not confirmed lapse after must be a whole number from 5 to 10,080" in summary


def test_services_with_rules_of_their_own_are_named(app, office, venue):
    assert "None. You can set some" in read(office.get(ONLINE)).one(id="own-rules").words
    with app.app_context():
        make_period(venue, name="Supper", notice_minutes=0, largest_online=4)
    assert "Supper : no notice, parties of up to 4" in read(office.get(ONLINE)).one(id="own-rules").words


@each_row(
    "typed, sentence",
    [
        ({"horizon_days": "10000"}, "Days ahead must be a whole number from 0 to 730"),
        ({"largest_online": "0"}, "Largest party online must be a whole number from 1 to 200"),
        ({"notice_minutes": ""}, "Notice must be one of the options in the list"),
    ],
)
def test_bad_input_is_refused_with_its_field(app, office, venue, typed, sentence):
    answer = save(office, **typed)
    assert answer.status_code == 422
    assert sentence in read(answer).one(class_="summary").words
    assert rules(app, venue) is None


def test_a_party_that_no_table_takes_is_warned_of(app, office, venue):
    with app.app_context():
        make_table(venue, "T1", 4)
    answer = save(office)
    assert answer.status_code == 409
    assert "Parties of 5 or more will find no times." in read(answer).words
    assert save(office, **agreed(answer)).status_code == 303


def test_two_managers_never_undo_each_other_unawares(app, office, venue):
    with app.app_context():
        ade = make_manager(venue, name="Ade Bello")
    other = sign_in(app.test_client(), ade)
    save(other, largest_online="6")
    answer = save(office, number="0", horizon_days="90")
    assert answer.status_code == 409
    assert "Ade Bello saved “Rules for booking online” while you were changing it" in read(answer).words


def test_booking_page_is_linked_once_there_is_one_and_opens_beside_the_settings(app, office, venue):
    page = read(office.get(ONLINE))
    assert "Your booking page is not open yet." in page.words
    assert not [each for each in page.all("a") if "/book/" in each.attributes["href"]]
    with app.app_context():
        make_widget(venue)
    page = read(office.get(ONLINE))
    assert "not open yet" not in page.words
    assert page.one("a", href=f"/book/{venue.slug}").attributes["target"] == "_blank"
