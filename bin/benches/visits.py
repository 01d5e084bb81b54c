"""How long a guest's link takes to be verified, and a visit to be read back from the box office."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from walkthrough_people import Manager

from benches.diners import VERIFIED, Diners, Sent
from benches.parts import Parts, Scale
from benches.report import Figure, at_most, percentile
from portal.outbox.models import Kind, OutboxEntry, State

LINK_SECONDS = 5.0
VISIT_SECONDS = 15.0
SLOW_CALL_SECONDS = 0.15
# Staff press Completed on one booking after the other.
PRESS_SECONDS = 0.5
CONFIRMED = select(OutboxEntry.booking_id).where(
    OutboxEntry.kind == Kind.WRITE_BACK, OutboxEntry.state == State.CONFIRMED
)


def links(parts: Parts, scale: Scale) -> list[Figure]:
    """Return how long one booking after the other waits for its link. Raises Broken or StepFailed."""
    parts.start_whole()
    diners = Diners(parts)
    figures = _spread("box office healthy", _one_by_one(diners, scale.diners), LINK_SECONDS)
    with diners.slow_box_office(SLOW_CALL_SECONDS):
        slow = _one_by_one(diners, scale.diners)
        figures += _spread("box office 150 ms a call", slow, LINK_SECONDS)
        rush = diners.results.waits(diners.book(scale.diners), scale.diners, VERIFIED)
    # A rush has no goal yet; it shows how far one worker goes.
    return figures + _spread(f"the same, {scale.diners} without a pause", rush)


def _one_by_one(diners: Diners, number: int) -> list[float]:
    waits = []
    for _ in range(number):
        waits += diners.results.waits(diners.book(1), 1, VERIFIED)
    return waits


def visits(parts: Parts, scale: Scale) -> list[Figure]:
    """Return how long visits take from Completed to confirmed. Raises Broken or StepFailed."""
    parts.start_whole()
    diners = Diners(parts)
    paced = _completed(parts, diners, scale.visits, PRESS_SECONDS)
    figures = _spread(f"{scale.visits} visits, one every {PRESS_SECONDS} s", paced, VISIT_SECONDS)
    return figures + _spread(
        f"{scale.visits} visits, pressed without a pause", _completed(parts, diners, scale.visits, 0)
    )


def _completed(parts: Parts, diners: Diners, number: int, pause: float) -> list[float]:
    """Book, wait for the links, complete every visit, and return how long each took to be confirmed."""
    booked = list(diners.book(number))
    diners.results.waits(booked, number, VERIFIED)
    manager = Manager(parts.stage.portal_url)
    manager.sign_in()
    return diners.results.waits(_press(manager, booked, pause), number, CONFIRMED)


def _press(manager: Manager, booked: Iterable[Sent], pause: float) -> Iterator[Sent]:
    for one in booked:
        pressed_at = time.monotonic()
        manager.complete(one.booking_id)
        yield Sent(one.booking_id, pressed_at)
        time.sleep(pause)


def _spread(name: str, waits: list[float], limit: float | None = None) -> list[Figure]:
    p50, p95 = percentile(waits, 0.50), percentile(waits, 0.95)
    slowest = at_most(f"{name}, p95", p95, limit, "s", 2) if limit else Figure(f"{name}, p95", f"{p95:.2f} s")
    return [Figure(f"{name}, p50", f"{p50:.2f} s"), slowest]
