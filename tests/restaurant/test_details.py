"""Business details: what may be said, what becomes of it, and that diners read it everywhere (R61, R102)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.restaurant.details import rules
from portal.restaurant.details.rules import NotUsable
from portal.venues import slugs
from portal.venues.models import AuditEntry, Venue
from tests.factories import DAY, local, make_booking, make_venue, make_widget
from tests.restaurant.cards import agreed, form_of, save, save_id
from tests.support.reading import read
from tests.support.tables import each_row

BUSINESS = {
    "name": "The Blue Room",
    "theatre_name": "Old Vic",
    "address": "1 The Cut\nLondon SE1 8NB",
    "phone": "020 7946 0018",
    "email": "hello@blue.example",
    "website": "https://www.blue.example/menu",
}
WORDS = {
    "first_line": "Beside the stage door",
    "dietary_note": "We cook without nuts.\nThe door has no step.",
    "cancellation_text": "Two hours before, please.\nLater we charge £10.",
}


def test_all_that_is_saved_is_shown_again(office):
    for card, values in (
        ("business", BUSINESS),
        ("words", WORDS),
        ("references", {"reference_prefix": "BR"}),
        ("place", {"country": "IE", "currency": "EUR"}),
    ):
        assert save(office, card, **values).status_code == 303
        shown = form_of(office, card)
        assert {name: shown[name].replace("\r\n", "\n") for name in values} == values


def test_the_history_names_the_fields_and_no_value(app, office):
    save(office, "business", phone="020 7946 0018", website="www.blue.example")
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.who, entry.detail) == ("Priya Shah", "Name and contact: Phone number, Website")


@each_row(
    "field, typed, said",
    [
        ("name", "", "Enter the name of the restaurant"),
        ("name", "–", "Enter the name of the restaurant"),
        ("name", "x" * 500, "Name must be 120 characters or fewer"),
        ("name", "two\nlines", "Name has a hidden character in it"),
        ("theatre_name", "x" * 500, "Theatre must be 120 characters or fewer"),
        ("address", "x" * 301, "Address must be 300 characters or fewer"),
        ("address", "\n".join("abcdefg"), "Address must be 6 lines or fewer"),
        ("phone", "0800 CALL US", "Phone number has letters in it: CALLUS"),
        ("phone", "12", "Phone number must have all its digits"),
        ("email", "nobody", "Email must be an address with an @"),
        ("email", "a@b@c.example", "Email must be an address with an @"),
        ("website", "javascript:alert(1)", "Website must be an address such as"),
        ("website", "https://a:b@blue.example", "Website must be an address such as"),
        ("website", "ftp://blue.example", "Website must be an address such as"),
        ("website", "blue", "Website must be an address such as"),
        ("first_line", "x" * 201, "First line for diners must be 200 characters or fewer"),
        ("dietary_note", "x" * 501, "Dietary needs and access must be 500 characters or fewer"),
        ("cancellation_text", "x" * 1001, "Cancelling and changing must be 1000 characters"),
        ("first_line", "a\0b", "First line for diners has a hidden character in it"),
        ("reference_prefix", "", "Booking references start with one to four letters"),
        ("reference_prefix", "GREEN", "Booking references start with one to four letters"),
        ("reference_prefix", "G1", "Booking references start with one to four letters"),
        ("country", "QQ", "Country must be one of the options shown"),
        ("currency", "XXX", "Currency must be one of the options shown"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(field, typed, said):
    with pytest.raises(NotUsable) as refused:
        rules.clean(field, typed)
    assert said in str(refused.value)


def test_what_was_refused_is_named_and_stays_typed(office):
    before = form_of(office, "business")
    answer = save(office, "business", website="javascript:alert(1)", address="\n".join("abcdefg"))
    assert answer.status_code == 422
    page = read(answer)
    for field, said in (("website", "Website must be an address"), ("address", "Address must be 6 lines")):
        assert said in page.one(class_="summary").words
        assert said in page.one(id=f"{field}-error").words
        assert page.one(id=field).attributes["aria-invalid"] == "true"
    card = page.one(id="business")
    assert card.typed("website") == "javascript:alert(1)"
    assert card.typed("address").replace("\r", "") == "a\nb\nc\nd\ne\nf\ng"
    assert form_of(office, "business") | {"csrf_token": ""} == before | {"csrf_token": ""}


@pytest.mark.parametrize(
    ("card", "field"), [("place", "country"), ("place", "currency"), ("words", "first_line")]
)
def test_no_card_takes_what_its_rules_refuse(office, card, field):
    answer = save(office, card, **{field: "x" * 500})
    assert answer.status_code == 422
    assert rules.LABELS[field] in read(answer).one(class_="summary").words


@each_row(
    "typed, kept",
    [
        ("www.blue.example", "https://www.blue.example"),
        ("http://blue.example", "http://blue.example"),
        ("blue.example:8080/menu", "https://blue.example:8080/menu"),
        (" https://blue.example \u200b", "https://blue.example"),
        ("", ""),
    ],
)
def test_a_website_is_kept_with_its_scheme(typed, kept):
    assert rules.clean("website", typed) == kept


@each_row(
    "name, prefix",
    [("The Green Room", "GR"), ("Zoë", "Z"), ("La Scala", "S"), ("The", "T"), ("日本", "B"), ("7 Seas", "S")],
)
def test_references_begin_with_the_name_unless_told_otherwise(name, prefix):
    assert rules.usual_prefix(name) == prefix


def test_every_zone_of_every_country_can_be_chosen():
    zones = [zone for names in rules.zones().values() for zone in names]
    assert {"Europe/London", "Australia/Lord_Howe", "Africa/Casablanca"} <= set(zones)
    assert all(rules.clean("timezone", zone) == zone for zone in zones)
    assert "United Kingdom" in rules.countries().values()


@pytest.fixture
def told(app, venue, office):
    """A venue that has said everything, and its widget."""
    save(office, "business", **BUSINESS)
    save(office, "words", **WORDS)
    with app.app_context():
        return make_widget(venue, choice="none")


def test_diners_read_it_before_they_book(client, told):
    pick = read(client.get(f"/w/{told.public_id}"))
    assert "The Blue Room at Old Vic" in pick.words
    assert "Beside the stage door" in pick.words


def test_diners_read_it_once_they_have_booked(app, client, venue, told):
    with app.app_context():
        starts_at = local(venue, clock.utc_now().date() + timedelta(days=3), 19)
        booking = make_booking(venue, starts_at=starts_at)
    confirmed = read(client.get(confirmation_path(app, told, booking)))
    for words in ("1 The Cut", "London SE1 8NB", "Later we charge £10.", "020 7946 0018"):
        assert words in confirmed.words
    assert confirmed.link("Website of The Blue Room") == "https://www.blue.example/menu"


def confirmation_path(app, widget, booking):
    urls = app.url_map.bind("localhost")
    return urls.build("public.confirmation", {"public_id": widget.public_id, "token": booking.public_token})


def test_their_calendar_says_where_it_is(app, client, venue, told):
    with app.app_context():
        booking = make_booking(venue, starts_at=local(venue, DAY + timedelta(days=365), 19))
    urls = app.url_map.bind("localhost")
    path = urls.build("public.calendar", {"public_id": told.public_id, "token": booking.public_token})
    file = client.get(path).text.replace("\r\n ", "")
    assert "LOCATION:The Blue Room\\, Old Vic\\, 1 The Cut\\, London SE1 8NB" in file
    assert "Later we charge £10." in file
    assert "SUMMARY:Table at The Blue Room" in file


def test_an_address_takes_the_place_of_a_missing_phone_number(app, client, venue, told, office):
    save(office, "business", phone="")
    with app.app_context():
        booking = make_booking(venue, starts_at=local(venue, clock.utc_now().date() + timedelta(days=3), 19))
    page = read(client.get(confirmation_path(app, told, booking)))
    assert "Running late? Email hello@blue.example and give your booking reference." in page.words
    assert "mailto:hello@blue.example" in page.addresses()


def test_a_text_is_text_wherever_it_is_shown(client, told, office):
    save(office, "words", first_line="<script>alert(1)</script>")
    page = client.get(f"/w/{told.public_id}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_another_time_zone_is_asked_about_and_told_times_are_kept(app, office, venue):
    with app.app_context():
        day = clock.utc_now().date() + timedelta(days=3)
        booking = make_booking(venue, starts_at=local(venue, day, 19))
    asked = office.post("/settings/details", data={"timezone": "America/New_York"})
    question = office.get(asked.location)
    page = read(question)
    assert "1 booking to come keeps the time that the guest was told" in page.words
    assert f"{booking.reference} stays at 19:00" in page.words
    assert zone_of(app, venue) == "Europe/London"
    answer = office.post(
        "/settings/details/time-zone/change",
        data={"timezone": "America/New_York", "from": "Europe/London"} | agreed(question),
        follow_redirects=True,
    )
    assert "The time zone is America/New_York. 1 booking keeps its time." in read(answer).words
    assert zone_of(app, venue) == "America/New_York"
    with app.app_context():
        moved = db.session.get(type(booking), booking.id)
        assert clock.to_local(moved.starts_at, "America/New_York").hour == 19


def test_a_question_about_an_older_time_zone_changes_nothing(app, office, venue):
    answer = office.post(
        "/settings/details/time-zone/change",
        data={"timezone": "Asia/Tokyo", "from": "Europe/Paris"},
        follow_redirects=True,
    )
    assert "Somebody set the time zone to Europe/London meanwhile" in read(answer).words
    assert zone_of(app, venue) == "Europe/London"


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "x" * 500])
def test_no_other_zone_is_taken(app, office, venue, zone):
    answer = office.post("/settings/details", data={"timezone": zone})
    assert answer.status_code == 422
    assert "Time zone must be a name such as Europe/London" in read(answer).one(class_="summary").words
    assert office.get("/settings/details/time-zone", query_string={"to": zone}).status_code == 404
    sent = {"timezone": zone, "from": "Europe/London"}
    assert office.post("/settings/details/time-zone/change", data=sent).status_code == 404
    assert zone_of(app, venue) == "Europe/London"


def zone_of(app, venue):
    with app.app_context():
        return db.session.scalar(select(Venue.timezone).where(Venue.id == venue.id))


def test_a_booking_address_is_changed_and_the_earlier_one_leads_to_it(app, client, office, venue):
    with app.app_context():
        make_widget(venue, choice="none")
    earlier = venue.slug
    assert save(office, "booking_page", slug="https://x.example/book/The Blue Room/").status_code == 303
    assert form_of(office, "booking_page")["slug"] == "the-blue-room"
    assert client.get("/book/the-blue-room").status_code == 200
    moved = client.get(f"/book/{earlier.upper()}?date=2026-06-12&party=4")
    assert moved.status_code == 302
    assert moved.location == "/book/the-blue-room?date=2026-06-12&party=4"
    save(office, "booking_page", slug="third")
    assert client.get(f"/book/{earlier}").location == "/book/third"
    assert client.get("/book/the-blue-room").location == "/book/third"


def test_an_earlier_booking_address_can_be_taken_back(client, office, venue):
    earlier = venue.slug
    answer = save(office, "booking_page", slug="the-blue-room")
    office.post(f"/settings/undo/{save_id(answer)}")
    assert form_of(office, "booking_page")["slug"] == earlier
    assert client.get("/book/the-blue-room").location == f"/book/{earlier}"


def test_no_restaurant_takes_the_address_that_another_has_or_had(app, office, venue):
    with app.app_context():
        other = make_venue("Elsewhere")
        slugs.change(db.session.get(Venue, other.id), "now-here")
        db.session.commit()
    for taken in (other.slug, "now-here"):
        answer = save(office, "booking_page", slug=taken)
        assert answer.status_code == 422
        assert f"“{taken}” belongs to another restaurant" in read(answer).one(id="slug-error").words
    assert form_of(office, "booking_page")["slug"] == venue.slug


@pytest.mark.parametrize("typed", ["", "/", "é", "日本", "-"])
def test_a_booking_address_needs_letters(office, typed):
    answer = save(office, "booking_page", slug=typed)
    assert answer.status_code == 422
    assert "Booking address must have two letters or more" in read(answer).one(id="slug-error").words
