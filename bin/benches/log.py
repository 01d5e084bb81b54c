"""How long the pages of a venue take that has a million visits in its log."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import create_engine, text
from walkthrough_people import Manager

from benches import history
from benches.parts import Broken, Parts, Scale
from benches.report import Figure, at_most, percentile

PAGE_MS = 50.0
_PAGE = "/integrations/spektrix"


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return how long each page takes on one connection, asked one after the other. Raises Broken."""
    parts.prepare()
    engine = create_engine(parts.database_url)
    try:
        with engine.connect() as connection:
            venue_id = connection.scalar(text("SELECT min(id) FROM venues"))
        history.fill(engine, venue_id, scale.history)
        paths = list(_paths(scale.history))
    finally:
        engine.dispose()
    port = parts.stage.ports.portal
    with parts.web_server("log", "wsgi:app", port, "/healthz"):
        manager = Manager(parts.stage.portal_url)
        manager.sign_in()
        figures = [figure for name, path in paths for figure in timed(manager, name, path, scale.asked)]
    return [Figure("visits in the log", f"{scale.history:,}"), *figures]


def _paths(visits: int) -> Iterator[tuple[str, str]]:
    first, middle = history.FIRST_ID, visits // 2
    log = f"{_PAGE}/visits"
    yield "Spektrix page", _PAGE
    yield "log", log
    yield "log, a page in the middle", f"{log}?older={_place(visits, middle)}"
    yield "log, confirmed", f"{log}?show=confirmed"
    yield "log, not sent, in the middle", f"{log}?show=not-sent&older={_place(visits, middle)}"
    yield "log, one surname", f"{log}?q=guest{min(1234, visits // 40)}"
    yield "log, a beginning of many names", f"{log}?q=a"
    yield "log, one booking", f"{log}?q=B-{middle}"
    yield "log, a search without visits", f"{log}?q=nobody"
    yield "held visits", f"{_PAGE}/held"
    yield "one visit", f"{log}/{first + middle}"


def _place(visits: int, number: int) -> str:
    """Return the place of one visit, as `visit_rules.Place` writes it, give or take a second."""
    seconds = time.time() - history.DAYS * 86_400 / visits * number
    return f"{int(seconds * 1_000_000)}-{history.FIRST_ID + number}"


def timed(manager: Manager, name: str, path: str, times: int) -> Iterator[Figure]:
    """Yield how long a page takes as its reader gets it. Raises Broken."""
    waits = []
    for _ in range(times):
        began = time.perf_counter()
        answer = manager.web.get(f"{manager.portal}{path}", timeout=60)
        waits.append((time.perf_counter() - began) * 1000)
        if not answer.ok or "/sign-in" in answer.url:
            raise Broken(f"{path} answered {answer.status_code} at {answer.url}.")
    # Processes and connections are warm after the first few, as they are all day.
    warm = waits[times // 5 :]
    yield at_most(f"{name}, p50", percentile(warm, 0.50), PAGE_MS, "ms")
    yield at_most(f"{name}, p95", percentile(warm, 0.95), PAGE_MS, "ms")
