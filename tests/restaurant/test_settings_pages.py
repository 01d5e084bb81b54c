"""The frame of the settings: who may open it, what the list holds, saving, Undo, and two managers at once."""

from io import BytesIO
from types import SimpleNamespace

import pytest

from tests.factories import make_manager, make_venue, sign_in
from tests.restaurant.cards import form_of, save, save_id
from tests.support.reading import read

DETAILS = "/settings/details"


def test_settings_open_on_the_first_page_and_list_the_others(office):
    page = read(office.get("/settings", follow_redirects=True))
    assert page.one("h1").words == "Business details"
    listed = page.one("nav", aria_label="Settings")
    assert listed.one(aria_current="page").words == "Business details"
    assert all(office.get(each.attributes["href"]).status_code == 200 for each in listed.all("a"))


def test_managers_find_settings_above_help(office):
    links = [each.words for each in read(office.get("/diary")).one("footer").all("a")]
    assert links == ["Settings", "Help"]


@pytest.mark.parametrize("path", ["/settings", DETAILS])
def test_staff_read_that_their_role_does_not_include_it(desk, path):
    answer = desk.get(path)
    assert answer.status_code == 403
    assert "A manager of your venue can change your role" in read(answer).words
    assert "/settings" not in [each.attributes["href"] for each in read(desk.get("/diary")).all("a")]


def test_staff_save_nothing(desk):
    assert desk.post(DETAILS, data={"name": "Mine"}).status_code == 403
    assert desk.post("/settings/undo/1").status_code == 403


def test_a_save_is_said_beside_its_button_with_undo(office):
    answer = save(office, "business", phone="01632 960 999")
    assert answer.status_code == 303
    card = read(office.get(answer.location)).one(id="business")
    assert "Saved" in card.words
    assert card.typed("name") == "The Green Room"
    undo = card.one("button", formaction=card.value_of("formaction"))
    assert undo.words == "Undo"
    undone = office.post(undo.attributes["formaction"], follow_redirects=True)
    assert "Undone" in read(undone).one(id="business").words
    assert form_of(office, "business")["phone"] == "01632 960 123"


def test_saving_what_is_there_already_says_so(office):
    answer = save(office, "business")
    assert "No changes to save" in read(office.get(answer.location)).one(id="business").words


def test_two_managers_never_undo_each_other_unawares(office, other_office):
    mine = form_of(office, "business")
    save(other_office, "business", phone="01632 960 555", name="The Red Room")
    answer = office.post(DETAILS, data=mine | {"theatre_name": "Old Vic", "name": "The Blue Room"})
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Name and contact” while you were changing it" in page.words
    assert "Name: The Red Room" in page.words
    shown = {name: page.one(name=name).attributes["value"] for name in ("name", "theatre_name", "phone")}
    assert shown == {"name": "The Blue Room", "theatre_name": "Old Vic", "phone": "01632 960 555"}
    number = page.one(id="business").one(name="number_business").attributes["value"]
    assert office.post(DETAILS, data=mine | shown | {"number_business": number}).status_code == 303
    now = form_of(other_office, "business")
    assert {name: now[name] for name in shown} == shown


def test_what_somebody_else_changed_since_is_not_undone(office, other_office):
    saved = save_id(save(office, "business", phone="01632 960 111"))
    save(other_office, "business", phone="01632 960 222")
    answer = office.post(f"/settings/undo/{saved}", follow_redirects=True)
    assert "Ade Bello has changed it since, so nothing was undone." in read(answer).words
    assert form_of(office, "business")["phone"] == "01632 960 222"


def test_undo_sets_back_one_save_and_leaves_later_ones_of_other_fields(office):
    saved = save_id(save(office, "business", phone="01632 960 111"))
    save(office, "business", theatre_name="Old Vic")
    office.post(f"/settings/undo/{saved}")
    now = form_of(office, "business")
    assert (now["phone"], now["theatre_name"]) == ("01632 960 123", "Old Vic")


def test_another_venues_save_is_not_there(app, office):
    with app.app_context():
        stranger = make_manager(make_venue("Elsewhere"))
    elsewhere = sign_in(app.test_client(), stranger)
    saved = save_id(save(elsewhere, "business", phone="01632 960 111"))
    assert office.post(f"/settings/undo/{saved}").status_code == 404
    assert office.get(f"{DETAILS}?saved={saved}").status_code == 200


