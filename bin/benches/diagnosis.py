"""How long Find the fault takes for each symptom, with Spektrix at ease and with Spektrix hanging."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from walkthrough_people import Manager, expect, read

from benches.diners import VERIFIED, Diners
from benches.parts import Parts, Scale
from benches.report import Figure, at_most
from benches.visits import CONFIRMED
from portal.diagnosis.symptoms import overview as symptoms
from portal.findings import Code, finding

CALL_SECONDS = 0.2
ANSWER_SECONDS = 3.0
HANGING_CALL_SECONDS = 30.0
HANGING_ANSWER_SECONDS = 12.0
_TIMED_OUT = finding(Code.TIMED_OUT).title


@dataclass(frozen=True)
class Page:
    """A symptom's page, and what it says when nothing is wrong."""

    name: str
    path: str
    all_well: str


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the slowest answer for each symptom, first at 200 ms a call, then while no call is answered.

    Raises Broken, and StepFailed when an answer is not the right one.
    """
    parts.start_whole()
    diners = Diners(parts)
    pages = list(_pages(_visited(parts, diners)))
    _open_the_widget(parts, diners)
    with diners.slow_box_office(CALL_SECONDS):
        figures = [
            at_most(
                f"{page.name}, 200 ms a call, slowest of {scale.answers}",
                max(_asked(parts, page, page.all_well) for _ in range(scale.answers)),
                ANSWER_SECONDS,
                "s",
                2,
            )
            for page in pages
        ]
    # Waiting costs nothing, so that all may wait at once.
    with diners.slow_box_office(HANGING_CALL_SECONDS), ThreadPoolExecutor(len(pages)) as pool:
        waits = list(pool.map(lambda page: _asked(parts, page, _TIMED_OUT), pages))
    return figures + [
        at_most(f"{page.name}, Spektrix hangs", seconds, HANGING_ANSWER_SECONDS, "s", 2)
        for page, seconds in zip(pages, waits, strict=True)
    ]


def _visited(parts: Parts, diners: Diners) -> int:
    """Let a guest book, be linked, dine, and the visit be confirmed. Returns the booking's id."""
    booked = list(diners.book(1))
    diners.results.waits(booked, 1, VERIFIED)
    manager = Manager(parts.stage.portal_url)
    manager.sign_in()
    manager.complete(booked[0].booking_id)
    diners.results.waits(booked, 1, CONFIRMED)
    return booked[0].booking_id


def _pages(booking_id: int) -> Iterator[Page]:
    yield Page("the connection", "/find-the-fault/connection", symptoms.CONNECTION.all_well)
    yield Page("the date", "/find-the-fault/pre-fill", symptoms.PRE_FILL.all_well)
    yield Page("one visit", f"/bookings/{booking_id}/find-the-fault", symptoms.VISIT.all_well)
    yield Page("visits in general", "/find-the-fault/writes", symptoms.WRITES.all_well)


def _open_the_widget(parts: Parts, diners: Diners) -> None:
    """Say, as a page of the theatre's does, that the widget was opened and its date filled in."""
    site = parts.stage.theatre_url
    said = {"page": f"{site}/book-a-table", "reason": "filled", "snippet": "1"}
    read(diners.say_opened(said, origin=site), status=204)


def _asked(parts: Parts, page: Page, words: str) -> float:
    """Press the page's button once, as a manager with a browser of their own; returns the seconds it took."""
    manager = Manager(parts.stage.portal_url)
    manager.sign_in()
    token = read(manager.web.get(f"{manager.portal}{page.path}", timeout=30)).fields["csrf_token"]
    began = time.perf_counter()
    answer = manager.web.post(f"{manager.portal}{page.path}", data={"csrf_token": token}, timeout=60)
    seconds = time.perf_counter() - began
    said = read(answer).text
    expect(words in said, f"{page.path} does not say {words!r} but {said[:600]!r}")
    return seconds
