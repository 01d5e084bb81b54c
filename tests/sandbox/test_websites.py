"""The theatre's other websites, and the page of Spektrix's that one of them embeds."""

import json

import pytest
import requests

from portal.sandbox.theatre import websites
from tests.support.reading import inline, read
from tests.support.tables import each_row

SNIPPET = '<div data-rezzy-widget="w_x"><a href="http://127.0.0.1:8700/w/w_x">Book a table</a></div>'


def page(sandbox, slug=""):
    return requests.get(f"{sandbox.theatre_url}/other-websites{slug}", timeout=5)


def policy(answer):
    lines = (line.split() for line in answer.headers["Content-Security-Policy"].split("; "))
    return {name: sources for name, *sources in lines}


@pytest.fixture
def with_widget(sandbox):
    sandbox.options(widget_id="w_x")
    return sandbox


def test_all_are_listed_on_one_page_that_every_page_links_to(sandbox):
    addresses = read(page(sandbox)).one("main").addresses()
    listed = [each for each in addresses if each.startswith("/other-websites/")]
    assert listed == [f"/other-websites/{each.slug}" for each in websites.WEBSITES]
    assert "/other-websites" in read(requests.get(sandbox.theatre_url, timeout=5)).addresses()


@each_row("slug", [each.slug for each in websites.WEBSITES])
def test_each_says_what_differs_and_allows_no_inline_script(with_widget, slug):
    found = page(with_widget, f"/{slug}")
    assert found.status_code == 200
    assert read(found).one("h1").words
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(policy(found)["script-src"])
    assert inline(read(found)) == []


def test_without_a_widget_they_say_how_to_get_one(sandbox):
    assert "No reservation widget is set up" in page(sandbox, "/strict-policy").text
    assert page(sandbox, "/no-such-site").status_code == 404


def test_snippet_is_the_same_wherever_it_says_nothing_of_its_own(with_widget):
    for slug in ("strict-policy", "late-component", "page-builder", "wrong-host"):
        assert SNIPPET in page(with_widget, f"/{slug}").text
    assert SNIPPET in page(with_widget, "/builder-frame/inside").text


def test_nonce_is_new_for_every_visit_and_on_every_script(with_widget):
    nonces = set()
    for _ in range(2):
        answer = page(with_widget, "/nonce-policy")
        (source, dynamic) = policy(answer)["script-src"]
        nonce = source.removeprefix("'nonce-").removesuffix("'")
        assert dynamic == "'strict-dynamic'"
        assert answer.text.count("<script") == answer.text.count(f'nonce="{nonce}"') > 0
        nonces.add(nonce)
    assert len(nonces) == 2


def test_widget_can_be_kept_out_of_every_site(with_widget):
    with_widget.options(theatre_allows_widget=False)
    assert policy(page(with_widget, "/strict-policy"))["frame-src"] == []


class TestEmbeddedPage:
    @pytest.fixture
    def address(self, sandbox):
        return f"{sandbox.api_url}/harbourplayhouse/website/Basket2.aspx"

    def told(self, answer):
        return json.loads(read(answer).one("script", type="application/json").words)

    def test_it_tells_of_the_basket_without_its_id(self, sandbox, visitor, address):
        visitor.headers["Origin"] = sandbox.api_url
        before = self.told(visitor.get(address))
        assert (before["tickets"], before["hash"]) == ([], "NotLoggedIn")
        told = self.told(visitor.post(address))
        assert told.keys() == before.keys()
        assert "id" not in told
        assert [ticket["instance"].keys() for ticket in told["tickets"]] == [{"id"}] * 2
        assert told["hash"] != before["hash"]

    def test_only_the_theatre_may_frame_it_and_only_itself_may_change_it(self, sandbox, visitor, address):
        found = visitor.get(address)
        assert policy(found)["frame-ancestors"] == [sandbox.theatre_url]
        assert read(found).value_of("data-around") == sandbox.theatre_url
        assert visitor.post(address, headers={"Origin": "http://elsewhere.example"}).status_code == 403

    def test_client_that_does_not_exist_has_none(self, address):
        assert requests.get(address.replace("harbour", "other"), timeout=5).status_code == 404
