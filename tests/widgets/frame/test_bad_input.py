"""Nothing that arrives at the public edge is answered with a 500, and each refusal names what was wrong."""

import json

import pytest

from tests.support.tables import each_row
from tests.widgets.conftest import SITE, WIDGET

pytestmark = pytest.mark.both_databases
BOOKINGS = f"/w/{WIDGET}/bookings"
NOT_AN_ID = ["nobody", "w_demo'--", "-1", "9" * 60, "w demo", "%00", "é", "..%2Fadmin"]


def refused(answer, status, field=None):
    assert answer.status_code == status, answer.text[:500]
    assert answer.json["error"][0].isupper()
    if field:
        named = answer.json.get("fields") or {answer.json.get("field"): ""}
        assert field in named
    return True


@each_row("party", ["0", "-1", "2.5", "1e9", "NaN", "２", " 2 ", "two", "", "99999", "9", "2\0"])
def test_party_in_another_form_is_refused(diner, bookings, party):
    """B07."""
    assert refused(diner.book_json(diner.form(party_size=party)), 422, "party_size")
    assert refused(diner.slots(party=party), 422, "party_size")
    assert bookings() == []


@each_row("party", [2.5, True, None, [], {}, [2], {"a": 2}, -1, 0, 10**30])
def test_party_of_another_json_kind_is_refused(diner, bookings, party):
    """B07."""
    assert refused(diner.book_json({**diner.form(), "party_size": party}), 422, "party_size")
    assert bookings() == []


@pytest.mark.parametrize("party", [2, "2"])
def test_party_in_plain_digits_is_taken(diner, bookings, party):
    """B07: as a number of JSON and as text alike."""
    assert diner.book_json({**diner.form(), "party_size": party}).status_code == 201
    assert [kept["party_size"] for kept in bookings()] == [2]


@each_row(
    "date",
    [
        "2027-02-29",
        "0000-01-01",
        "9999-12-31",
        "2026-06-11",
        "2026-08-12",
        "28/05/2026",
        "20260612",
        "2026-W24-5",
        "２０２６-06-12",
        "",
        "\0",
    ],
)
def test_date_that_cannot_be_booked_is_refused(diner, date):
    """B13."""
    assert refused(diner.slots(date=date), 422, "date")


def test_last_day_within_bounds_is_answered(diner):
    assert diner.slots(date="2026-08-11").status_code == 200


@each_row(
    "start",
    [
        "",
        "soon",
        "2026-06-12",
        "2026-06-12T17:30:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-13-12T17:30:00Z",
        "1781281800",
        "2026-06-12T17:30:00Z" * 10,
        "2026-06-12T17:30:00+99:00",
        "２026-06-12T17:30:00Z",
    ],
)
def test_time_in_another_form_is_refused(diner, bookings, start):
    assert refused(diner.book_json(diner.form(starts_at=start)), 422, "starts_at")
    assert diner.details_page(starts_at=start).status_code == 422
    assert bookings() == []


def test_time_beyond_the_days_ahead_is_refused(diner, bookings):
    assert refused(diner.book_json(diner.form(starts_at="2026-08-12T16:30:00Z")), 422, "starts_at")
    assert bookings() == []


@each_row("value", [5, ["x"], {"a": 1}, True, 1.5])
@each_row("field", ["name", "email", "starts_at", "form_token", "note", "basket_id", "show"])
def test_value_that_is_no_text_is_refused_by_name(diner, bookings, field, value):
    assert refused(diner.book_json({**diner.form(), field: value}), 422, field)
    assert bookings() == []


@pytest.mark.parametrize("field", ["starts_at", "party_size", "name", "email", "phone"])
def test_missing_field_is_named(diner, bookings, field):
    assert refused(diner.book_json(diner.form(**{field: None})), 422, field)
    assert diner.book(diner.form(**{field: None})).status_code == 422
    assert bookings() == []


@each_row(
    "name",
    [
        "",
        "   ",
        "x" * 121,
        "李" * 300,
        "a\0b",
        "Ama\ufffd\ufffd",
        "\u200b\u3164",
        "two\nlines",
        "\ud800",
        "\x1b[31mred",
        "\u2028",
    ],
)
def test_name_that_nobody_could_read_is_refused(diner, bookings, name):
    """B10."""
    assert refused(diner.book_json(diner.form(name=name)), 422, "name")
    assert bookings() == []


