"""The card "Where it runs" and the Spektrix page's "Used by", as the venue's people see them."""

from datetime import timedelta

import pytest

from tests.support.reading import read
from tests.support.tables import each_row
from tests.widgets.conftest import NOON, SITE, WIDGET, change

HOST = f"http://{SITE}"
STRANGER = "staging.harbour.example"


@pytest.fixture
def opened(stored):
    """Put openings into the database: a reason, how often, on which page, how long ago."""

    def opened(reason, count=1, page=f"{HOST}/eat", ago=timedelta()):
        from portal.widgets.models import Widget, WidgetOpenings

        at = NOON - ago
        values = {"reason": reason, "count": count, "page": page, "last_at": at, "snippet_version": "1"}

        def add(db):
            widget = db.session.scalar(db.select(Widget))
            hour = at.replace(minute=0, second=0, microsecond=0)
            db.session.add(WidgetOpenings(widget_id=widget.id, hour=hour, **values))

        stored(add)

    return opened


@pytest.fixture
def where(people):
    """The card as a tree of elements."""
    return lambda who="manager": read(people[who].get(f"/widgets/{WIDGET}")).one("section", id="where")


@pytest.fixture
def card(where):
    """The card as text, in one line."""
    return lambda who="manager": where(who).words


def test_site_where_it_was_never_opened(card):
    assert card().count("Not opened yet") == 2


def test_site_where_dates_come_up(card, opened):
    opened("filled", 9, ago=timedelta(minutes=6))
    opened("no_basket", 3, ago=timedelta(hours=5))
    said = card()
    assert "Opened 6 minutes ago on /eat. The date was filled in for 9 of 12 openings in 7 days." in said
    assert "The others had no tickets in their basket yet." in said
    assert "When it was not" not in said
    assert "needs attention" not in said


@pytest.mark.parametrize(
    ("reason", "headline", "who"),
    [
        ("no_basket", "before they have a ticket", "Whoever looks after your website"),
        ("script_missing", "own script is not on the page", "Whoever looks after your website"),
        ("blocked", "security policy blocks the basket", "Whoever looks after your website"),
        ("wrong_host", "use different Spektrix addresses", "Whoever looks after your website"),
        ("timed_out", "too slow to hand over the basket", "Nobody needs to do anything"),
        ("failed", "having a problem at the moment", "Nobody needs to do anything"),
    ],
)
def test_reason_says_what_is_wrong_and_who_mends_it(where, opened, reason, headline, who):
    opened(reason)
    found = where()
    assert headline in found.words
    assert f"{who}:" in [name.words for name in found.all("b")]
    live_check = f"/find-the-fault/pre-fill?widget={WIDGET}"
    assert [address for address in found.addresses() if address.startswith(live_check)]
    assert "needs attention" in found.words


def test_setting_is_named_only_while_it_stands(card, opened, stored):
    opened("off", 4)
    assert "is set to None" not in card()
    change(stored, integration="none")
    said = card()
    assert "The widget’s integration is set to None" in said
    assert "needs attention" not in said


@pytest.mark.parametrize("since", ["filled", "no_basket", "script_missing"])
def test_dates_from_before_it_was_set_to_none_get_no_tick(where, card, opened, stored, since):
    opened("filled", 9, ago=timedelta(hours=2))
    opened(since, ago=timedelta(hours=1))
    assert "set to None" not in card()
    change(stored, integration="none")
    said = card()
    assert "Now: The widget’s integration is set to None." in said
    assert "When it was not" not in said
    assert [mark for mark in where().addresses() if "#circle-check" in mark] == []
    assert "needs attention" not in said


def test_dates_from_before_the_pause_need_attention(card, opened, stored):
    from portal.integration.connection.models import Integration

    opened("filled", 9, ago=timedelta(hours=2))
    stored(lambda db: db.session.execute(db.update(Integration).values(active=False)))
    said = card()
    assert "Now: The integration is paused" in said
    assert "needs attention" in said


def test_site_that_went_silent(card, opened):
    opened("filled", ago=timedelta(hours=49))
    said = card()
    assert (
        "Opened 2 days ago on /eat. Not opened for two days. Check that the code is still on the page."
        in said
    )


