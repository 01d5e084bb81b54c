"""The two scripts in Chromium. Host page and Spektrix are made up; the portal answers in this process."""

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal import config
from tests.people import AMARA
from tests.support.days import later_day
from tests.widgets.conftest import SITE, WIDGET, answer_in_process
from tests.widgets.host_pages.on_the_theatre import leave_in_silence

HOST = f"http://{SITE}"
BASKET_ID = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
SNIPPET = (
    '<div data-rezzy-widget="{id}" data-date="{day}">'
    '<a id="{name}" href="{portal}/w/{id}">Book a table</a></div>'
)
STRICT = "default-src 'none'; script-src {portal}; frame-src {portal}; connect-src {portal} {spektrix}"
WATCH = """
window.broken = []; window.told = [];
document.addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective));
window.addEventListener("message", (event) => told.push(event.data));
"""
PRESS_AT_ONCE = """main => new MutationObserver((_, watch) => {
  const book = main.querySelector("#details-form button.button--primary");
  if (book) { watch.disconnect(); book.click(); }
}).observe(main, { childList: true, subtree: true })"""
HEARD = "window.heard = []; window.addEventListener('message', (event) => heard.push(event.data));"


def ticket(start, cancelled=False):
    return {"id": "T1", "price": 26, "instance": {"id": "I1", "startUtc": start, "cancelled": cancelled}}


def basket(*tickets, customer=None):
    return {"id": BASKET_ID, "customer": customer, "tickets": list(tickets), "total": 26}


class Stage:
    """A host page with the snippet, and a Spektrix that answers what a test wants."""

    def __init__(self, page, seeded):
        settings = config.of(seeded)
        self.page = page
        self.portal = settings.portal_url
        self.spektrix = settings.spektrix_url
        self.client = seeded.test_client()
        self.names = ["first"]
        self.day = ""
        self.policy = STRICT.format(portal=self.portal, spektrix=self.spektrix)
        self.basket_status, self.basket = 200, {"tickets": []}
        self.frame_loads = True
        self.asked = []
        self.warnings = []
        page.on("console", lambda message: message.type == "warning" and self.warnings.append(message.text))
        page.add_init_script(WATCH)
        page.route("**/*", self._answer)

    def _answer(self, route):
        url = urlsplit(route.request.url)
        origin = f"{url.scheme}://{url.netloc}"
        if origin == HOST:
            headers = {"Content-Security-Policy": self.policy}
            route.fulfill(body=self._host_page(), content_type="text/html", headers=headers)
        elif origin == self.portal:
            self.asked.append(url.path)
            self._from_portal(route, url)
        elif origin == self.spektrix:
            self.asked.append("basket")
            headers = {"Access-Control-Allow-Origin": HOST, "Access-Control-Allow-Credentials": "true"}
            route.fulfill(status=self.basket_status, body=json.dumps(self.basket), headers=headers)
        else:
            route.abort()

    def _from_portal(self, route, url):
        if not self.frame_loads and url.path == f"/w/{WIDGET}":
            route.abort()
            return
        answer_in_process(route, self.client, self.portal)

    def _host_page(self):
        places = [
            SNIPPET.format(id=WIDGET, name=name, portal=self.portal, day=self.day) for name in self.names
        ]
        script = f'<script src="{self.portal}/embed.js" async></script>'
        return f"<!doctype html><h1>Eat and drink</h1>{''.join(places)}<p>After</p>{script}"

    def arrive(self, stored=None):
        self.page.goto(HOST)
        if stored is not None:
            self.page.evaluate("text => localStorage.setItem('spektrixBasket', text)", stored)
        self.page.wait_for_selector("[data-rezzy-ready]")
        return self

    def open(self, name="first"):
        self.page.locator(f"#{name}").click()
        return self.page.frame_locator("dialog iframe")

    def told_to_frame(self):
        """Open the widget and return the basket message that its frame heard."""
        self.page.add_init_script(HEARD)
        self.arrive(self.stored)
        self.open().locator("#_pick").wait_for()
        frame = self.page.frames[1]
        return next(message for message in frame.evaluate("heard") if message["type"] == "rezzy:basket")

    stored = None


@pytest.fixture
def stage(page, seeded):
    yield Stage(page, seeded)
    leave_in_silence(page)


def test_nothing_is_asked_until_the_widget_is_opened(stage):
    stage.arrive()
    assert stage.asked == ["/embed.js"]
    stage.open().locator("#_pick").wait_for()
    assert {f"/w/{WIDGET}/config", f"/w/{WIDGET}", "basket"} <= set(stage.asked)


