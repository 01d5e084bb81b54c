"""The diner's frame in Chromium: what it makes of its host page's messages, and of a network that fails."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal import config
from tests.people import AMARA
from tests.support.axe import violations
from tests.widgets.conftest import SITE, WIDGET, answer_in_process

HOST = f"http://{SITE}"
BASKET = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
PAGE = """<!doctype html><html lang="en"><title>Eat</title><main><h1>Eat and drink</h1>
<iframe title="Book a table" width="390" height="1400"></iframe></main><script>
window.told = [];
window.tell = (message) => frames[0].postMessage(message, "*");
window.addEventListener("message", (event) => told.push(event.data));
</script>"""


@pytest.fixture
def evenings(stored):
    """Half past seven in two and in four days, as the messages write them."""
    from datetime import time, timedelta

    from portal import clock
    from portal.widgets import rules

    today = clock.local_date(clock.utc_now(), "Europe/London")
    days = (today + timedelta(days=ahead) for ahead in (2, 4))
    return [rules.instant_text(clock.from_local(day, time(19, 30), "Europe/London")) for day in days]


class Host:
    """A listed website with the frame in it, that says what a test wants."""

    def __init__(self, page, seeded):
        self.page, self.portal = page, config.of(seeded).portal_url
        self.client = seeded.test_client()
        self.asked = []
        self.refuses = ()
        page.route("**/*", self._answer)

    def _answer(self, route):
        url = route.request.url
        if url.startswith(HOST):
            route.fulfill(body=PAGE, content_type="text/html")
        elif any(part in url for part in self.refuses):
            route.abort()
        elif url.startswith(self.portal):
            self.asked.append(url.removeprefix(self.portal))
            answer_in_process(route, self.client, self.portal)
        else:
            route.abort()

    def open(self, query=""):
        """Open the frame and wait until it listens."""
        self.page.goto(HOST)
        address = f"{self.portal}/w/{WIDGET}?framed=1&host={HOST}{query}"
        self.page.evaluate("address => { document.querySelector('iframe').src = address; }", address)
        self.page.wait_for_function("told.some((message) => message.type === 'rezzy:ready')")
        return self.page.frame_locator("iframe")

    def tell(self, message):
        self.page.evaluate("message => tell(message)", message)

    def basket(self, *starts, customer=None, **more):
        told = {"id": BASKET, "customer_id": customer, "starts_at": starts[0] if starts else None}
        self.tell(
            {"type": "rezzy:basket", "reason": "filled", "basket": told, "starts": list(starts), **more}
        )

    def told(self, kind):
        """Wait for a message of the frame and return it."""
        self.page.wait_for_function("kind => told.some((message) => message.type === kind)", arg=kind)
        return self.page.evaluate("kind => told.findLast((message) => message.type === kind)", kind)

    def pages(self):
        """The addresses that were asked for screens and times."""
        return [path for path in self.asked if path.startswith("/w/") and "style" not in path]


@pytest.fixture
def host(page, seeded):
    return Host(page, seeded)


def fill_in(frame, email=AMARA.email):
    frame.get_by_label("Full name").fill(AMARA.name)
    frame.get_by_label("Email").fill(email)
    frame.get_by_label("Mobile number").fill(AMARA.phone)


def test_waits_for_the_basket_and_shows_the_times_around_its_show(host, evenings):
    frame = host.open()
    expect(frame.get_by_text("Finding times")).to_be_visible()
    assert violations(host.page) == []
    host.basket(evenings[0])
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()
    assert len(host.pages()) == 2


def test_without_a_show_the_times_come_without_asking_again(host):
    frame = host.open()
    host.tell({"type": "rezzy:basket", "reason": "no_basket", "basket": None})
    expect(frame.locator("#_pick button[name=starts_at]").first).to_be_visible()
    assert len(host.pages()) == 1
    frame.locator("label.chip").nth(1).click()
    expect(frame.locator("#_slots h2")).to_be_visible()
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_label("Full name")).to_be_visible()


def test_basket_that_comes_late_still_brings_its_show(host, evenings):
    frame = host.open()
    host.tell({"type": "rezzy:basket", "reason": "script_missing", "basket": None})
    expect(frame.locator("#_pick")).to_be_visible()
    frame.locator("fieldset").nth(1).locator("label.chip").nth(3).click()
    host.basket(evenings[0])
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()
    expect(frame.get_by_label("Guests")).to_have_value("4")


def test_a_date_that_the_guest_chose_stands_against_a_late_basket(host, evenings):
    frame = host.open()
    host.tell({"type": "rezzy:basket", "reason": "script_missing", "basket": None})
    frame.locator("fieldset").first.locator("label.chip").nth(1).click()
    host.basket(evenings[0])
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_label("Full name")).to_be_visible()
    assert frame.locator("input[name=basket_id]").input_value() == BASKET
    assert not [path for path in host.pages() if "show=" in path]


def test_date_of_the_page_stands_unless_the_show_is_on_it(host, evenings):
    frame = host.open(f"&date={evenings[0][:10]}&party=3")
    expect(frame.locator("#_pick")).to_be_visible()
    host.basket(evenings[1])
    expect(frame.get_by_role("radio", name="3 guests")).to_be_checked()
    assert frame.get_by_text("Curtain up").count() == 0
    host.basket(evenings[0])
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()
    expect(frame.get_by_label("Guests")).to_have_value("3")


def test_of_several_shows_only_the_chosen_one_is_told(host, evenings):
    """R40."""
    frame = host.open()
    host.basket(*evenings)
    which = frame.get_by_label("Which show?")
    expect(which).to_have_value(evenings[0])
    assert re.fullmatch(r"\w{3} \d+ \w+, 7:30pm", which.locator("option").first.inner_text())
    assert which.locator("option").count() == 2
    assert violations(host.page) == []
    assert not [path for path in host.pages() if evenings[1][:10] in path]
    which.select_option(evenings[1])
    expect(frame.get_by_label("Date (your show)")).to_have_value(evenings[1][:10])
    expect(frame.get_by_label("Which show?")).to_have_value(evenings[1])


def test_sign_in_is_offered_and_the_basket_read_again_before_the_booking_goes(
    host, evenings, bookings, stored
):
    """N12."""

    def address(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).values(sign_in_url="https://www.example.org/account"))

    stored(address)
    frame = host.open()
    host.basket(evenings[0])
    frame.locator("button[name=starts_at]").first.click()
    link = frame.get_by_role("link", name=re.compile("^Sign in to your"))
    expect(link).to_be_visible()
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    assert violations(host.page) == []
    fill_in(frame)
    host.page.evaluate(
        """basket => addEventListener("message", ({ data }) => data.type === "rezzy:reread"
            && tell({ type: "rezzy:basket", reason: "filled", basket, nonce: data.nonce }))""",
        {"id": "OTHER1", "customer_id": "I-1", "starts_at": None},
    )
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_focused()
    assert bookings()[0]["basket"] == "OTHER1"


def test_signed_in_guest_is_told_what_the_box_office_hears_of(host, evenings):
    frame = host.open()
    host.basket(evenings[0], customer="I-1")
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_text("After your visit we add the date")).to_be_visible()
    expect(frame.get_by_text("Sign in to your")).to_be_hidden()


def test_booking_goes_although_the_page_never_answers(host, evenings, bookings):
    frame = host.open()
    host.basket(evenings[0])
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    button = frame.get_by_role("button", name=re.compile("Book table"))
    button.click()
    button.dispatch_event("click")
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_focused()
    assert [each["basket"] for each in bookings()] == [BASKET]


def test_made_booking_is_shown_at_the_next_opening_changed_and_cancelled(host, evenings, bookings):
    frame = host.open()
    host.basket(evenings[0])
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    frame.get_by_role("button", name=re.compile("Book table")).click()
    sealed = host.told("rezzy:booked")["booked"]
    assert "Amara" not in sealed
    frame = host.open()
    host.basket(evenings[0], booked=sealed)
    expect(frame.get_by_text(re.compile(r"You have a table at \d+:\d\d"))).to_be_visible()
    assert frame.get_by_text("Amara").count() == 0
    assert violations(host.page) == []
    frame.get_by_role("link", name="Change or cancel booking").click()
    expect(frame.get_by_role("heading", name="Your booking")).to_be_focused()
    frame.get_by_role("link", name="Change booking").click()
    expect(frame.get_by_role("heading", name="Change booking")).to_be_focused()
    assert violations(host.page) == []
    frame.get_by_label("Guests").select_option("3")
    expect(frame.get_by_label("Guests")).to_have_value("3")
    frame.locator("button[name=starts_at]").nth(1).click()
    frame.get_by_role("button", name=re.compile("Change to")).click()
    expect(frame.get_by_role("heading", name="Booking changed")).to_be_focused()
    assert [(each["status"], each["party_size"]) for each in bookings()] == [("confirmed", 3)]
    assert host.told("rezzy:booked")["booked"]
    for step, title in (("Change or cancel booking", "Your booking"), ("Cancel booking", "Cancel booking")):
        frame.get_by_role("link", name=re.compile(f"^{step}")).click()
        expect(frame.get_by_role("heading", name=title, exact=True)).to_be_focused()
    frame.get_by_role("button", name=re.compile("Cancel table for")).press("Enter")
    expect(frame.get_by_role("heading", name="Booking cancelled")).to_be_focused()
    assert violations(host.page) == []
    assert host.told("rezzy:booked")["booked"] == ""
    assert [each["status"] for each in bookings()] == ["cancelled"]


def test_letters_of_the_host_page_are_taken_when_the_manager_wants_them(host, stored):
    def wish(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).values(font="host"))

    stored(wish)
    frame = host.open()
    assert host.told("rezzy:look?") == {"type": "rezzy:look?"}
    family = "() => getComputedStyle(document.body).fontFamily"
    for bad in ("x; } body { display: none", "url(https://evil.example)", 5, "x" * 500):
        host.tell({"type": "rezzy:look", "family": bad})
    host.tell({"type": "rezzy:look", "family": "Georgia, serif"})
    host.tell({"type": "rezzy:basket", "reason": "no_basket", "basket": None})
    expect(frame.locator("#_pick")).to_be_visible()
    assert host.page.frames[1].evaluate(family) == "Georgia, serif"


def test_letters_are_not_taken_unasked(host):
    frame = host.open()
    host.tell({"type": "rezzy:look", "family": "Georgia, serif"})
    host.tell({"type": "rezzy:basket", "reason": "no_basket", "basket": None})
    expect(frame.locator("#_pick")).to_be_visible()
    assert host.page.frames[1].evaluate("document.documentElement.style.length") == 0


@pytest.mark.parametrize(
    "message",
    [
        {"type": "rezzy:basket", "basket": {"id": "../x", "starts_at": "soon"}, "starts": "x" * 1_000_000},
        {"type": "rezzy:basket", "basket": {"id": 5, "starts_at": [1]}, "starts": {"length": 3}},
        {"type": "rezzy:basket", "basket": [1], "starts": [None, 5, "x", {}], "booked": "<script>"},
        {"type": "rezzy:basket", "basket": {"starts_at": "2999-99-99T99:99:99Z", "id": "A1"}},
        {"type": "rezzy:basket", "basket": None, "nonce": "guessed", "booked": "x" * 5000},
    ],
    ids=range(5),
)
def test_odd_messages_leave_the_plain_picker(host, message):
    frame = host.open()
    host.tell(message)
    expect(frame.locator("#_pick button[name=starts_at]").first).to_be_visible()
    assert frame.get_by_label("Which show?").count() == 0


def test_times_that_did_not_load_are_tried_again(host):
    frame = host.open()
    host.tell({"type": "rezzy:basket", "reason": "no_basket", "basket": None})
    host.refuses = ("/slots",)
    frame.locator("fieldset").first.locator("label.chip").nth(1).click()
    expect(frame.get_by_role("alert")).to_contain_text("Times did not load")
    assert frame.locator("button[name=starts_at]").count() == 0
    assert violations(host.page) == []
    host.refuses = ()
    frame.get_by_role("button", name="Try again").click()
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    expect(frame.get_by_role("alert")).to_have_count(0)


def test_first_times_that_did_not_load_are_tried_again(host, evenings):
    frame = host.open()
    host.refuses = ("show=",)
    host.basket(evenings[0])
    expect(frame.get_by_role("alert")).to_contain_text("Times did not load")
    host.refuses = ()
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()


def test_booking_without_an_answer_promises_nothing_and_is_sent_once_more(host, bookings):
    frame = host.open()
    host.tell({"type": "rezzy:basket", "reason": "no_basket", "basket": None})
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    host.refuses = ("/bookings",)
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("alert")).to_contain_text("You will not book twice")
    assert frame.get_by_label("Full name").input_value() == "Amara Okafor"
    host.refuses = ()
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_focused()
    assert len(bookings()) == 1


def test_wrong_words_of_the_page_are_told_to_its_console(host):
    words = []
    host.page.on("console", lambda message: words.append(message.text))
    host.open("&date=tomorrow")
    expect(host.page.frame_locator("iframe").locator("#_pick")).to_be_visible()
    assert words == ["Make a Rezzy: date of this page could not be used."]


def test_frame_asks_for_at_most_six_things(host, evenings):
    frame = host.open()
    host.basket(evenings[0])
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()
    assert len(host.asked) <= 6
    assert {urlsplit(path).path.rsplit(".")[-1] for path in host.asked} >= {"js", "css", "svg"}
