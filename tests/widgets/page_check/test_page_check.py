"""Fetching a page: whom it asks, whom it never asks, and how much it takes (X11)."""

import gzip
import socket
import time

import pytest

from portal.integration.connection import gateway, web_pages
from portal.widgets.page_check import address as page_address, fetch as page_check
from portal.widgets.page_check.fetch import NoPage, Site
from tests.support.raw_answers import raw_answers
from tests.support.website import HTML, websites

AGENT = "MakeARezzy-PageCheck/1.0 (+https://book.example.org)"
PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "224.0.0.1",
]


@pytest.fixture
def website():
    with websites() as site:
        yield site


@pytest.fixture(autouse=True)
def in_the_app(app_context):
    """Whether a transaction is open is asked of the app's session."""


def fetch(address, *sites, local=True):
    allowed = Site(sites, AGENT, local)
    return page_check.fetch(page_address.read(address, allowed.sites), allowed)


def refused(address, *sites, local=True):
    with pytest.raises(NoPage) as caught:
        fetch(address, *sites, local=local)
    return caught.value


def test_a_page_is_asked_for_without_anything_but_who_asks(website):
    website.pages["/eat?x=1"] = (200, HTML | {"Content-Security-Policy": "img-src *"}, b"<p>caf\xc3\xa9")
    found = fetch(f"{website.site}/eat?x=1#y", website.site)
    assert (found.status, found.html, found.policy, found.cut) == (200, "<p>café", "img-src *", False)
    [(path, headers)] = website.requests
    assert path == "/eat?x=1"
    assert headers.pop("Host") == website.site
    assert headers == {"User-Agent": AGENT, "Accept": "text/html", "Accept-Encoding": "gzip"}


def test_redirects_are_followed_three_times_and_cookies_are_not_kept(website):
    for step in range(5):
        headers = {"Location": f"/{step + 1}", "Set-Cookie": "a=b; Path=/"}
        website.pages[f"/{step}"] = (302, headers, b"")
    website.pages["/4"] = (200, HTML, b"done")
    found = fetch(f"{website.site}/1", website.site)
    assert [hop.rest for hop in found.hops] == ["/1", "/2", "/3", "/4"]
    assert found.html == "done"
    assert not any("Cookie" in headers for _path, headers in website.requests)
    website.requests.clear()
    error = refused(f"{website.site}/0", website.site)
    assert error.kind == "too_many"
    assert [path for path, _headers in website.requests] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leaves_the_list(website, status):
    with websites() as other:
        website.pages["/"] = (status, {"Location": f"http://{other.site}/"}, b"")
        error = refused(website.site, website.site)
    assert (error.kind, error.where) == ("off_the_list", other.site)
    assert other.requests == []


@pytest.mark.parametrize(
    "location", ["http://[", "javascript:alert(1)", "http://u:p@{site}/", "http://{site}\\@evil.example/"]
)
def test_a_redirect_to_what_is_no_address_is_not_followed(website, location):
    website.pages["/"] = (302, {"Location": location.format(site=website.site)}, b"")
    assert refused(website.site, website.site).kind == "broken"
    assert len(website.requests) == 1


def test_a_redirect_without_an_address_is_an_answer(website):
    website.pages["/"] = (302, HTML, b"moved")
    assert fetch(website.site, website.site).status == 302


class TestPublicAddressesOnly:
    @pytest.mark.parametrize("address", PRIVATE)
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_name_that_leads_elsewhere_is_not_connected_to(self, monkeypatch, scheme, address):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
        monkeypatch.setattr("portal.spektrix.public_hosts.create_connection", _fail)
        assert refused(f"{scheme}://www.example.org", "www.example.org").kind == "not_public"

    def test_this_machine_is_asked_only_where_that_is_allowed(self, website):
        website.pages["/"] = (200, HTML, b"secret")
        for site in (website.site, website.site.replace("127.0.0.1", "localhost")):
            assert refused(site, site, local=False).kind == "not_public"
        assert website.requests == []

    @pytest.mark.parametrize("site", ["0177.0.0.1", "0x7f.0.0.1", "127.0.1", "10.0.0.1", "169.254.169.254"])
    def test_spellings_of_private_addresses_on_the_list_gain_nothing(self, site):
        assert refused(f"http://{site}/", site).kind in {"not_public", "dns"}

    def test_the_address_that_was_checked_is_the_one_connected_to(self, monkeypatch):
        """A name that answers differently the second time is never asked a second time."""
        answers = iter(["93.184.215.14", "127.0.0.1"])
        asked = []

        def look_up(*_args, **_kwargs):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 80))]

        def connect(address, *_args, **_kwargs):
            asked.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr("portal.spektrix.public_hosts.create_connection", connect)
        assert refused("http://www.example.org/", "www.example.org").kind == "refused"
        assert asked == [("93.184.215.14", 80)]

    def test_each_redirect_is_checked_again(self, monkeypatch, website):
        website.pages["/"] = (302, {"Location": "http://www.example.org/"}, b"")
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: found if "example" in host else real(host, *a, **k)
        )
        assert refused(website.site, website.site, "www.example.org").kind == "not_public"


class TestHowMuch:
    def test_a_page_is_cut_at_two_megabytes(self, website):
        website.pages["/"] = (200, HTML, b"x" * 3_000_000)
        found = fetch(website.site, website.site)
        assert found.cut
        assert len(found.html) == page_check.MOST_BYTES

    def test_a_packed_page_is_counted_unpacked(self, website):
        bomb = gzip.compress(b"x" * 50_000_000, 1)
        website.pages["/"] = (200, HTML | {"Content-Encoding": "gzip"}, bomb)
        found = fetch(website.site, website.site)
        assert found.cut
        assert len(found.html) == page_check.MOST_BYTES

    def test_slow_answers_have_one_time_for_all(self, website, monkeypatch):
        monkeypatch.setattr(page_check, "SECONDS", 0.3)
        listener = socket.create_server(("127.0.0.1", 0))
        site = f"127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        assert refused(site, site).kind == "timed_out"
        listener.close()
        assert time.monotonic() - started < 3

    @pytest.mark.parametrize(
        "media_type", ["application/pdf", "image/png", "application/json", "text/plain", "x"]
    )
    def test_what_is_no_page_is_not_read(self, website, media_type):
        website.pages["/"] = (200, {"Content-Type": media_type}, b"<div data-rezzy-widget=w>")
        assert fetch(website.site, website.site).html is None

    def test_what_calls_itself_a_page_and_is_binary(self, website):
        website.pages["/"] = (200, HTML, b"\x89PNG\0\0\xff\xfe")
        assert fetch(website.site, website.site).html is None

    def test_a_page_in_wide_letters(self, website):
        website.pages["/"] = (200, HTML, "<p>x".encode("utf-16"))
        assert fetch(website.site, website.site).html == "<p>x"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01\x02",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"HTTP/1.1 999 \r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
)
def test_an_answer_that_is_none_is_no_page(answer):
    with raw_answers() as server:
        server.answer = answer
        site = server.url.removeprefix("http://")
        assert refused(site, site).kind in {"broken", "reset", "other"}


def test_nothing_is_asked_inside_a_transaction(website):
    from portal.extensions import db

    db.session.execute(db.text("SELECT 1"))
    with pytest.raises(gateway.TransactionOpen):
        web_pages.get(
            f"http://{website.site}/", agent=AGENT, budget=gateway.Budget(1), most_bytes=9, local=True
        )
    assert website.requests == []


def _fail(address, *_args, **_kwargs):
    raise AssertionError(f"connected to {address}")