def test_host_page_keeps_its_shape_and_its_policy(stage):
    measure = "() => [document.body.getBoundingClientRect().toJSON(), document.documentElement.scrollHeight]"
    stage.arrive()
    before = stage.page.evaluate(measure)
    frame = stage.open()
    frame.locator("#_pick").wait_for()
    assert stage.page.evaluate(measure) == before
    frame.get_by_role("button", name="Close").click()
    expect(stage.page.locator("dialog")).to_have_count(0)
    assert stage.page.evaluate(measure) == before
    assert stage.page.evaluate("broken") == []


def test_window_has_a_name_closes_by_escape_and_gives_the_focus_back(stage):
    stage.arrive().open().locator("#_pick").wait_for()
    frame = stage.page.locator("dialog iframe")
    assert frame.get_attribute("title").startswith("Book a table at ")
    stage.page.keyboard.press("Escape")
    expect(stage.page.locator("dialog")).to_have_count(0)
    expect(stage.page.locator("#first")).to_be_focused()


def test_two_widgets_and_one_that_arrives_late_all_open(stage):
    stage.names = ["first", "second"]
    stage.arrive()
    late = SNIPPET.format(id=WIDGET, name="late", portal=stage.portal, day="")
    stage.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", late)
    stage.page.wait_for_selector("[data-rezzy-ready] #late")
    for name in ("first", "second", "late"):
        stage.open(name).locator("#_pick").wait_for()
        stage.page.keyboard.press("Escape")
        expect(stage.page.locator("dialog")).to_have_count(0)


def test_modified_click_keeps_the_plain_link(stage):
    stage.arrive()
    with stage.page.context.expect_page():
        stage.page.locator("#first").click(modifiers=["ControlOrMeta"])
    assert stage.page.locator("dialog").count() == 0


def test_only_three_values_and_the_starts_leave_the_basket(stage):
    late, soon, off, gone = (
        "2099-06-13T18:30:00",
        "2099-06-12T18:30:00",
        "2099-06-11T18:30:00",
        "2020-06-12T18:30:00",
    )
    stage.basket = basket(
        ticket(late),
        ticket(soon),
        ticket(soon),
        ticket(off, cancelled=True),
        ticket(gone),
        customer={"id": "I-1", "email": "a"},
    )
    assert stage.told_to_frame() == {
        "type": "rezzy:basket",
        "reason": "filled",
        "basket": {"id": BASKET_ID, "customer_id": "I-1", "starts_at": "2099-06-12T18:30:00.000Z"},
        "starts": ["2099-06-12T18:30:00.000Z", "2099-06-13T18:30:00.000Z"],
    }


def test_page_that_may_not_ask_spektrix_still_passes_its_own_copy(stage):
    stage.policy = STRICT.format(portal=stage.portal, spektrix="")
    stage.stored = json.dumps({"data": basket({"instance": {"id": "I1"}}), "timestamp": 1})
    told = stage.told_to_frame()
    assert told["basket"] == {"id": BASKET_ID, "customer_id": None, "starts_at": None}
    assert "Content-Security-Policy" in " ".join(stage.warnings)


@pytest.mark.parametrize("status", [401, 500])
def test_spektrix_refusing_leaves_a_plain_warning_and_a_working_widget(stage, status):
    stage.basket_status = status
    told = stage.told_to_frame()
    assert (told["basket"], told["reason"]) == (None, "failed")
    assert f"Spektrix answered {status}" in " ".join(stage.warnings)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        '{"data": null}',
        '{"data": {"id": 5, "tickets": [1]}}',
        '{"data": {"id": "../x", "tickets": [1]}}',
        '{"data": {"id": "A1", "tickets": []}}',
        '{"data": {"id": "A1", "tickets": {"length": 1}}}',
        '{"data": {"__proto__": {"id": "A1", "tickets": [1]}}}',
        '{"__proto__": {"data": {"id": "A1", "tickets": [1]}}}',
        '{"data": {"id": "A1", "tickets": ["' + "x" * 600_000 + '"]}}',
    ],
    ids=range(13),
)
def test_odd_local_storage_is_no_basket(stage, stored):
    stage.stored = stored
    assert stage.told_to_frame()["basket"] is None


def test_widget_on_none_touches_neither_storage_nor_spektrix(stage, stored):
    def change(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).values(integration="none"))

    stored(change)
    stage.page.add_init_script(
        "Storage.prototype.getItem = () => { window.read = true; return null; }; window.read = false;"
    )
    stage.arrive()
    stage.open().locator("#_pick").wait_for()
    assert "basket" not in stage.asked
    assert stage.page.evaluate("read") is False