@pytest.mark.parametrize("mark", ["\u202a", "\u2068", "\u200b", "\u200e", "\u061c", "\u00ad", "\u202e"])
def test_marks_that_came_along_when_pasting_are_dropped(diner, bookings, mark):
    typed = {
        "name": f"{mark}Amara Ok{mark}afor{mark}",
        "phone": f"{mark}07700{mark} 900461{mark}",
        "email": f"{mark}amara{mark}@example.org",
    }
    answer = diner.book_json(diner.form(**typed))
    assert answer.status_code == 201, answer.text
    (kept,) = bookings()
    assert (kept["name"], kept["email"]) == ("Amara Okafor", "amara@example.org")
    assert kept["phone"] == "+44 7700 900461"


@pytest.mark.parametrize("phone", ["077OO 900461", "0800FLOWERS"])
def test_letters_in_a_number_are_named(diner, bookings, phone):
    answer = diner.book_json(diner.form(phone=phone))
    assert refused(answer, 422, "phone")
    assert "has letters in it: " in answer.json["error"]
    assert bookings() == []


@pytest.mark.parametrize("field", ["name", "note"])
def test_a_key_that_was_pasted_into_the_wrong_field_is_not_kept(diner, bookings, field):
    key = "Zm9vYmFyMTIzNDU2Nzg5MFF3ZXJ0eVVJT1A0NTY3ODk="
    answer = diner.book_json(diner.form(**{field: f"it is {key}"}))
    assert refused(answer, 422, field)
    assert key not in answer.text
    assert bookings() == []


@pytest.mark.parametrize("field", ["form_token", "idempotency_key", "email", "show", "change", "basket_id"])
def test_half_a_character_is_refused_wherever_it_stands(diner, bookings, field):
    assert refused(diner.book_json({**diner.form(), field: "a\ud800"}), 422, field)
    assert bookings() == []


@pytest.mark.parametrize("slug", ["%00", "the-green-room%00", "%ed%a0%80", "é", "'", "x" * 500])
def test_address_of_no_venue_is_a_sentence(diner, slug):
    answer = diner.client.get(f"/book/{slug}")
    assert answer.status_code == 404
    assert "There is no booking page at this address." in answer.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("O'Neil", "O'Neil"),
        ("李", "李"),
        ("Jose\u0301", "José"),
        ("👩\u200d🍳 Chef", "👩\u200d🍳 Chef"),
        ("  Amara  ", "Amara"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("{{7*7}}", "{{7*7}}"),
        ("x" * 120, "x" * 120),
    ],
)
def test_name_is_stored_as_typed_and_shown_inert(diner, bookings, typed, kept):
    """B10."""
    answer = diner.book(diner.form(name=typed))
    assert answer.status_code == 303
    assert bookings()[0]["name"] == kept
    page = diner.client.get(answer.location).text
    assert "<img" not in page
    assert "49" not in page.split("See you on")[1][:40]


@each_row(
    "email",
    [
        "",
        "amara",
        "a@b",
        "a@b@c.org",
        "a@b.org, c@d.org",
        "a@b.org\nBcc: c@d.org",
        "a@b.org\r\nBcc: c@d.org",
        '"two words"@b.org',
        "x" * 310 + "@a.org",
        "a@b..org",
    ],
)
def test_email_that_is_none_is_refused(diner, bookings, email):
    """B12."""
    assert refused(diner.book_json(diner.form(email=email)), 422, "email")
    assert bookings() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("amara+table@example.org", "amara+table@example.org"),
        ("Amara@EXAMPLE.org\n", "Amara@example.org"),
        ("amara@münchen.example", "amara@münchen.example"),
    ],
)
def test_unusual_email_is_kept(diner, bookings, typed, kept):
    """B12."""
    assert diner.book_json(diner.form(email=typed)).status_code == 201
    assert bookings()[0]["email"] == kept


@pytest.mark.parametrize("phone", ["", "call me", "12", "0" * 40, "\0", "+999 123"])
def test_phone_that_cannot_ring_is_refused(diner, bookings, phone):
    assert refused(diner.book_json(diner.form(phone=phone)), 422, "phone")
    assert bookings() == []


def test_note_is_bounded(diner):
    assert refused(diner.book_json(diner.form(note="x" * 501)), 422, "note")
    assert diner.book_json(diner.form(note="One\r\nTwo\tThree")).status_code == 201


def test_filled_honeypot_books_nothing(diner, bookings):
    assert refused(diner.book_json(diner.form(website="spam.example")), 422, "website")
    assert bookings() == []


