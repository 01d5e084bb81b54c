"""What is sent to the desk's pages instead of a form: the sender's mistake, never a fault of ours."""

from io import BytesIO

import pytest

from tests import factories
from tests.support.addresses import unsafe_addresses
from tests.support.tables import each_row

ODD_JSON = [
    "1",
    "1.5",
    '"x"',
    "[]",
    "null",
    "true",
    "{",
    "",
    "[" * 20_000,
    "{}",
    '{"email": 1}',
    '{"email": {"a": [null]}, "password": [], "name": true}',
]
# The one form of the desk that asks for a file.
LOGO = "/settings/details"
TYPED = ("name", "email", "password", "api_key", "client_name", "sites", "date", "time", "party_size")


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return factories.make_manager(venue)


@pytest.fixture
def posts(app, venue, manager):
    """Every address of the desk to which a form can be posted."""
    return [address for method, address in unsafe_addresses(app, venue, manager) if method == "POST"]


@pytest.fixture(params=["signed in", "signed out"])
def visitor(request, client, manager):
    if request.param == "signed in":
        return factories.sign_in(client, manager)
    return factories.with_csrf(client)


def test_json_is_refused_on_every_page(visitor, posts):
    tries = [(address, body) for address in posts for body in ("1", '{"name": 1}')]
    tries += [("/sign-in", body) for body in ODD_JSON]
    odd = []
    for address, body in tries:
        for kind in ("application/json", "application/vnd.api+json; charset=x"):
            status = visitor.post(address, data=body, content_type=kind).status_code
            if status != 415:
                odd.append((address, kind, body[:60], status))
    assert not odd


def test_files_are_no_text(visitor, posts):
    """Wherever a form does not ask for one."""
    assert LOGO in posts
    odd = []
    for address in set(posts) - {LOGO}:
        files = {name: (BytesIO(b"x"), "x.txt") for name in TYPED}
        status = visitor.post(address, data=files, content_type="multipart/form-data").status_code
        if status != 415:
            odd.append((address, status))
    assert not odd


@each_row(
    "kind, body",
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"--\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=email\r\n\r\n"),
        ("application/x-www-form-urlencoded", b"email=%FF%FE&email=%00&=&&%ZZ"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"email=a"),
        ("text/plain", b"email=a"),
        ("", b"email=a"),
        ("nonsense", b"\xff\xfe"),
    ],
)
def test_other_bodies_are_nobodys_fault_of_ours(visitor, posts, kind, body):
    answers = {address: visitor.post(address, data=body, content_type=kind).status_code for address in posts}
    assert {address: status for address, status in answers.items() if status >= 500} == {}
