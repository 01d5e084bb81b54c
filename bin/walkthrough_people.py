"""The people of the walkthrough, each of whom knows the system only over HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests

CLIENT_NAME = "harbourplayhouse"
THEATRE_PASSWORD = "opening-night"  # noqa: S105 - a password of the sandbox
PORTAL_PASSWORD = "curtain-up-7.30pm"  # noqa: S105 - a password of the demo
WAIT_SECONDS = 25.0
POLL_SECONDS = 0.25


class StepFailed(Exception):
    """What should have happened did not; the message says what was seen instead."""


def expect(seen: bool, otherwise: str) -> None:
    """Raise StepFailed with `otherwise` unless it was seen."""
    if not seen:
        raise StepFailed(otherwise)


def browser() -> requests.Session:
    """Return a browser with cookies of its own; no proxy of the machine comes between."""
    session = requests.Session()
    session.trust_env = False
    return session


def wait_until(place: str, look: Callable[[], str], words: Sequence[str]) -> str:
    """Look at a place until it says all of `words`, in capitals or not. Raises StepFailed."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        seen = look()
        if all(word.casefold() in seen.casefold() for word in words):
            return seen
        time.sleep(POLL_SECONDS)
    raise StepFailed(f"{place} never said {' and '.join(words)}; it says: {look()}")


