"""Every reason that an opened widget can give, brought about on the pretend theatre's page in Chromium."""

import pytest


def only(theatre, reason):
    """Open the widget, see that one signal was counted for `reason`, and return what the console said."""
    assert theatre.open() == [(theatre.page(), reason, 1)]
    assert len(theatre.sent) == 1
    return " ".join(theatre.warnings)


def test_filled(theatre):
    theatre.add_tickets()
    theatre.visit("/book-a-table?utm=x#here")
    assert only(theatre, "filled") == ""
    assert "utm" not in theatre.sent[0]


def test_no_basket(theatre):
    theatre.visit()
    assert only(theatre, "no_basket") == ""


def test_off(theatre):
    theatre.change_widget(integration="none")
    theatre.visit()
    assert only(theatre, "off") == ""
    assert theatre.tab.evaluate("localStorage.getItem('spektrixBasket')") is not None


def test_paused(theatre):
    theatre.pause()
    theatre.visit()
    assert only(theatre, "paused") == ""


def test_wrong_host(theatre):
    theatre.sandbox.post("options", theatre_component_host="tickets.elsewhere.example")
    theatre.visit()
    said = only(theatre, "wrong_host")
    assert "tickets.elsewhere.example/harbourplayhouse, not localhost" in said


def test_wrong_client(theatre):
    theatre.sandbox.post("options", theatre_component_client="elsewhere")
    theatre.visit()
    assert "/elsewhere, not " in only(theatre, "wrong_host")


def test_blocked_by_the_pages_policy(theatre):
    theatre.sandbox.post("options", theatre_allows_basket=False)
    theatre.visit()
    said = only(theatre, "blocked")
    assert "Content-Security-Policy (connect-src) leaves out " + theatre.sandbox.api_url in said


def test_blocked_by_something_that_tells_nobody(theatre):
    theatre.visit()
    theatre.tab.wait_for_function("localStorage.getItem('spektrixBasket')")
    theatre.tab.route("**/api/v3/basket**", lambda route: route.abort("blockedbyclient"))
    said = only(theatre, "blocked")
    assert "content blocker" in said


def test_script_missing(theatre):
    theatre.sandbox.post("options", theatre_component=False)
    theatre.sandbox.fault("web_basket", "drop_connection")
    theatre.visit()
    assert "spektrix-basket-summary does not run here" in only(theatre, "script_missing")


def test_script_that_has_not_come_yet(theatre):
    theatre.sandbox.post("options", theatre_component_delay=30)
    theatre.sandbox.fault("web_basket", "drop_connection")
    theatre.visit()
    assert "spektrix-basket-summary does not run here" in only(theatre, "script_missing")


def test_timed_out(theatre):
    theatre.sandbox.fault("web_basket", "delay", seconds=4)
    theatre.visit()
    assert "did not hand over the basket in time" in only(theatre, "timed_out")


def test_failed(theatre):
    theatre.sandbox.fault("web_basket", "status", status=503)
    theatre.visit()
    assert "Spektrix answered 503" in only(theatre, "failed")


def test_not_listed(theatre):
    theatre.change_widget(sites=["www.elsewhere.example"])
    theatre.visit()
    assert "on its list of websites?" in only(theatre, "not_listed")


def test_nothing_is_sent_before_the_widget_is_opened_nor_a_cookie_with_it(theatre):
    theatre.visit()
    theatre.tab.wait_for_selector("[data-rezzy-ready]")
    assert theatre.sent == []
    assert theatre.counted() == []
    with theatre.tab.expect_request("**/opened") as asked:
        theatre.open()
    assert "cookie" not in asked.value.all_headers()


def test_browser_without_beacons_sends_it_all_the_same(theatre):
    theatre.visit()
    theatre.tab.evaluate("Navigator.prototype.sendBeacon = undefined")
    only(theatre, "no_basket")


class TestSettled:
    """Where a basket may come yet, the one signal waits until it is known how the opening ended."""

    @pytest.fixture
    def frame(self, theatre):
        theatre.visit()
        frame = theatre.press()
        assert theatre.told(frame)["reason"] == "no_basket"
        assert theatre.sent == []
        return frame

    def test_by_a_date_that_the_guest_chooses(self, theatre, frame):
        frame.locator("input[name=date]:not(:checked)").first.evaluate("input => input.click()")
        assert theatre.signalled() == [(theatre.page(), "no_basket", 1)]
        assert theatre.tab.locator("dialog").count() == 1

    def test_by_leaving_the_page(self, theatre, frame):
        theatre.tab.goto(theatre.sandbox.theatre_url + "/whats-on")
        assert theatre.signalled() == [(theatre.page(), "no_basket", 1)]

    def test_by_time(self, theatre):
        theatre.tab.clock.install()
        theatre.visit()
        theatre.told(theatre.press())
        theatre.tab.clock.fast_forward(9_000)
        assert theatre.sent == []
        theatre.tab.clock.fast_forward(1_500)
        assert theatre.signalled() == [(theatre.page(), "no_basket", 1)]
        theatre.tab.locator("dialog").evaluate("dialog => dialog.close()")
        assert len(theatre.sent) == 1
