"""Diners who book through the widget, and what the portal's database says became of their bookings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import requests
from sqlalchemy import Select, create_engine, select
from walkthrough_people import BoxOffice, browser, read

from benches.parts import Broken, Parts
from portal import clock
from portal.bookings.models import Booking, LinkCheck

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
VERIFIED = select(LinkCheck.booking_id).where(LinkCheck.verified)
_FIRST_DAY = 2
# The demo venue has nine tables; so many diners a day always find one.
_A_DAY = 6


@dataclass(frozen=True)
class Sent:
    """Something asked of a booking at `sent_at`, in seconds of the monotonic clock."""

    booking_id: int
    sent_at: float


class Diners:
    """Makes customers with baskets at the box office, and books a table for one after the other."""

    def __init__(self, parts: Parts) -> None:
        self._widget = f"{parts.stage.portal_url}/w/{parts.stage.keys.widget_id}"
        self._box_office = BoxOffice(parts.stage.spektrix_url)
        self._web = browser()
        self.results = Results(parts.database_url)

    @contextmanager
    def slow_box_office(self, seconds: float) -> Iterator[None]:
        """Let every call to the box office take so much longer."""
        if seconds:
            self._box_office.control("POST", "faults", {"call": "*", "kind": "delay", "seconds": seconds})
        yield
        self._box_office.control("DELETE", "faults")

    def book(self, number: int) -> Iterator[Sent]:
        """Book for `number` customers, each new and signed in at the theatre. Raises StepFailed."""
        for _ in range(number):
            yield self._book_one()

    def say_opened(self, said: Mapping[str, str], origin: str) -> requests.Response:
        """Send the signal of an opened widget, as a page of `origin` does."""
        return self._web.post(f"{self._widget}/opened", data=said, headers={"Origin": origin}, timeout=10)

    def _book_one(self) -> Sent:
        number = len(self.results.ids(select(Booking.id).where(Booking.booked_name == "Bench Diner")))
        email = f"diner{number}@example.org"
        customer = {"firstName": "Bench", "lastName": "Diner", "email": email}
        customer_id = self._box_office.control("POST", "customers", customer)["id"]
        basket = self._box_office.control("POST", "baskets", {"customer_id": customer_id})
        form = self._form(number) | {
            "name": "Bench Diner",
            "email": email,
            "phone": f"07700 9{number:05d}",
            "basket_id": basket["id"],
        }
        sent_at = time.monotonic()
        read(self._web.post(f"{self._widget}/bookings", data=form, timeout=10))
        (booking_id,) = self.results.ids(select(Booking.id).where(Booking.booked_email == email))
        return Sent(booking_id, sent_at)

    def _form(self, number: int) -> dict[str, str]:
        day = clock.utc_now().date() + timedelta(days=_FIRST_DAY + number // _A_DAY)
        page = read(self._web.get(self._widget, params={"date": day.isoformat(), "party": "2"}, timeout=10))
        starts_at = page.choices("starts_at")[number % _A_DAY]
        asked = {"starts_at": starts_at, "party": "2"}
        return read(self._web.get(f"{self._widget}/details", params=asked, timeout=10)).fields


class Results:
    """Looks at the database from outside, as often as is needed to tell when something happened."""

    def __init__(self, database_url: str) -> None:
        self._engine = create_engine(database_url, isolation_level="AUTOCOMMIT")

    def ids(self, query: Select[int]) -> set[int]:
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def waits(self, acts: Iterable[Sent], number: int, done: Select[int]) -> list[float]:
        """Return how many seconds passed from each of `number` acts until its id was among those `done`.

        Looks while the acts are still going on. Raises Broken when some are never done, and what acts raise.
        """
        sent: dict[int, float] = {}
        given_up = threading.Event()
        with ThreadPoolExecutor(max_workers=1) as pool:
            watching = pool.submit(self._watch, sent, number, done, given_up)
            try:
                for act in acts:
                    sent[act.booking_id] = act.sent_at
                return watching.result(timeout=PATIENCE_SECONDS)
            except TimeoutError:
                raise Broken(f"Not all of {number} bookings came to their end in time.") from None
            finally:
                given_up.set()

    def _watch(
        self, sent: Mapping[int, float], number: int, done: Select[int], given_up: threading.Event
    ) -> list[float]:
        waits: dict[int, float] = {}
        while len(waits) < number and not given_up.wait(POLL_SECONDS):
            news = [each for each in self.ids(done) if each in sent and each not in waits]
            now = time.monotonic()
            waits |= {each: now - sent[each] for each in news}
        return list(waits.values())
