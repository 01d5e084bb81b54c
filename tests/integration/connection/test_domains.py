"""Custom domains: a public host name and nothing else, refused in one sentence whatever it was (X11)."""

import pytest
from werkzeug.datastructures import MultiDict

from portal.integration.connection import domains
from portal.integration.settings.forms import BAD_DOMAIN, CredentialsForm
from tests.factories import API_KEY
from tests.support.tables import each_row

GOOD = {"client_name": "harbourplayhouse", "api_user": "greenroom-api", "api_key": API_KEY}
REFUSED = [
    "169.254.169.254",
    "127.0.0.1",
    "[::1]",
    "::1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "localhost",
    "localhost.",
    "localhost:8701",
    "intranet",
    "db.internal",
    "printer.local",
    "http://",
    "https://",
    "https:///path",
    "ftp://tickets.playhouse.org",
    "tickets.playhouse.org:22",
    "https://tickets.playhouse.org:8443/",
    "user@tickets.playhouse.org",
    "https://user:word@tickets.playhouse.org/",
    "tickets playhouse.org",
    "tickets..org",
    "-tickets.playhouse.org",
    "tickets.playhouse.org\\evil",
    "tickets.playhouse.123",
    "a" * 64 + ".org",
    ".".join(["abc"] * 64) + ".org",
]


@pytest.fixture
def filled(app):
    """A form filled in with this custom domain, or other values, and validated."""

    def fill_in(domain="", *, local=False, **changes):
        with app.test_request_context():
            values = MultiDict(GOOD | {"custom_domain": domain} | changes)
            form = CredentialsForm(values, key_is_stored=False, local_domains=local, meta={"csrf": False})
            form.validate()
            return form

    return fill_in


@each_row("typed", REFUSED)
def test_anything_but_a_public_host_is_refused_with_one_sentence(filled, typed):
    assert filled(typed).errors == {"custom_domain": [BAD_DOMAIN]}


@each_row(
    "typed, host",
    [
        ("", ""),
        ("tickets.playhouse.org", "tickets.playhouse.org"),
        (" Tickets.Playhouse.ORG\u200b\n", "tickets.playhouse.org"),
        ("https://tickets.playhouse.org/harbourplayhouse/website/Basket.aspx?x=1#y", "tickets.playhouse.org"),
        ("http://tickets.playhouse.org", "tickets.playhouse.org"),
        ("tickets.playhouse.org/", "tickets.playhouse.org"),
        ("tickets.playhouse.org/basket", "tickets.playhouse.org"),
        ("tickets.playhouse.org.", "tickets.playhouse.org"),
        ("https://tickets.playhouse.org:443/basket", "tickets.playhouse.org"),
        ("//tickets.playhouse.org/basket", "tickets.playhouse.org"),
        ("<https://tickets.playhouse.org/basket>,", "tickets.playhouse.org"),
        ("strauß.de", "xn--strau-pqa.de"),
        ("https://system.spektrix.com:443/harbour", ""),
        ("karten.bühne.org", "karten.xn--bhne-0ra.org"),
        ("https://system.spektrix.com/harbour", ""),
    ],
)
def test_the_host_is_taken_out_of_what_was_pasted(filled, typed, host):
    form = filled(typed)
    assert form.errors == {}
    assert form.typed.custom_domain == host


def test_what_was_taken_is_said(filled, app):
    with app.test_request_context():
        said = filled("https://tickets.playhouse.org/x").removed
    assert said == ["Custom domain: tickets.playhouse.org was taken from the address."]


@pytest.mark.parametrize(
    ("typed", "client_name", "domain"),
    [
        ("https://tickets.playhouse.org/harbour/website", "harbour", "tickets.playhouse.org"),
        ("tickets.playhouse.org/Harbour", "Harbour", "tickets.playhouse.org"),
        ("https://system.spektrix.com/harbour/client", "harbour", ""),
        ("harbour", "harbour", ""),
    ],
)
def test_an_address_pasted_as_client_name_gives_both(filled, typed, client_name, domain):
    form = filled(client_name=typed)
    assert form.errors == {}
    assert (form.typed.client_name, form.typed.custom_domain) == (client_name, domain)


def test_a_domain_typed_counts_more_than_that_of_an_address(filled):
    form = filled("tickets.playhouse.org", client_name="https://old.playhouse.org/harbour")
    assert form.typed.custom_domain == "tickets.playhouse.org"


@pytest.mark.parametrize("typed", ["localhost:8701", "127.0.0.1:8701", "localhost"])
def test_this_machine_is_allowed_only_where_the_settings_allow_it(filled, typed):
    assert filled(typed, local=True).errors == {}
    assert filled(typed).errors == {"custom_domain": [BAD_DOMAIN]}


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("tickets.playhouse.org", "https://tickets.playhouse.org"),
        ("localhost:8701", "http://localhost:8701"),
    ],
)
def test_only_this_machine_is_asked_over_plain_http(domain, url):
    assert domains.base_url(domain) == url
    assert domains.is_local_address(url) is url.startswith("http:")