def test_page_that_may_not_reach_the_portal_is_heard_through_the_frame(stage, stored):
    from portal.widgets.models import WidgetOpenings

    stage.policy = f"script-src {stage.portal}; frame-src {stage.portal}; connect-src {stage.spektrix}"
    with stage.page.expect_request("**/opened") as asked:
        stage.arrive().open().locator("#_pick").wait_for()
    assert asked.value.frame == stage.page.frames[1]
    expect(stage.page.locator("dialog")).to_have_count(1)
    rows = stored(lambda db: db.session.execute(db.select(WidgetOpenings.page, WidgetOpenings.reason)).all())
    assert [tuple(row) for row in rows] == [(f"{HOST}/", "blocked")]
    assert f"leaves out {stage.portal}" in " ".join(stage.warnings)


def test_strangers_messages_change_nothing(stage):
    stage.day = later_day()
    stage.arrive()
    stage.open().locator("#_pick").wait_for()
    stage.page.evaluate("window.postMessage({ type: 'rezzy:close' }, '*')")
    stage.page.frames[1].evaluate(
        "window.postMessage({ type: 'rezzy:basket', basket: { id: 'EVIL', starts_at: null } }, '*')"
    )
    stage.page.evaluate("frames[0].postMessage({ type: 'rezzy:basket', basket: [1] }, '*')")
    frame = stage.page.frame_locator("dialog iframe")
    frame.locator("button[name=starts_at]").first.click()
    assert frame.locator("input[name=basket_id]").input_value() == ""
    assert stage.page.locator("dialog").count() == 1


def test_frame_speaks_only_to_the_page_that_it_was_opened_by(stage):
    stage.arrive()
    stage.open().locator("#_pick").wait_for()
    told = stage.page.evaluate("told")
    assert {message["type"] for message in told} == {"rezzy:ready", "rezzy:height"}
    assert all(set(message) <= {"type", "height"} for message in told)


def test_basket_reaches_the_booking_and_no_address(stage, bookings):
    stage.basket = basket({"instance": {"id": "I1"}})
    stage.day = later_day()
    stage.arrive()
    addresses = []
    stage.page.on("request", lambda request: addresses.append(request.url))
    frame = stage.open()
    frame.locator("button[name=starts_at]").first.click()
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("alert")).to_be_focused()
    frame.get_by_label("Full name").fill(AMARA.name)
    frame.get_by_label("Email").fill(AMARA.email)
    frame.get_by_label("Mobile number").fill(AMARA.phone)
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_focused()
    assert bookings()[0]["basket"] == BASKET_ID
    assert not [address for address in addresses if BASKET_ID in address]
    assert stage.page.context.cookies() == []


def test_press_at_the_moment_a_screen_appears_stays_in_touch_with_the_host_page(stage):
    stage.basket = basket({"instance": {"id": "I1"}})
    stage.day = later_day()
    frame = stage.arrive().open()
    frame.locator("button[name=starts_at]").first.wait_for()
    loads = []
    stage.page.on("framenavigated", lambda frame: loads.append(frame.url))
    frame.locator("#main").evaluate(PRESS_AT_ONCE)
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_role("alert")).to_be_focused()
    assert loads == []


def test_title_names_the_step_and_its_errors(stage):
    page = stage.page
    page.goto(f"{stage.portal}/w/{WIDGET}?date={later_day()}")
    page.locator("button[name=starts_at]").first.click()
    expect(page).to_have_title("Your details · The Green Room")
    page.get_by_role("button", name=re.compile("Book table")).click()
    expect(page).to_have_title("Error: Your details · The Green Room")
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_title("Book a table · The Green Room")


def test_times_that_do_not_load_leave_a_way_on(stage):
    stage.arrive()
    frame = stage.open()
    frame.locator("#_pick").wait_for()
    stage.page.route("**/slots?*", lambda route: route.abort())
    frame.locator("label.chip").nth(1).click()
    failed = frame.locator("[data-load-failed]")
    expect(failed).to_contain_text("Times did not load")
    expect(failed).to_contain_text("01632 960 123")


def test_frame_that_never_loads_leaves_the_plain_link(stage):
    stage.frame_loads = False
    stage.page.clock.install()
    stage.arrive()
    stage.open()
    stage.page.locator("dialog").wait_for()
    stage.page.clock.run_for(9_000)
    link = stage.page.get_by_role("link", name="Open the booking page")
    expect(link).to_have_attribute("href", f"{stage.portal}/w/{WIDGET}")
    stage.page.get_by_role("button", name="Close").click()
    expect(stage.page.locator("dialog")).to_have_count(0)


def test_basket_that_never_comes_does_not_hold_up_the_times(stage):
    stage.arrive()
    stage.page.goto(f"{HOST}/other")
    frame = stage.page.frame_locator("iframe")
    stage.page.evaluate(
        """address => {
            const frame = document.createElement("iframe");
            frame.src = address;
            document.body.append(frame);
        }""",
        f"{stage.portal}/w/{WIDGET}?framed=1&host={HOST}",
    )
    expect(frame.get_by_text("Finding times")).to_be_visible()
    expect(frame.locator("#_pick")).to_be_visible(timeout=8_000)
