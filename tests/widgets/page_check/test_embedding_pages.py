"""The code's card and page, and Check a page, as the venue's people see them."""

from html import unescape
from urllib.parse import unquote

import pytest
from limits import parse

from portal.extensions import limiter
from portal.widgets.page_check import service as checking
from portal.widgets.setup import embedding
from tests.support.reading import read
from tests.widgets.conftest import SITE, WIDGET, change

HTMX = {"HX-Request": "true"}


pytestmark = pytest.mark.settings(allow_local_domains=True)


def code_page(client, tab="", **options):
    return client.get(f"/widgets/{WIDGET}/code", query_string={"tab": tab}, **options)


def check(client, address, **options):
    return client.post(f"/widgets/{WIDGET}/check", data={"address": address}, **options)


class TestCode:
    @pytest.mark.parametrize("tab", embedding.TABS)
    def test_each_tab_is_an_address_of_its_own(self, people, tab):
        for who in ("manager", "staff"):
            page = read(code_page(people[who], tab))
            [here] = page.one("nav", class_="tabs").all("a", aria_current="true")
            assert here.words == embedding.TABS[tab]
            assert page.one("h1").words == "Code"

    def test_htmx_gets_the_card_alone(self, manager):
        answer = code_page(manager, "wordpress", headers=HTMX)
        assert [each.attributes["id"] for each in read(answer).elements][:1] == ["_code"]
        assert "HX-Request" in answer.headers["Vary"]
        assert read(answer).one(id="_code").one("h2").words == "Add it to your website"

    def test_an_unknown_tab_is_the_first(self, manager):
        assert read(code_page(manager, "zz")).one("a", aria_current="true").words == "Any website"

    def test_what_is_shown_is_what_is_copied(self, manager):
        page = read(code_page(manager))
        [shown] = page.one(id="_code").all("pre")
        assert shown.one("code").words == " ".join(
            page.one(id="_code").one("button").attributes["data-copy"].split()
        )
        assert page.one(id="_code").one("button").attributes["data-copy-said"] == "Copied"

    def test_tag_manager_gets_place_and_script_apart(self, manager):
        blocks = [block.words for block in read(code_page(manager, "gtm")).one(id="_code").all("pre")]
        assert [block.split()[0] for block in blocks] == ["<div", "<script"]

    def test_wix_gets_a_link_with_a_date(self, manager):
        [block] = read(code_page(manager, "wix")).one(id="_code").all("pre")
        assert block.words == f"http://127.0.0.1:8700/w/{WIDGET}?date=2026-06-19"

    def test_developer_is_told_all_in_a_mail(self, manager):
        page = read(code_page(manager, "developer"))
        [mail] = [each for each in page.all("a") if each.attributes["href"].startswith("mailto:?")]
        body = unquote(mail.attributes["href"])
        assert f'data-rezzy-widget="{WIDGET}"' in body
        assert "script-src http://127.0.0.1:8700" in body
        assert len(mail.attributes["href"]) < 2000

    def test_policy_lines_follow_the_integration(self, manager, stored):
        assert "connect-src http://127.0.0.1:8700 http://127.0.0.1:1" in code_page(manager).text
        change(stored, integration="none")
        assert "http://127.0.0.1:1 " not in code_page(manager).text

    def test_policy_lines_name_the_custom_domain(self, manager, stored):
        from portal.integration.connection.models import Integration

        stored(lambda db: db.session.execute(db.update(Integration).values(custom_domain="tickets.h.org")))
        assert "connect-src http://127.0.0.1:8700 https://tickets.h.org" in code_page(manager).text

    def test_name_for_trusted_types_stands_beside_the_lines_and_not_in_them(self, manager):
        page = read(code_page(manager, "developer"))
        policy = page.one(id="policy")
        assert "trusted-types rezzy Only where the policy has a line of that name" in policy.words
        assert "trusted-types" not in policy.one("pre").words
        assert "add the name rezzy to that line" in page.one(id="_code").words