@dataclass
class Page(HTMLParser):
    """The fields, the buttons and the text of a page."""

    html: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "input" and values.get("type", "text") in {"hidden", "text"} and "name" in values:
            self.fields[values["name"]] = values.get("value", "")
        if tag == "button" and "name" in values:
            self.buttons.append((values["name"], values.get("value", "")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def choices(self, name: str) -> list[str]:
        return [value for button, value in self.buttons if button == name]


def read(answer: requests.Response, *, status: int = 200) -> Page:
    """Return the page of an answer. Raises StepFailed for another status."""
    expect(answer.status_code == status, f"{answer.url} answered {answer.status_code} instead of {status}")
    return Page(answer.text)


@dataclass
class Diner:
    """Somebody on the theatre's website: tickets, perhaps an account, and a table."""

    api: str
    theatre: str
    name: str
    email: str
    phone: str
    web: requests.Session = field(default_factory=browser)

    def _spektrix(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call Spektrix as a script on the theatre's page does, and check that the browser would allow it."""
        url = f"{self.api}/{CLIENT_NAME}/api/v3/{path}"
        answer = self.web.request(method, url, headers={"Origin": self.theatre}, timeout=10, **options)
        allowed = (
            answer.headers.get("Access-Control-Allow-Origin"),
            answer.headers.get("Access-Control-Allow-Credentials"),
        )
        expect(allowed == (self.theatre, "true"), f"Spektrix would keep {path} from the theatre's page")
        return answer

    def sign_in(self) -> None:
        answer = self._spektrix(
            "POST", "customer/authenticate", json={"email": self.email, "password": THEATRE_PASSWORD}
        )
        expect(answer.ok, f"signing in at the theatre answered {answer.status_code}")

    def buy_tickets(self, performance_id: str) -> None:
        form = {"instance": performance_id}
        answer = self.web.post(f"{self.theatre}/basket/tickets", data=form, timeout=10)
        expect(answer.ok, f"adding tickets answered {answer.status_code}")

    def basket(self) -> dict[str, Any]:
        answer = self._spektrix("GET", "basket?$expand=tickets/instance")
        basket: dict[str, Any] = answer.json()
        expect(bool(basket.get("id")) and bool(basket["tickets"]), "the basket is empty")
        return basket

    def find_widget(self) -> str:
        """Return the address of the booking page, taken from the theatre's own page."""
        page = self.web.get(f"{self.theatre}/book-a-table", timeout=10)
        match = re.search(r'data-rezzy-widget="[^"]+">\s*<a[^>]* href="([^"]+)"', page.text)
        if match is None:
            raise StepFailed("the theatre's page carries no booking link")
        return match.group(1)

    def times_for(self, widget: str, show: str) -> Page:
        return read(self.web.get(widget, params={"show": show}, timeout=10))

    def book(self, widget: str, starts_at: str, show: str = "", basket_id: str = "") -> Page:
        """Fill in the form and send it; returns the confirmation."""
        asked = {"starts_at": starts_at, "party": "2", "show": show}
        form = read(self.web.get(f"{widget}/details", params=asked, timeout=10)).fields
        form |= {"name": self.name, "email": self.email, "phone": self.phone, "basket_id": basket_id}
        return read(self.web.post(f"{widget}/bookings", data=form, timeout=10))


@dataclass
class Manager:
    """Priya in the portal."""

    portal: str
    web: requests.Session = field(default_factory=browser)
    days: dict[int, str] = field(default_factory=dict)

    def sign_in(self) -> None:
        self._post(
            "/sign-in", {"email": "priya@greenroom.example", "password": PORTAL_PASSWORD}, form="/sign-in"
        )

    def find_booking(self, day: str, name: str) -> int:
        """Return the id of the newest booking of that name in the day's list."""
        ids = [booking_id for booking_id, row in self._rows(day).items() if name in row]
        expect(bool(ids), f"the diary of {day} has no booking of {name}")
        self.days[max(ids)] = day
        return max(ids)

    def row(self, booking_id: int) -> str:
        return Page(self._rows(self.days[booking_id])[booking_id]).text

    def _rows(self, day: str) -> dict[int, str]:
        """Return the rows of a day's list by their bookings' ids."""
        asked = {"date": day, "view": "list"}
        html = self.web.get(f"{self.portal}/diary", params=asked, timeout=10).text
        rows = re.findall(r'id="_booking_row-(\d+)"(.*?</tr>)', html, re.DOTALL)
        return {int(booking_id): f"<tr{row}" for booking_id, row in rows}

    def wait_for(self, booking_id: int, *words: str) -> str:
        """Look at the row until it says all of `words`."""
        return wait_until("the diary", lambda: self.row(booking_id), words)

    def wait_for_programme(self, *words: str) -> str:
        """Look at the theatre's programme, first page, until it says all of `words`."""
        return wait_until("the programme", lambda: self._text("/programme"), words)

    def complete(self, booking_id: int) -> None:
        """Complete a booking, and say yes to the question before its start."""
        question = f"/bookings/{booking_id}/complete-early"
        self._post(f"/bookings/{booking_id}/complete", {"early": "yes"}, form=question)

    def take_by_phone(self, day: str, wall: str, name: str, phone: str) -> int:
        """Book a table for two in the form for staff. Returns the booking's id."""
        form = Page(self._html(f"/bookings/new?date={day}")).fields
        typed = {"date": day, "time": wall, "party_size": "2", "name": name, "phone": phone}
        read(self.web.post(urljoin(self.portal, "/bookings/new"), data=form | typed | {"source": "phone"}))
        return self.find_booking(day, name)

    def free_tables(self, booking_id: int) -> tuple[str, str]:
        """Return the key of a booking's table, and that of the first other one which is free for it."""
        html = self._html(f"/bookings/{booking_id}/move")
        rows = re.findall(r'<label class="place( place--no)?"(.*?)</label>', html, re.DOTALL)
        keys = [
            (re.findall(r'id="place-(\w+)"', row)[0], refused, " checked" in row) for refused, row in rows
        ]
        own = [key for key, _, is_own in keys if is_own]
        free = [key for key, refused, is_own in keys if not refused and not is_own]
        expect(bool(own and free), f"no table is free: {Page(html).text[:300]}")
        return own[0], free[0]

    def move(self, booking_id: int, place: str) -> None:
        form = f"/bookings/{booking_id}/move"
        fields = Page(self._html(form)).fields
        self._post(form, {"seen": fields["seen"], "from": "booking", "place": place}, form=form)

    def undo_change(self, booking_id: int) -> None:
        """Press Undo in the history of a booking."""
        page = f"/bookings/{booking_id}"
        undo = re.findall(rf'action="({page}/undo/\d+)"', self._html(page))
        expect(bool(undo), "the booking's page offers no Undo")
        self._post(undo[0], {"from": "booking"}, form=page)

    def table_of(self, booking_id: int) -> str:
        """Return the key of a booking's table, as Move table has it."""
        return self.free_tables(booking_id)[0]

    def search_bookings(self, words: str) -> str:
        return read(self.web.get(urljoin(self.portal, "/bookings"), params={"q": words}, timeout=10)).text

    def curtain_sheet(self, day: str) -> str:
        return self._text(f"/diary/curtain?date={day}")

    def test_connection(self) -> str:
        return self._post("/integrations/spektrix/test", {}).text

    def check_attributes(self) -> str:
        return self._post("/integrations/spektrix/attributes", {}).text

    def find_the_fault(self, booking_id: int) -> str:
        """Press the button behind "One visit is not in Spektrix"."""
        here = f"/bookings/{booking_id}/find-the-fault"
        return self._post(here, {}, form=here).text

    def set_active(self, wanted: str) -> str:
        return self._post("/integrations/spektrix/active", {"active": wanted}).text

    def spektrix_page(self) -> str:
        return self._text("/integrations/spektrix")

    def _html(self, path: str) -> str:
        return self.web.get(urljoin(self.portal, path), timeout=10).text

    def _text(self, path: str) -> str:
        return read(self.web.get(urljoin(self.portal, path), timeout=10)).text

    def _post(self, path: str, values: dict[str, str], form: str = "/integrations/spektrix") -> Page:
        token = Page(self.web.get(urljoin(self.portal, form), timeout=10).text).fields.get("csrf_token", "")
        answer = self.web.post(urljoin(self.portal, path), data=values | {"csrf_token": token}, timeout=30)
        return read(answer)


@dataclass
class BoxOffice:
    """Whoever looks after the fake Spektrix."""

    api: str
    web: requests.Session = field(default_factory=browser)

    def control(self, method: str, path: str, body: object = None) -> Any:
        answer = self.web.request(method, f"{self.api}/_control/{path}", json=body, timeout=10)
        expect(answer.ok, f"the sandbox answered {answer.status_code} to {path}")
        return answer.json() if answer.content else None

    def next_performances(self) -> list[dict[str, Any]]:
        """Return evening performances on sale, tomorrow's first."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 24 * 3600))
        shows = self.control("GET", "state")["performances"]
        evenings = [s for s in shows if s["isOnSale"] and not s["cancelled"] and s["startUtc"] > now]
        return sorted((s for s in evenings if s["start"][11:] == "19:30:00"), key=lambda s: s["startUtc"])

    def updates(self) -> int:
        requests_seen = self.control("GET", "requests")
        return sum(1 for one in requests_seen if one["call"] == "update_customer")

    def customer_page(self, customer_id: str) -> str:
        return read(self.web.get(f"{self.api}/_sandbox/customers/{customer_id}", timeout=10)).text

    def define(self, *names: str) -> None:
        self.control("POST", "attributes", [{"name": name, "type": "Text"} for name in names])
