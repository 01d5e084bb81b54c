import pytest

from portal.bookings.models import Source, Status
from portal.findings import Code
from portal.guests.models import LinkState
from tests.factories import DAY, local, make_booking, make_guest, make_link, make_venue
from tests.people import AMARA_ID
from tests.support.reading import read, table
from tests.support.tables import each_row


def names(answer):
    assert answer.status_code == 200
    return [row[0] for row in table(read(answer))]


@pytest.fixture
def three_guests(app, venue):
    with app.app_context():
        make_guest(venue)
        make_guest(venue, "Tom Whitfield", "t.whitfield@example.org")
        make_guest(venue, "Daniel O'Reyes", "daniel@example.org", "")


def test_guests_are_listed_newest_first(desk, three_guests):
    assert names(desk.get("/guests")) == ["Daniel O'Reyes", "Tom Whitfield", "Amara Okafor"]


@pytest.mark.both_databases
@each_row(
    "typed, found",
    [
        ("amara", ["Amara Okafor"]),
        ("OKA", ["Amara Okafor"]),
        ("t.whit", ["Tom Whitfield"]),
        ("T.Whitfield@Example.org ", ["Tom Whitfield"]),
        ("tom w", ["Tom Whitfield"]),
        ("o'r", ["Daniel O'Reyes"]),
        ("kafor", []),
        ("%", []),
        ("_om", []),
        ("\\", []),
        ("' or 1=1 --", []),
        ("\0amara", ["Amara Okafor"]),
        ("  ", ["Daniel O'Reyes", "Tom Whitfield", "Amara Okafor"]),
        ("ÁMARA  ok", ["Amara Okafor"]),
        ("o\u2019rey", ["Daniel O'Reyes"]),
        ("\u0301", []),
    ],
)
def test_search_finds_beginnings_of_names_and_addresses(desk, three_guests, typed, found):
    assert names(desk.get("/guests", query_string={"q": typed})) == found


def test_a_search_that_is_too_long_is_told(desk):
    answer = desk.get("/guests", query_string={"q": "x" * 101})
    assert answer.status_code == 422
    assert "Search for fewer than 100 letters" in read(answer).one("div", role="alert").words


@each_row(
    "typed, said",
    [
        ("!?", "no letters and no digits"),
        ("%_", "no letters and no digits"),
        ("\u202e", "no letters and no digits"),
        ("nobody", "No guest or booking reference matches"),
        ("a* OR b*", "No guest or booking reference matches"),
    ],
)
def test_a_search_that_finds_nobody_says_why_in_words(desk, three_guests, typed, said):
    answer = desk.get("/guests", query_string={"q": typed})
    assert answer.status_code == 200
    assert said in read(answer).words


@each_row("typed", ["x" * 10_000, "% " * 5_000, "王" * 10_000])
def test_a_book_is_no_search(desk, three_guests, typed):
    answer = desk.get("/guests", query_string={"q": typed})
    assert answer.status_code == 422
    assert "Search for fewer than 100 letters" in read(answer).words


@pytest.mark.both_databases
def test_surrogates_in_an_address_do_no_harm(desk, three_guests):
    assert names(desk.get("/guests?q=amara%ED%A0%80")) == []


@pytest.mark.both_databases
def test_a_booking_is_found_by_its_reference_however_it_is_typed(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue)
        other = make_booking(make_venue("Elsewhere"))
    letters = booking.reference.partition("-")[2]
    for typed in (
        booking.reference,
        booking.reference.lower(),
        letters,
        f"gr {letters}",
        f"GR{letters.lower()}",
    ):
        page = read(desk.get("/guests", query_string={"q": typed}))
        assert f"Booking {booking.reference}" in page.words
        assert f"/bookings/{booking.id}" in [link.attributes["href"] for link in page.one("main").all("a")]
    assert (
        other.reference
        not in read(desk.get("/guests", query_string={"q": other.reference})).one("main").words
    )


@pytest.mark.parametrize(
    ("address", "word"), [("/guests?q=guest", "More guests"), ("/guests", "Older guests")]
)
def test_fifty_to_a_page_and_each_guest_once(app, venue, desk, address, word):
    with app.app_context():
        for number in range(51):
            make_guest(venue, f"Guest {number}", f"{number}@example.org")
    first = desk.get(address)
    (onward,) = [link.attributes["href"] for link in read(first).all("a") if link.words == word]
    second = desk.get(onward)
    assert len(names(first)) == 50
    assert sorted(names(first) + names(second)) == sorted(f"Guest {number}" for number in range(51))
    assert not [link for link in read(second).all("a") if link.words == word]


@pytest.mark.both_databases
@pytest.mark.parametrize("before", ["abc", "-1", "0", str(2**70), str(-(2**70)), "9" * 400])
def test_a_page_mark_typed_by_hand_does_no_harm(desk, three_guests, before):
    assert desk.get(f"/guests?before={before}").status_code == 200


def test_a_venue_without_guests_says_when_they_come(desk):
    assert "No guests yet" in read(desk.get("/guests")).words


def test_a_verified_guest_shows_customer_basis_and_since_when(app, venue, desk):
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest)
    words = read(desk.get(f"/guests/{guest.id}")).words
    assert "Verified" in words
    assert AMARA_ID in words
    assert "Linked by the guest’s Spektrix basket" in words
    assert "Since" in words


@pytest.mark.parametrize(
    ("reason", "detail", "sentence"),
    [
        (Code.ANONYMOUS, "", "The basket was not signed in to Spektrix"),
        (Code.MISMATCH, "DR, d…@example.org", "The basket belongs to someone else (DR, d…@example.org)"),
    ],
)
def test_an_unverified_guest_shows_which_case_it_was(app, venue, desk, reason, detail, sentence):
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest, LinkState.UNVERIFIED, reason=reason, detail=detail)
    words = read(desk.get(f"/guests/{guest.id}")).words
    assert f"Unverified {sentence}" in words
    assert "How links are verified" in words


def test_a_guest_who_came_by_phone_has_no_basket_to_blame(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, source=Source.PHONE, email="")
    words = read(desk.get(f"/guests/{booking.guest_id}")).words
    assert "Booked by phone, so there was no basket to ask about" in words


def test_visits_are_listed_newest_first_with_what_spektrix_was_told(app, venue, desk):
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest)
        make_booking(venue, guest, local(venue, DAY, 12), status=Status.COMPLETED)
        make_booking(venue, guest, local(venue, DAY, 20))
    rows = table(read(desk.get(f"/guests/{guest.id}")))
    assert [row[0].endswith(time) for row, time in zip(rows, ["20:00", "12:00"], strict=True)] == [True, True]
    assert rows[1][3].startswith("Waiting Sends to Spektrix in")
