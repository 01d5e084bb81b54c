"""What host page and frame say to each other, and what the page makes of a basket. In Chromium."""

import json

import pytest
from playwright.sync_api import expect

from tests.people import AMARA_ID
from tests.widgets.host_pages.on_the_theatre import FROM_PORTAL, LATER, say, site

BASKET_ID = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"


class TestMessages:
    def test_basket_read_again_is_answered_with_its_nonce(self, theatre):
        frame = site(theatre, "in-page").press()
        assert theatre.told(frame)["basket"] is None
        with theatre.tab.context.expect_page() as other:
            theatre.tab.evaluate("window.open('/whats-on')")
        other.value.get_by_role("button", name="Add 2 tickets").first.click()
        other.value.get_by_role("link", name="See your basket").wait_for()
        other.value.close()
        say(theatre, frame, type="rezzy:reread", nonce="n-1")
        assert theatre.told(frame, "m.nonce === 'n-1'")["basket"]["starts_at"]

    def test_booking_is_handed_back_at_the_next_opening_and_kept_nowhere(self, theatre):
        """P09."""
        frame = site(theatre, "in-page").press()
        assert "booked" not in theatre.told(frame)
        say(theatre, frame, type="rezzy:booked", booked="sealed.text_1")
        say(theatre, frame, type="rezzy:close")
        expect(theatre.tab.locator("[data-rezzy-widget] iframe")).to_have_count(0)
        frame = theatre.press()
        assert theatre.told(frame)["booked"] == "sealed.text_1"
        kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"
        assert "sealed" not in theatre.tab.evaluate(kept)
        say(theatre, frame, type="rezzy:booked", booked="")
        say(theatre, frame, type="rezzy:reread", nonce="cancelled")
        assert "booked" not in theatre.told(frame, "m.nonce === 'cancelled'")

    def test_family_of_the_page_is_told_on_request_and_cleaned(self, theatre):
        site(theatre, "in-page")
        theatre.tab.evaluate(
            "document.querySelector('[data-rezzy-widget]').style.fontFamily = "
            "'\"A{};url(x)\", Georgia, ' + 'Times, '.repeat(90) + 'serif'"
        )
        frame = theatre.press()
        theatre.told(frame)
        say(theatre, frame, type="rezzy:look?")
        found = frame.wait_for_function("() => heard.find((m) => m.type === 'rezzy:look')").json_value()
        assert found["family"].startswith('"Aurlx", Georgia, Times, ')
        assert len(found["family"]) == 200

    @pytest.mark.timeout(240)
    def test_strangers_and_odd_shapes_are_dropped(self, theatre):
        """X23."""
        frame = site(theatre, "embedded-page").press()
        theatre.told(frame)
        height = theatre.tab.locator("[data-rezzy-widget] iframe").bounding_box()["height"]
        theatre.tab.evaluate("postMessage({ type: 'rezzy:close' }, '*')")
        theatre.tab.evaluate("postMessage({ basketContents: {}, basketHash: 'X' }, '*')")
        odd = [
            None,
            [],
            "rezzy:close",
            "x" * 1_000_000,
            {"type": ["rezzy:close"]},
            {"type": "rezzy:toString"},
            {"type": "__proto__"},
            {"type": "rezzy:height", "height": "9000"},
            {"type": "rezzy:height", "height": 1e9},
            {"type": "rezzy:height", "height": -5},
            {"type": "rezzy:reread", "nonce": "x" * 1_000_000},
            {"type": "rezzy:reread", "nonce": {"length": 1}},
            {"type": "rezzy:booked", "booked": "x" * 1_000_000},
            {"type": "rezzy:booked", "booked": "<b>"},
        ]
        for message in odd:
            frame.evaluate(FROM_PORTAL, [message, theatre.sandbox.theatre_url])
        say(theatre, frame, type="rezzy:reread", nonce="last")
        assert "booked" not in theatre.told(frame, "m.nonce === 'last'")
        assert theatre.tab.locator("[data-rezzy-widget] iframe").bounding_box()["height"] == height
        theatre.tab.evaluate(LATER)
        assert len(frame.evaluate("heard.filter((m) => m.type === 'rezzy:basket')")) == 2
        assert len(theatre.sandbox.requests("web_basket")) == 2


def ticket(**instance):
    return {"id": "T1", "price": 26, "seatName": "A1", "instance": {"id": "I1", **instance}}


def basket(*tickets, **changes):
    return {"id": BASKET_ID, "customer": None, "tickets": list(tickets), "total": 26, **changes}


def starts_on(*days):
    return basket(*(ticket(startUtc=f"2099-06-{day:02}T18:30:00") for day in days))