def test_site_that_was_added_after_it_was_seen(card, opened):
    opened("not_listed")
    said = card()
    assert "The site was not on the list then." in said
    assert "Allow" not in said


def test_listed_site_on_an_insecure_address(card, opened):
    opened("not_listed", page="http://www.harbourplayhouse.example/")
    assert "The page is not secure (http), so the widget does not open." in card()


def test_blocked_site_is_given_the_line_that_its_policy_may_lack(card, opened):
    opened("blocked")
    said = card()
    assert "on /eat, but the site’s security policy or a content blocker stops the basket." in said
    assert "connect-src http://127.0.0.1:8700 http://127.0.0.1:1" in said


def test_site_on_which_spektrix_comes_later_than_the_widget(card, opened):
    opened("script_missing")
    said = card()
    assert "on /eat, but Spektrix’s code comes after ours or is missing" in said
    assert "connect-src" not in said


def test_each_site_can_be_checked_by_managers(where, opened):
    opened("filled")
    asked = [field.attributes["value"] for field in where().all("input", name="address")]
    assert {f"{HOST}/eat", "https://www.harbourplayhouse.example/"} <= set(asked)
    assert [address for address in where("staff").addresses() if "/check" in address] == []


def test_pages_beyond_the_days_limit_are_named(card, opened):
    opened("filled", 7, page="")
    assert "Opened 7 more times on other pages in the last 7 days." in card()


def test_path_is_shown_escaped(card, opened, people):
    opened("filled", page=f"{HOST}/<script>alert(1)</script>")
    assert "<script>alert(1)" not in people["manager"].get(f"/widgets/{WIDGET}").text
    assert "on /<script>alert(1)</script>." in card()


class TestStranger:
    @pytest.fixture(autouse=True)
    def seen(self, opened):
        opened("not_listed", page=f"https://{STRANGER}/eat")

    def test_managers_are_asked_and_staff_are_told(self, where, card):
        for who in ("manager", "staff"):
            assert STRANGER in [name.children[0] for name in where(who).all("span", class_="check__name")]
            assert "on /eat. The site is not on the list" in card(who)
        assert "Allow" in card("manager")
        assert "Allow" not in card("staff")

    def test_allowing_puts_it_on_the_list(self, people, where, seeded):
        answer = people["manager"].post(f"/widgets/{WIDGET}/sites/allow", data={"site": STRANGER})
        assert answer.status_code == 303
        assert [button for button in where().all("button") if button.words == "Allow"] == []
        config = seeded.test_client().get(f"/w/{WIDGET}/config", headers={"Origin": f"https://{STRANGER}"})
        assert config.headers["Access-Control-Allow-Origin"] == f"https://{STRANGER}"

    def test_ignoring_says_no_more_of_it(self, people, card, opened):
        people["manager"].post(f"/widgets/{WIDGET}/sites/ignore", data={"site": STRANGER})
        opened("not_listed", page=f"https://{STRANGER}/bar")
        assert STRANGER not in card()

    @each_row("fate", ["allow", "ignore"])
    @each_row("site", ["", "*", "javascript:alert(1)", "evil.example; script-src *", "a b"])
    def test_what_is_no_website_changes_nothing(self, people, stored, fate, site):
        from portal.widgets.models import Widget

        before = stored(lambda db: db.session.execute(db.select(Widget.sites, Widget.ignored_sites)).all())
        assert (
            people["manager"].post(f"/widgets/{WIDGET}/sites/{fate}", data={"site": site}).status_code == 303
        )
        assert (
            stored(lambda db: db.session.execute(db.select(Widget.sites, Widget.ignored_sites)).all())
            == before
        )

    @pytest.mark.parametrize("fate", ["allow", "ignore"])
    def test_staff_may_do_neither(self, people, fate):
        answer = people["staff"].post(f"/widgets/{WIDGET}/sites/{fate}", data={"site": STRANGER})
        assert answer.status_code == 403


def test_used_by_names_site_and_last_basket(people, opened):
    fragment = people["staff"].get("/widgets/used-by-spektrix").text
    assert "Not opened with a basket yet" in fragment
    opened("filled", ago=timedelta(minutes=6))
    fragment = people["staff"].get("/widgets/used-by-spektrix").text
    assert f"{SITE} and 1 other" in fragment
    assert "Last opened with a basket 6 minutes ago" in fragment
