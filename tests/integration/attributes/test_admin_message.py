"""The message for the Spektrix admin says what is wrong just now, and never the key."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes import admin_message
from portal.integration.attributes.admin_message import Sender
from portal.integration.attributes.rows import AttributeRow, rows_of
from portal.integration.attributes.spelling import compare
from portal.integration.connection.models import AttributeState
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from tests.factories import API_KEY, API_USER, CLIENT_NAME

PRIYA = Sender("The Green Room", "Priya Shah", "priya@greenroom.example")
WHERE = "Settings Interface › Attributes › Customer"
FOUND = AttributeRow(NUMBER_OF_VISITS, "found", asks_admin=False)


def fitted(stage, code=None, rows=(FOUND, FOUND)):
    return admin_message.fitted(PRIYA, stage.integration, code, rows)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (Code.KEY_REFUSED, f"We sign in as {API_USER}, but Spektrix does not accept the API user and key."),
        (Code.KEY_NOT_BASE64, "make a new key"),
        (Code.KEY_UNREADABLE, "make a new key"),
        (Code.BASKETS_REFUSED, "not allowed to read baskets"),
        (Code.CUSTOMERS_REFUSED, "not allowed to read customers"),
        (Code.WRITING_REFUSED, "not allowed to update customers"),
        (Code.CLIENT_UNKNOWN, f"We have the client name {CLIENT_NAME}"),
        (Code.CLIENT_CASE, "Capitals matter"),
        (Code.DOMAIN_UNREACHABLE, "Tell us the custom domain"),
        (Code.DOMAIN_NOT_SPEKTRIX, "Tell us the custom domain"),
        (Code.OUTAGE, "Everything is set up"),
        (None, "Everything is set up"),
    ],
)
def test_message_fits_the_fault(stage, code, says):
    message = fitted(stage, code)
    assert says in message
    assert message.endswith("Reply to Priya Shah, priya@greenroom.example, at The Green Room.")
    assert API_KEY not in message
    assert API_KEY[-4:] not in message


@pytest.mark.parametrize("code", [Code.KEY_REFUSED, Code.WRITING_REFUSED])
def test_a_new_key_is_never_asked_for_by_reply(stage, code):
    lines = fitted(stage, code).splitlines()
    assert "Never send the key itself by email or chat." in lines
    assert not any("pass on" in line for line in lines)


@pytest.mark.parametrize("code", [Code.KEY_REFUSED, Code.WRITING_REFUSED])
def test_what_is_wrong_with_the_attributes_is_asked_for_in_the_same_message(stage, code):
    wrong = AttributeRow(LAST_DINED_AT, "missing", asks_admin=True)
    message = fitted(stage, code, [wrong, FOUND])
    assert f"Also, in {WHERE}" in message
    assert f"- {LAST_DINED_AT} (type Text)" in message
    assert "Besides" not in fitted(stage, code)


def test_missing_attribute_is_asked_for_by_its_exact_name_and_the_other_is_left_out(stage):
    message = fitted(stage, None, [AttributeRow(LAST_DINED_AT, "missing"), FOUND])
    assert f"- {LAST_DINED_AT} (type Text)" in message
    assert WHERE in message
    assert NUMBER_OF_VISITS not in message


def test_misspelt_attribute_is_shown_beside_the_name_it_must_have(stage):
    spelling = compare("attribute_Lastdinedat", LAST_DINED_AT)
    lines = fitted(stage, None, [AttributeRow(LAST_DINED_AT, "almost", spelling), FOUND]).splitlines()
    at = lines.index(f"- Rename to {LAST_DINED_AT}")
    assert lines[at + 1].endswith(": Lastdinedat")
    assert lines[at + 2].strip() == "Two letters need capitals."


@pytest.mark.parametrize(
    ("state", "says"), [("wrong_type", "does not keep the values"), ("loses_time", "loses the time")]
)
def test_wrong_type_is_asked_to_be_made_again(stage, state, says):
    message = fitted(stage, None, [AttributeRow(LAST_DINED_AT, state), FOUND])
    assert f"Make {LAST_DINED_AT} again with type Text" in message
    assert says in message


def test_whole_request_has_the_steps_and_both_names():
    message = admin_message.request_all(PRIYA)
    assert "1. In Spektrix, open" in message
    for name in (LAST_DINED_AT, NUMBER_OF_VISITS):
        assert f"- {name} (type Text)" in message


def test_states_of_the_venue_become_lines_of_the_message(stage):
    for check, state in zip(
        stage.integration.attributes, (AttributeState.NOT_FOUND, AttributeState.FOUND), strict=True
    ):
        check.state = state
    db.session.commit()
    message = fitted(stage, None, rows_of(stage.integration))
    assert f"- {LAST_DINED_AT} (type Text)" in message
    assert NUMBER_OF_VISITS not in message


def test_mail_link_carries_the_message_whole():
    body = "Line one\nA & B = 50% + more? #"
    link = urlsplit(admin_message.mailto("box.office+x@example.org", body))
    assert (link.scheme, link.path) == ("mailto", "box.office%2Bx@example.org")
    assert parse_qs(link.query)["body"] == [body]
    assert admin_message.mailto("", body) == ""