SOON = "2099-06-12T18:30:00.000Z"
NO_START = {"id": BASKET_ID, "customer_id": None, "starts_at": None}
READINGS = {
    "without an offset it is UTC": (
        basket(ticket(startUtc="2099-06-12T18:30:00")),
        {**NO_START, "starts_at": SOON},
    ),
    "with Z": (basket(ticket(startUtc="2099-06-12T18:30:00Z")), {**NO_START, "starts_at": SOON}),
    "with an offset": (basket(ticket(startUtc="2099-06-12T19:30:00+01:00")), {**NO_START, "starts_at": SOON}),
    "only the venue's own time": (
        basket(ticket(start="2099-06-12T19:30:00")),
        {**NO_START, "starts_at": SOON},
    ),
    "a day of the venue's without a time": (basket(ticket(start="2099-06-12")), NO_START),
    "only a date": (basket(ticket(startUtc="2099-06-12")), NO_START),
    "no start": (basket(ticket()), NO_START),
    "a number": (basket(ticket(startUtc=4085519400000)), NO_START),
    "no such day": (basket(ticket(startUtc="2099-06-99T18:30:00")), NO_START),
    "in the past": (basket(ticket(startUtc="2020-06-12T18:30:00")), NO_START),
    "cancelled": (basket(ticket(startUtc="2099-06-12T18:30:00", cancelled=True)), NO_START),
    "no performance": (basket({"id": "T1"}), NO_START),
    "tickets that are none": (basket(1, None, "x", []), NO_START),
    "customer signed in": (
        basket(ticket(), customer={"id": AMARA_ID, "email": "a@example.org"}),
        {**NO_START, "customer_id": AMARA_ID},
    ),
    "customer of another shape": (basket(ticket(), customer={"id": {"x": 1}}), NO_START),
    "id of another shape": (basket(ticket(), id=5), None),
    "id that is a path": (basket(ticket(), id="../x"), None),
    "no tickets": (basket(), None),
    "tickets of another shape": (basket(tickets={"length": 1}), None),
    "a list": ([], None),
    "a text": ("ok", None),
    "null": (None, None),
}


class TestReading:
    """One opening, in which the basket is read again for every case."""

    def read(self, theatre, frame, body, nonce):
        theatre.tab.unroute_all()
        origin = theatre.sandbox.theatre_url
        headers = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
        theatre.tab.route("**/api/v3/basket**", lambda route: route.fulfill(body=body, headers=headers))
        say(theatre, frame, type="rezzy:reread", nonce=nonce)
        return theatre.told(frame, f"m.nonce === '{nonce}'")

    @pytest.fixture
    def frame(self, theatre):
        frame = site(theatre, "embedded-page").press()
        theatre.told(frame)
        return frame

    def test_what_is_no_basket_or_has_no_start_is_told_apart(self, theatre, frame):
        for number, (name, (body, wanted)) in enumerate(READINGS.items()):
            told = self.read(theatre, frame, json.dumps(body), f"n{number}")
            assert told["basket"] == wanted, name
            assert "starts" not in told, name

    @pytest.mark.parametrize(
        "body",
        [
            '{"__proto__": {"id": "A1", "tickets": [1]}}',
            '{"id": "A1", "tickets": [{"__proto__": {"instance": {"startUtc": "2099-06-12T18:30:00"}}}]}',
            '{"constructor": {"prototype": {"polluted": 1}}, "id": "A1", "tickets": [1]}',
        ],
    )
    def test_keys_of_the_prototype_are_not_believed(self, theatre, frame, body):
        told = self.read(theatre, frame, body, "n1")
        assert (told["basket"] or {}).get("starts_at") is None
        assert theatre.tab.evaluate("({}).polluted === undefined && ({}).id === undefined")

    @pytest.mark.parametrize(
        "body", ["", "{", "<html></html>", json.dumps(basket(ticket())) + " " * 3_000_000]
    )
    def test_rubbish_and_too_much_are_no_basket(self, theatre, frame, body):
        assert self.read(theatre, frame, body, "n1")["basket"] is None

    def test_copy_of_the_page_counts_only_where_spektrix_cannot_be_read(self, theatre, frame):
        theatre.tab.evaluate(
            "text => localStorage.setItem('spektrixBasket', text)", json.dumps({"data": basket(ticket())})
        )
        assert self.read(theatre, frame, json.dumps(basket()), "n1")["basket"] is None
        assert self.read(theatre, frame, "<html></html>", "n2")["basket"] == NO_START

    def test_several_shows_are_told_by_their_starts_sorted_and_once_each(self, theatre, frame):
        """R40, R41."""
        told = self.read(theatre, frame, json.dumps(starts_on(14, 12, 14, 13)), "n1")
        assert told["basket"]["starts_at"] == SOON
        assert told["starts"] == [SOON.replace("-12T", f"-{day}T") for day in (12, 13, 14)]
        assert told.keys() == {"type", "basket", "starts", "reason", "nonce"}

    def test_ten_starts_are_told_at_most(self, theatre, frame):
        told = self.read(theatre, frame, json.dumps(starts_on(*range(25, 5, -1))), "n1")
        assert [each[8:10] for each in told["starts"]] == [f"{day:02}" for day in range(6, 16)]