def test_what_was_typed_is_kept_with_its_error(office):
    answer = save(office, "business", name=" ", phone="1" * 500)
    assert answer.status_code == 422
    page = read(answer)
    assert page.one("title").words.startswith("Error: Business details")
    summary = page.one(class_="summary")
    assert "Enter the name of the restaurant" in summary.words
    assert "Phone number must be 40 characters or fewer" in summary.words
    assert page.one(id="phone").attributes["value"] == "1" * 500


def test_without_the_number_of_the_save_one_manager_would_undo_the_other(office, other_office, monkeypatch):
    mine = form_of(office, "business")
    save(other_office, "business", phone="01632 960 555")
    monkeypatch.setattr("portal.restaurant.saving.number_of", lambda *_: int(mine["number_business"]))
    monkeypatch.setattr("portal.restaurant.saving.record", lambda *_: SimpleNamespace(id=1, kind="business"))
    assert office.post(DETAILS, data=mine | {"theatre_name": "Old Vic"}).status_code == 303
    now = form_of(other_office, "business")
    assert (now["theatre_name"], now["phone"]) == ("Old Vic", mine["phone"])


def whole_form(office):
    """What the form of all cards holds, as the page shows it."""
    cards = ("business", "words", "booking_page", "logo", "place", "time_zone", "references")
    return {name: value for card in cards for name, value in form_of(office, card).items()}


def test_any_save_saves_what_was_typed_in_the_other_cards_too(office):
    typed = {"phone": "01632 960 999", "first_line": "By the harbour", "reference_prefix": "HB"}
    answer = office.post(DETAILS, data=whole_form(office) | typed | {"at": "words"})
    assert answer.location.endswith("#words-saved")
    now = whole_form(office)
    assert {name: now[name] for name in typed} == typed
    page = read(office.get(answer.location))
    for card in ("business", "words", "references"):
        assert "Saved" in page.one(id=card).words
        assert page.one(id=card).value_of("formaction").startswith("/settings/undo/")
    assert "Saved" not in page.one(id="place").words
    said = page.one(id="words-saved").value_of("data-say")
    assert said.endswith(": Name and contact, What diners read and Booking references")


def test_nothing_is_saved_and_all_is_kept_where_one_card_has_an_error(office):
    before = whole_form(office)
    typed = {"phone": "0800 CALL US", "first_line": "By the harbour", "reference_prefix": "1"}
    answer = office.post(DETAILS, data=before | typed | {"at": "words", "timezone": "Asia/Tokyo"})
    assert answer.status_code == 422
    page = read(answer)
    summary = page.one(class_="summary").words
    assert "Phone number has letters in it" in summary
    assert "Booking references start with" in summary
    for name, value in typed.items():
        assert page.one(name=name).attributes["value"] == value
    assert page.one(id="timezone").one("option", selected=None).attributes["value"] == "Asia/Tokyo"
    assert whole_form(office) | {"csrf_token": ""} == before | {"csrf_token": ""}


def test_what_somebody_else_saved_in_a_card_that_i_left_alone_stays(office, other_office):
    mine = whole_form(office)
    save(other_office, "business", phone="01632 960 555")
    answer = office.post(DETAILS, data=mine | {"first_line": "By the harbour"})
    assert answer.status_code == 303
    now = whole_form(office)
    assert (now["phone"], now["first_line"]) == ("01632 960 555", "By the harbour")


def test_what_i_typed_in_other_cards_stays_where_somebody_else_saved_one_of_mine(office, other_office):
    mine = whole_form(office)
    save(other_office, "business", phone="01632 960 555")
    typed = {"first_line": "By the harbour", "website": "www.green.example"}
    answer = office.post(DETAILS, data=mine | typed)
    assert answer.status_code == 409
    page = read(answer)
    assert page.one(name="first_line").attributes["value"] == "By the harbour"
    assert page.one(name="phone").attributes["value"] == "01632 960 555"
    assert whole_form(office)["first_line"] == ""


def test_a_time_zone_is_asked_about_once_all_else_is_saved(office):
    answer = office.post(DETAILS, data=whole_form(office) | {"phone": "", "timezone": "Asia/Tokyo"})
    assert answer.location == "/settings/details/time-zone?to=Asia/Tokyo"
    question = read(office.get(answer.location))
    assert "Saved: Name and contact." in question.words
    assert form_of(office, "business")["phone"] == ""


def test_a_logo_is_chosen_again_where_nothing_could_be_saved(office):
    sent = whole_form(office) | {"phone": "CALL US", "logo_file": (BytesIO(b"picture"), "logo.png")}
    answer = office.post(DETAILS, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose the logo file again: nothing is saved yet" in read(answer).one(id="logo").words
