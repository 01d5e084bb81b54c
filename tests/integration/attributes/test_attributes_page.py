"""The card of the two attributes, comparing a name, and the trial write, as a manager meets them."""

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.integration.attributes import trial_rules
from portal.integration.connection.models import AttributeState, Integration
from portal.outbox.models import State
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from portal.spektrix.schemas import Customer
from portal.venues.models import Role
from tests import factories
from tests.people import DANIEL_ID
from tests.support.reading import read, read_html
from tests.support.tables import each_row

PAGE = "/integrations/spektrix"
COMPARE = f"{PAGE}/attributes/compare"
MARKUP = "<b>LastDinedAt</b>"


@pytest.fixture
def venue(app):
    with app.app_context():
        venue = factories.make_venue()
        factories.connect_spektrix(venue)
    return venue


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        staff = factories.make_manager(venue)
    return factories.sign_in(app.test_client(), staff)


@pytest.fixture
def server(app, venue):
    with app.app_context():
        staff = factories.make_staff(venue, Role.STAFF)
    return factories.sign_in(app.test_client(), staff)


def change(app, **columns):
    with app.app_context():
        db.session.execute(update(Integration).values(**columns))
        db.session.commit()


def set_states(app, *states, near_miss="", keeps=""):
    with app.app_context():
        integration = db.session.scalars(select(Integration)).one()
        for check, state in zip(integration.attributes, states, strict=True):
            check.state, check.keeps = state, keeps
            check.near_miss = near_miss if state == AttributeState.NEAR_MISS else ""
        db.session.commit()


def card(client):
    return read(client.get(PAGE)).one("section", id="_attributes")


def after(client, what, **data):
    return read(client.post(f"{PAGE}/attributes{what}", data=data, follow_redirects=True)).words


def test_near_miss_is_shown_letter_by_letter(app, manager):
    set_states(app, AttributeState.NEAR_MISS, AttributeState.NOT_FOUND, near_miss="attribute_LastDineAt")
    shown = card(manager)
    for words in ("Almost right", "A letter is missing in Dined: d.", "Not found", "Copy correct name"):
        assert words in shown.words
    assert [each.words for each in shown.all("span", class_="letter--right")] == ["d"]


def test_no_type_is_claimed_before_it_was_seen(app, manager):
    set_states(app, AttributeState.FOUND, AttributeState.FOUND)
    heads = [each.words for each in card(manager).all("div", class_="attribute__head")]
    assert heads[:2] == [f"{LAST_DINED_AT} Found", f"{NUMBER_OF_VISITS} Found"]
    set_states(app, AttributeState.FOUND, AttributeState.FOUND, keeps="all")
    heads = [each.words for each in card(manager).all("div", class_="attribute__head")]
    assert heads[:2] == [f"{LAST_DINED_AT} Text Found", f"{NUMBER_OF_VISITS} Text Found"]


@pytest.mark.parametrize(
    ("state", "keeps", "words"),
    [
        (AttributeState.NOT_CHECKED, "", "Not checked"),
        (AttributeState.AFTER_FIRST_VISIT, "", "Found after first visit"),
        (AttributeState.FOUND, "day", "Loses the time"),
        (AttributeState.WRONG_TYPE, "nothing", "Wrong type"),
        (AttributeState.WRONG_TYPE, "changed", "Make it again with type Text"),
    ],
)
def test_every_state_has_its_words(app, manager, state, keeps, words):
    set_states(app, state, AttributeState.FOUND, keeps=keeps)
    assert words in card(manager).words


def test_a_type_that_was_mended_is_proved_by_sending_and_not_by_looking(app, venue, manager):
    with app.app_context():
        factories.make_entry(factories.make_booking(venue), state=State.NOT_STORED)
    set_states(app, AttributeState.WRONG_TYPE, AttributeState.FOUND, keeps="nothing")
    text = read(manager.get(PAGE)).words
    callout = text.partition("Spektrix is ignoring what we send")[2].partition("6 checks")[0]
    assert "Make it again with type Text, then press Send again." in callout
    assert "Send again" in callout
    assert "Check again" not in callout
    assert "as soon as" not in callout


def test_markup_in_a_name_from_spektrix_is_inert(app, manager):
    """X07: what Spektrix shows is text."""
    set_states(app, AttributeState.NEAR_MISS, AttributeState.FOUND, near_miss=f"attribute_{MARKUP}")
    html = manager.get(PAGE).get_data(as_text=True)
    assert MARKUP not in html
    assert "&lt;b&gt;LastDinedAt&lt;/b&gt;" in html


def test_checking_reads_a_linked_customer(app, venue, manager):
    with app.app_context():
        factories.make_link(factories.make_guest(venue))
    assert "Both names were looked up in Spektrix just now." in after(manager, "")
    with app.app_context():
        saved = db.session.scalars(select(Integration)).one()
        assert {check.state for check in saved.attributes} == {AttributeState.FOUND}


def test_checking_without_any_record_says_what_is_missing(manager):
    assert "There is no customer record to check yet" in after(manager, "")


def test_compare_page_explains_why_and_works_without_scripts(manager):
    page = read(manager.get(COMPARE))
    assert "Spektrix may show us names without spaces" in page.words
    assert page.one("form", action=COMPARE).attributes["method"] == "post"
    answer = manager.post(COMPARE, data={"name": "Last\u00a0Dined At"})
    assert answer.status_code == 200
    shown = read(answer)
    assert "There is a no-break space between Last and Dined; type an ordinary space." in shown.words
    assert len(shown.all("span", class_="letter--space")) == 1