class TestCheck:
    def test_staff_may_not(self, people):
        assert check(people["staff"], f"http://{SITE}/").status_code == 403

    @pytest.mark.parametrize(
        "address", ["", "https://evil.example/", "file:///etc/passwd", f"http://u@{SITE}/"]
    )
    def test_other_addresses_are_refused_in_words(self, manager, address):
        for headers in (HTMX, {}):
            answer = check(manager, address, headers=headers)
            assert answer.status_code == 422
            alerts = read(answer).all(role="alert")
            # The shell's own, for a request that fails, waits hidden on every page.
            [alert] = [each for each in alerts if "hidden" not in each.attributes]
            assert alert.one("h2").words == "The page was not checked"
            assert alert.one("p").words.endswith(".")

    def test_what_was_typed_is_shown_again_escaped(self, manager):
        page = check(manager, '"><script>alert(1)</script>').text
        assert "<script>alert(1)" not in page
        assert '"><script>alert(1)</script>' in unescape(page)

    def test_nobody_there(self, manager, stored):
        change(stored, sites=["localhost:1"])
        page = read(check(manager, "localhost:1"))
        assert [row.words.split(" ")[0] for row in page.all("li", class_="check check--skipped tone-off")]
        assert "We could not understand the website’s answer." in page.one(id="_check").words

    def test_transaction_is_closed_before_the_page_is_fetched(self, manager, monkeypatch):
        from portal.extensions import db

        def fetch(start, site):
            assert not db.session().in_transaction()
            raise checking.NoPage("dns", [start])

        monkeypatch.setattr(checking.fetch, "fetch", fetch)
        assert "There is no website with that name." in check(manager, f"http://{SITE}/").text

    def test_only_what_is_kept_from_the_page_is_its_place(self, manager, monkeypatch):
        found = checking.fetch.Fetched
        html = '<div data-rezzy-widget="w_demo"><b>secret</b></div>'
        monkeypatch.setattr(
            checking.fetch, "fetch", lambda start, _site: found((start,), 200, "", html, cut=False)
        )
        said = check(manager, f"http://{SITE}/?email=amara@example.org").text
        assert "secret" not in said
        assert "amara" not in said

    @pytest.mark.parametrize(
        ("kind", "where", "words"),
        [
            ("not_public", "", "not on the public internet"),
            ("certificate", "", "certificate is not valid"),
            ("tls", "", "could not make a secure connection"),
            ("timed_out", "", "did not answer in time"),
            ("too_many", "a", "more than three times"),
            (
                "off_the_list",
                "www.other.org",
                "redirects to www.other.org, which is not on",
            ),
            ("broken", "", "could not understand the website’s answer"),
        ],
    )
    def test_each_way_of_not_answering_has_its_words(self, manager, monkeypatch, kind, where, words):
        def fetch(start, _site):
            raise checking.NoPage(kind, [start], where)

        monkeypatch.setattr(checking.fetch, "fetch", fetch)
        assert words in unescape(check(manager, f"http://{SITE}/").text)

    @pytest.mark.parametrize(
        ("status", "html", "words"),
        [(404, "x", "The server answered 404 to us."), (200, None, "The answer is not a web page.")],
    )
    def test_what_is_no_page_is_not_read(self, manager, monkeypatch, status, html, words):
        found = checking.fetch.Fetched
        monkeypatch.setattr(
            checking.fetch, "fetch", lambda start, _site: found((start,), status, "", html, cut=False)
        )
        assert words in check(manager, f"http://{SITE}/").text


class TestOnTheTheatre:
    @pytest.fixture
    def look(self, manager, stored, sandbox, settings):
        change(stored, sites=[sandbox.theatre_url.removeprefix("http://")])
        sandbox.post("options", portal_url=settings.portal_url, widget_id=WIDGET)

        def look(slug):
            page = read(check(manager, f"{sandbox.theatre_url}/other-websites/{slug}", headers=HTMX))
            return page.one("h2").words, page.one(id="_check").words

        return look

    @pytest.mark.parametrize("slug", ["strict-policy", "nonce-policy", "two-widgets", "floating-button"])
    def test_website_on_which_it_works(self, look, slug):
        assert look(slug)[0] == "No problems found on this page"

    @pytest.mark.parametrize(
        ("slug", "words"),
        [
            ("wrong-host", "tickets.elsewhere.example/harbourplayhouse"),
            ("builder-frame", "The page also has frames"),
            ("tag-manager", "A tag manager may add it"),
            ("single-page", "is inside <template>"),
        ],
    )
    def test_website_with_something_to_look_at(self, look, slug, words):
        title, said = look(slug)
        assert "found on this page" in title
        assert words in said

    def test_website_whose_policy_leaves_the_widget_out(self, look, sandbox, settings):
        sandbox.post("options", theatre_allows_widget=False)
        title, said = look("strict-policy")
        assert title == "1 problem found on this page"
        assert f"frame-src {settings.portal_url}" in said


@pytest.mark.settings(rate_limits=True)
class TestTooMany:
    def test_a_person_checks_ten_pages_a_minute(self, people, stored):
        answers = [check(people["manager"], "").status_code for _ in range(12)]
        assert answers == [422] * 10 + [429] * 2
        fragment = check(people["manager"], "", headers=HTMX)
        assert fragment.status_code == 422
        assert "Too many pages were checked" in fragment.text
        assert check(people["staff"], "").status_code == 403

    def test_pages_that_were_refused_use_up_nothing_of_the_venue(self, app, people, stored):
        from portal.venues.models import Venue

        venue_id = stored(lambda db: db.session.scalar(db.select(Venue.id)))
        venues = f"page checks at {venue_id}"
        check(people["manager"], "")
        with app.app_context():
            window = limiter.limiter.get_window_stats(parse("30 per minute"), venues, "embedding.check")
            assert window.remaining == 30
            assert limiter.limiter.hit(parse("30 per minute"), venues, "embedding.check", cost=30)
        assert check(people["manager"], "").status_code == 429
