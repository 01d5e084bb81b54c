"""The frame of the settings: who may open it, what the list holds, saving, Undo, and two managers at once."""

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
    assert desk.post(f"{DETAILS}/business", data={"name": "Mine"}).status_code == 403
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
    answer = office.post(
        f"{DETAILS}/business", data=mine | {"theatre_name": "Old Vic", "name": "The Blue Room"}
    )
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Name and contact” while you were changing it" in page.words
    assert "Name: The Red Room" in page.words
    shown = {name: page.one(name=name).attributes["value"] for name in ("name", "theatre_name", "phone")}
    assert shown == {"name": "The Blue Room", "theatre_name": "Old Vic", "phone": "01632 960 555"}
    number = page.one(id="business").one(name="number").attributes["value"]
    assert office.post(f"{DETAILS}/business", data=mine | shown | {"number": number}).status_code == 303
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
    monkeypatch.setattr("portal.restaurant.saving.number_of", lambda *_: int(mine["number"]))
    monkeypatch.setattr("portal.restaurant.saving.record", lambda *_: None)
    assert office.post(f"{DETAILS}/business", data=mine | {"theatre_name": "Old Vic"}).status_code == 303
    now = form_of(other_office, "business")
    assert (now["theatre_name"], now["phone"]) == ("Old Vic", mine["phone"])