def test_compare_answers_with_the_fragment_alone(manager):
    answer = manager.post(COMPARE, data={"name": "Last Dined At"}, headers={"HX-Request": "true"})
    html = answer.get_data(as_text=True)
    assert read_html(html).elements[0].attributes["id"] == "_comparison"
    assert "Exactly right" in html


@each_row(
    "name, words",
    [
        ("number of restaurant visit", NUMBER_OF_VISITS),
        ("Favourite Genre", "This is neither of the two names."),
        (" Last Dined At ", "There are two spaces too many; remove them."),
        ("attribute_Lastdinedat", "Two letters need capitals."),
        ("Last Dined At\x00", "control character 00"),
        ("Last Dined At\x1b", "control character 1B"),
        ("   ", "This is neither of the two names."),
        ("\U0010ffff\u202e" * 50, "This is neither of the two names."),
    ],
)
def test_any_name_gets_an_answer(manager, name, words):
    answer = manager.post(COMPARE, data={"name": name})
    assert answer.status_code == 200
    assert words in read(answer).words


def test_empty_name_is_asked_for(manager):
    answer = manager.post(COMPARE, data={"name": ""})
    assert answer.status_code == 422
    page = read(answer)
    assert "Paste the name from Spektrix" in page.words
    assert page.one("title").words.startswith("Error: ")


def test_name_is_cut_and_markup_in_it_is_text(manager):
    html = manager.post(COMPARE, data={"name": "Last Dined At" + "<i>" * 5_000}).get_data(as_text=True)
    assert html.count("&lt;i&gt;") < 70
    html = manager.post(COMPARE, data={"name": "<b>Last Dined At</b>"}).get_data(as_text=True)
    assert "<b>Last" not in html


def test_staff_see_the_card_and_can_change_nothing(server):
    words = card(server).words
    assert LAST_DINED_AT in words
    for button in ("Check again", "Make a trial write", "Compare a name"):
        assert button not in words


def test_trial_write_explains_where_to_name_a_test_customer(manager):
    assert "Enter a test customer under Settings first." in card(manager).words
    assert "Enter a test customer under Settings first." in after(manager, "/trial")


def test_naming_a_test_customer_looks_both_names_up_at_once(manager, sandbox):
    html = manager.post(f"{PAGE}/settings", data={"test_customer_id": DANIEL_ID}, follow_redirects=True).text
    assert "Both names were looked up in Spektrix just now." in html
    assert card(manager).words.count("Found") == 2
    sandbox.delete("requests")
    manager.post(f"{PAGE}/settings", data={"test_customer_id": DANIEL_ID, "admin_email": "b@playhouse.org"})
    assert sandbox.requests() == []


def test_a_test_customer_that_does_not_exist_is_told_with_what_to_do(manager):
    html = manager.post(
        f"{PAGE}/settings", data={"test_customer_id": "I-NOPE-NOPE"}, follow_redirects=True
    ).text
    assert "Spektrix has no customer I-NOPE-NOPE. Enter another test customer under Settings" in html


def test_trial_write_tells_what_it_proved(app, manager, sandbox):
    change(app, test_customer_id=DANIEL_ID, active=False)
    assert "Both values arrived. The old ones were put back." in after(manager, "/trial")
    assert "Worked" in card(manager).words
    change(app, test_customer_id="I-NOPE-NOPE")
    assert "Spektrix has no customer with the test customer's number." in after(manager, "/trial")


def test_trial_that_was_not_undone_says_which_values_to_put_back(app, manager, sandbox):
    record = Customer(DANIEL_ID, "", "", "", "", "", {"attribute_LastDinedAt": "<b>long ago</b>"})
    undo = trial_rules.plan(factories.CLIENT_NAME, record, {}, clock.utc_now(), "Europe/London")
    change(app, trial_undo=undo.as_json(), trial_at=clock.utc_now(), trial_outcome="not_undone")
    words = card(manager).words
    assert "A trial write was not undone." in words
    assert f"{LAST_DINED_AT} <b>long ago</b>" in words
    assert f"{NUMBER_OF_VISITS} nothing (empty the field)" in words
    assert "Make a trial write" not in words


def test_values_are_put_back_at_the_press_of_the_button(app, manager, sandbox):
    sandbox.post("customers", id=DANIEL_ID, attributes={NUMBER_OF_VISITS: "1"})
    record = Customer(DANIEL_ID, "", "", "", "", "", {"attribute_NumberOfRestaurantVisits": "7"})
    undo = trial_rules.plan(factories.CLIENT_NAME, record, {}, clock.utc_now(), "Europe/London")
    change(app, trial_undo=undo.as_json(), trial_at=clock.utc_now(), trial_outcome="not_undone")
    assert "The old values are back." in after(manager, "/trial", do="undo")
    assert sandbox.customer(DANIEL_ID)["attributes"][NUMBER_OF_VISITS] == "7"


def test_trial_knows_two_things_to_do(manager):
    assert manager.post(f"{PAGE}/attributes/trial", data={"do": "harm"}).status_code == 400


def test_message_for_the_admin_opens_as_a_mail(app, manager):
    set_states(app, AttributeState.NOT_FOUND, AttributeState.FOUND)
    assert "mailto:box.office@example.org" not in manager.get(PAGE).get_data(as_text=True)
    change(app, admin_email="box.office@example.org")
    assert "mailto:box.office@example.org?subject=" in manager.get(PAGE).get_data(as_text=True)
