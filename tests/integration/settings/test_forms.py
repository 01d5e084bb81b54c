"""What a manager may type to connect, and the sentences that come back (B23)."""

import pytest
from werkzeug.datastructures import MultiDict

from portal.integration.settings.forms import CredentialsForm
from tests.factories import API_KEY
from tests.support.tables import each_row

GOOD = {"client_name": "harbourplayhouse", "api_user": "greenroom-api", "api_key": API_KEY}


@pytest.fixture
def errors(app):
    """Answers with the errors of a form filled in with GOOD and `changes`."""

    def fill_in(key_is_stored=False, **changes):
        with app.test_request_context():
            form = CredentialsForm(
                MultiDict(GOOD | changes), key_is_stored=key_is_stored, meta={"csrf": False}
            )
            form.validate()
            return {name: messages[0] for name, messages in form.errors.items()}

    return fill_in


def test_good_values_pass(errors):
    assert errors() == {}


@each_row(
    "name, said",
    [
        ("", "Enter the client name"),
        ("\u200b", "Enter the client name"),
        ("Harbour Playhouse", "Client name must not contain spaces. Copy it from your Spektrix address"),
        ("harbour/playhouse", "Client name must not contain slashes."),
        ("harbour\\playhouse", "Client name must not contain slashes."),
        ("../customers", "Client name must not contain slashes."),
        ("harbour?x", "Client name must be letters and digits, 64 at most."),
        ("a" * 65, "Client name must be letters and digits, 64 at most."),
        ("https://system.spektrix.com/", "Client name is missing from this address."),
    ],
)
def test_client_names_that_cannot_be(errors, name, said):
    assert errors(client_name=name)["client_name"].startswith(said)


@pytest.mark.parametrize("user", ["", "  ", "\u200b", "''"])
def test_user_name_is_needed(errors, user):
    assert errors(api_user=user) == {"api_user": "Enter the API user name"}


@pytest.mark.parametrize("user", ["green:room", "https://x"])
def test_a_user_name_with_a_colon_cannot_be(errors, user):
    assert errors(api_user=user)["api_user"].startswith("API user name must not contain a colon")


def test_overlong_user_name_is_told(errors):
    assert errors(api_user="x" * 121) == {"api_user": "API user name must be 120 characters or fewer"}


@pytest.mark.parametrize("key", ["", "  ", '""'])
def test_key_is_needed_the_first_time(errors, key):
    assert errors(api_key=key) == {"api_key": "Enter the API key"}


def test_blank_key_keeps_the_stored_one(errors):
    """B23."""
    assert errors(key_is_stored=True, api_key="") == {}


@pytest.mark.parametrize("key", ["not a key!", "QUJDR", "A" * 504])
def test_a_key_that_could_never_sign_is_told(errors, key):
    assert errors(api_key=key)["api_key"].startswith("API key must be letters, digits, + and /")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_name": "harbour\u200bplayhouse"}, "Client name: hidden characters were removed."),
        (
            {"client_name": "https://system.spektrix.com/Harbour/client"},
            "Client name: Harbour was taken from the address.",
        ),
        ({"api_key": f'"{API_KEY}"'}, "API key: extra spaces or characters around it were removed."),
        (
            {"api_user": "green room"},
            "API user name contains a space. Check that it is the same in Spektrix.",
        ),
    ],
)
def test_what_was_changed_is_said(app, changes, said):
    with app.test_request_context():
        form = CredentialsForm(MultiDict(GOOD | changes), key_is_stored=False, meta={"csrf": False})
        assert form.validate()
        assert form.removed == [said]


def test_nothing_is_said_when_nothing_was_changed(app):
    with app.test_request_context():
        form = CredentialsForm(MultiDict(GOOD), key_is_stored=False, meta={"csrf": False})
        assert form.removed == []