@each_row(
    "body",
    ["", "{", "[]", "[1]", "null", '"text"', "5", '{"a": NaN}', '{"name": "a", "name": "b"}', "[" * 30000],
)
def test_body_that_is_no_json_object_is_refused(diner, body):
    answer = diner.client.post(BOOKINGS, data=body, content_type="application/json")
    assert refused(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_other_content_types_are_refused(diner, kind):
    answer = diner.client.post(BOOKINGS, data=json.dumps(diner.form()), content_type=kind)
    assert answer.status_code == 415
    assert "as a form or as JSON" in answer.text


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_body_over_64_kb_is_refused(diner, kind):
    answer = diner.client.post(BOOKINGS, data="x" * 70_000, content_type=kind)
    assert answer.status_code == 413
    assert "64 KB" in answer.text


def test_ten_thousand_fields_are_refused(diner):
    many = "&".join(f"a{number % 10}=" for number in range(10_000))
    answer = diner.client.post(BOOKINGS, data=many, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    many = json.dumps({f"a{number}": 1 for number in range(5_000)})
    assert refused(diner.client.post(BOOKINGS, data=many, content_type="application/json"), 400)


@each_row("public_id", NOT_AN_ID)
@each_row("rest", ["", "/config", "/slots?date=2026-06-12&party=2", "/details", "/bookings/abc"])
def test_unknown_widget_is_a_plain_404(diner, public_id, rest):
    answer = diner.client.get(f"/w/{public_id}{rest}")
    assert answer.status_code == 404


@pytest.mark.parametrize("token", ["unknown", "-1", "9" * 300, "'", "%00", "é"])
def test_unknown_confirmation_is_a_404(diner, token):
    assert diner.client.get(f"{BOOKINGS}/{token}").status_code == 404
    assert diner.client.get(f"{BOOKINGS}/{token}/calendar.ics").status_code == 404


def test_confirmation_of_another_venue_is_a_404(diner, seeded):
    from tests.factories import make_venue, make_widget

    with seeded.app_context():
        make_widget(make_venue("Elsewhere"), public_id="w_other", sites=[])
    token = diner.book().location.rsplit("/", 1)[1]
    assert diner.client.get(f"/w/w_other/bookings/{token}").status_code == 404


@pytest.mark.parametrize("show", ["soon", "9999-12-31T00:00:00Z", "2026-06-12T19:30:00", "\0", "x" * 500])
def test_show_that_cannot_be_read_never_stops_the_first_screen(diner, show):
    page = diner.client.get(f"/w/{WIDGET}", query_string={"show": show})
    assert page.status_code == 200
    assert "Your show" not in page.text


def test_wrong_method_is_refused_with_a_sentence(diner):
    answer = diner.client.delete(f"/w/{WIDGET}", headers={"Accept": "application/json"})
    assert refused(answer, 405)


class TestFieldsSentTwice:
    """Nobody can tell which of two is meant, so neither is."""

    @pytest.mark.parametrize("name", ["party_size", "starts_at", "email", "form_token", "another", "odd"])
    def test_in_a_booking(self, diner, bookings, name):
        form = {**diner.form(), name: ["2", "20"]}
        answer = diner.client.post(BOOKINGS, data=form, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["field"]) == (400, name)
        assert answer.json["error"] == f"{name} was sent more than once. Send it once."
        assert bookings() == []

    @pytest.mark.parametrize(
        "path",
        [
            f"/w/{WIDGET}?party=2&party=3",
            f"/w/{WIDGET}/slots?date=2026-06-12&date=2026-06-13&party=2",
            f"/w/{WIDGET}/details?starts_at=2026-06-12T16:30:00Z&party=2&party=3",
            f"/w/{WIDGET}/waiting?date=2026-06-12&date=2026-06-13&party=2",
            f"/w/{WIDGET}/waiting/asked?date=2026-06-12&date=2026-06-13&party=2",
        ],
    )
    def test_in_a_query(self, diner, path):
        answer = diner.client.get(path)
        assert answer.status_code == 400
        assert "was sent more than once" in answer.text

    @pytest.mark.parametrize("path", ["", "/details", "/waiting", "/waiting/requests"])
    def test_in_the_other_forms(self, diner, path):
        answer = diner.client.post(f"/w/{WIDGET}{path}", data={"email": ["a@example.org", "b@example.org"]})
        assert answer.status_code == 400
        assert "email was sent more than once" in answer.text

    def test_when_cancelling(self, diner, bookings):
        address = diner.book().location
        answer = diner.client.post(f"{address}/cancel", data={"form_token": ["a", "b"]})
        assert answer.status_code == 400
        assert bookings()[0]["status"] == "confirmed"

    def test_in_the_signal_of_an_opening(self, diner):
        said = {"reason": ["filled", "blocked"], "page": f"http://{SITE}/eat", "snippet": "1"}
        assert diner.client.post(f"/w/{WIDGET}/opened", data=said).status_code == 400
