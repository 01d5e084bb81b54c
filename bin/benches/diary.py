"""What a diary of 500 bookings costs: its page, a look without news, a press among 20 tablets, a drag."""

from __future__ import annotations

import gzip
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from threading import Event, Thread
from typing import TYPE_CHECKING

import requests
from sqlalchemy import Engine, create_engine, insert, select, update
from testing import BROWSERS
from walkthrough_people import Manager

from benches.bookings_list import cpu_ms, get
from benches.parts import Parts, Scale
from benches.report import Figure, at_most, percentile
from portal import clock
from portal.availability.models import DiningTable, Seating, ServicePeriod
from portal.bookings.models import Booking, DiaryDay, Source, Status
from portal.guests.models import Guest
from portal.venues.models import Venue

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_OF_EMPTY, MOST_UNCHANGED = 5.0, 2.1
MOST_KB = 60.0
MOST_PRESS_MS = 300.0
MOST_TASK_MS = 100.0
BOOKINGS, TABLES, TABLETS = 500, 50, 20
_LOOK_EVERY = 3.0
_FIRST_ID = 50_000_000  # far above those of the other sections
_ZONE = "Europe/London"
_WATCH = """
window.longest = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  window.longest = Math.max(window.longest, entry.duration);
})).observe({ type: "longtask", buffered: false });
"""


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return what the page, a look, a press and a drag take. Raises Broken."""
    parts.prepare()
    engine = create_engine(parts.database_url)
    on = clock.local_date(clock.utc_now(), _ZONE)
    try:
        fill(engine, on)
        with parts.web_server("diary", "wsgi:app", parts.stage.ports.portal, "/healthz"):
            manager = Manager(parts.stage.portal_url)
            manager.sign_in()
            return [
                Figure("bookings", f"{BOOKINGS}"),
                *_pages(parts, manager, engine, on, scale.asked),
                _presses(manager, on, scale.asked),
                *_touched(parts, manager, on),
            ]
    finally:
        engine.dispose()


def fill(engine: Engine, on: date) -> None:
    """Give the demo's venue more tables and a full day: ten parties an hour apart at each."""
    opens = clock.day_bounds(on, _ZONE)[0] + timedelta(hours=11)
    with engine.begin() as connection:
        venue_id = connection.scalar(select(Venue.id).order_by(Venue.id))
        period_id = connection.scalar(select(ServicePeriod.id).where(ServicePeriod.venue_id == venue_id))
        numbers = range(TABLES)
        table = {"venue_id": venue_id, "seats": 4, "smallest": 1, "last_choice": False, "online": True}
        connection.execute(
            insert(DiningTable),
            [table | {"id": _FIRST_ID + n, "name": f"B{n}", "position": 1000 + n} for n in numbers],
        )
        guest = {"venue_id": venue_id, "name": "Bench", "email": "", "created_at": clock.utc_now()}
        connection.execute(insert(Guest), [guest | {"id": _FIRST_ID}])
        parties = [_party(n, opens, on, venue_id or 0) for n in range(BOOKINGS)]
        connection.execute(insert(Seating), [_seating(row, period_id or 0) for row in parties])
        connection.execute(insert(Booking), parties)


def _party(number: int, opens: datetime, on: date, venue_id: int) -> dict[str, object]:
    starts_at = opens + timedelta(hours=number // TABLES)
    return {
        "id": _FIRST_ID + number,
        "venue_id": venue_id,
        "guest_id": _FIRST_ID,
        "seating_id": _FIRST_ID + number,
        "reference": f"BD-{number}",
        "public_token": f"bench-diary-{number}",
        "status": Status.CONFIRMED,
        "source": Source.PHONE,
        "party_size": 2 + number % 3,
        "service_on": on,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "table_name": f"B{number % TABLES}",
        "booked_name": f"Guest of the evening {number}",
        "note": "Window, if there is one" if number % 4 == 0 else "",
        "created_at": clock.utc_now(),
    }


def _seating(party: dict[str, object], period_id: int) -> dict[str, object]:
    number = int(str(party["id"])) - _FIRST_ID
    return {
        "id": party["id"],
        "venue_id": party["venue_id"],
        "service_on": party["service_on"],
        "service_period_id": period_id,
        "dining_table_id": _FIRST_ID + number % TABLES,
        "table_name": party["table_name"],
        "starts_at": party["starts_at"],
        "ends_at": party["ends_at"],
        "covers": party["party_size"],
    }


def _pages(parts: Parts, manager: Manager, engine: Engine, on: date, times: int) -> Iterator[Figure]:
    pid = parts.pid("diary")
    day = f"{manager.portal}/diary?view=tables&date="
    full, empty = f"{day}{on}", f"{day}{on + timedelta(days=900)}"
    page = manager.web.get(full, timeout=60)
    floor = cpu_ms(pid, partial(get, manager.web, empty), times)
    signed_out = cpu_ms(pid, partial(get, requests.Session(), f"{manager.portal}/sign-in"), times)

    def after_a_change() -> None:
        with engine.begin() as connection:
            connection.execute(update(Booking).where(Booking.id == _FIRST_ID).values(note=str(time.time())))
            connection.execute(update(DiaryDay).values(version=DiaryDay.version + 1))
        get(manager.web, full)

    mark = _mark(page.text)
    looks = f"{manager.portal}/diary/changes?view=tables&date={on}"

    def look() -> None:
        manager.web.get(looks, headers={"If-None-Match": f'"{mark}"'}, timeout=60)

    costs = {
        "the page, nothing changed since": (
            cpu_ms(pid, partial(get, manager.web, full), times),
            MOST_OF_EMPTY,
        ),
        "the page, one booking changed since": (cpu_ms(pid, after_a_change, times), MOST_OF_EMPTY),
        "a look that finds nothing new": (cpu_ms(pid, look, times), MOST_UNCHANGED),
    }
    for name, (cost, most) in costs.items():
        ratio = cost / floor
        goal = f"{most:g} times or less"
        yield Figure(name, f"{cost:.1f} ms", f"{floor:.1f} ms", f"{ratio:.2f}", goal, ratio <= most)
        yield Figure(f"{name}, beside the sign-in page", f"{cost:.1f} ms", f"{signed_out:.1f} ms")
    yield at_most("the page, gzipped", len(gzip.compress(page.content, 6)) / 1024, MOST_KB, "KB")


def _mark(html: str) -> str:
    found = re.search(r'data-mark="([^"]+)"', html)
    return found[1] if found else ""


def _presses(manager: Manager, on: date, times: int) -> Figure:
    """Seat parties while others look, and see how long each press takes until its answer is there."""
    page = manager.web.get(f"{manager.portal}/diary?view=tables&date={on}", timeout=60).text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    headers = {"X-CSRFToken": token[1] if token else "", "HX-Request": "true", "Origin": manager.portal}
    waits = []
    with _tablets(manager, on):
        for number in range(times):
            body = {"view": "tables", "mark": _mark(page)}
            began = time.perf_counter()
            address = f"{manager.portal}/bookings/{_FIRST_ID + number}/seat"
            page = manager.web.post(address, body, headers=headers, timeout=60).text
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(0.1)
    name = f"press to answer, {TABLETS} tablets looking, p95"
    return at_most(name, percentile(waits, 0.95), MOST_PRESS_MS, "ms", 0)


@contextmanager
def _tablets(manager: Manager, on: date) -> Iterator[None]:
    ended = Event()
    cookies = manager.web.cookies.get_dict()
    tablets = [Thread(target=_look, args=(manager.portal, cookies, on, n, ended)) for n in range(TABLETS)]
    for tablet in tablets:
        tablet.start()
    try:
        yield
    finally:
        ended.set()
        for tablet in tablets:
            tablet.join()


def _look(portal: str, cookies: dict[str, str], on: date, number: int, ended: Event) -> None:
    web, mark = requests.Session(), ""
    web.cookies.update(cookies)
    ended.wait(_LOOK_EVERY * number / TABLETS)
    while not ended.wait(_LOOK_EVERY):
        asked = {"If-None-Match": f'"{mark}"', "HX-Request": "true"}
        answer = web.get(f"{portal}/diary/changes?view=tables&date={on}", headers=asked, timeout=60)
        mark = answer.headers.get("ETag", "").strip('"')


def _touched(parts: Parts, manager: Manager, on: date) -> Iterator[Figure]:
    """Scroll, open and drag in Chromium at a quarter of this processor's speed."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None or find_spec("playwright") is None:
        yield Figure("longest task while it is used", "not measured: bin/test installs Chromium")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(viewport={"width": 1024, "height": 768})
        cookies = manager.web.cookies.get_dict()
        context.add_cookies(
            [{"name": name, "value": value, "url": manager.portal} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.goto(f"{parts.stage.portal_url}/diary?view=tables&date={on}", wait_until="networkidle")
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.evaluate(_WATCH)
        for name, deed in (("scroll", _scroll), ("open a booking", _open), ("drag", _drag)):
            page.evaluate("window.longest = 0")
            deed(page)
            page.wait_for_timeout(500)
            yield at_most(f"{name}, longest task", page.evaluate("window.longest"), MOST_TASK_MS, "ms", 0)
        chromium.close()


def _scroll(page: Page) -> None:
    page.mouse.move(500, 400)
    for step in (300, 300, -200, 400, -800):
        page.mouse.wheel(step / 2, step)
        page.wait_for_timeout(150)


def _open(page: Page) -> None:
    page.locator(f"#b{_FIRST_ID + BOOKINGS - 1}").click()
    page.locator("#panel-title").wait_for()
    page.keyboard.press("Escape")


def _drag(page: Page) -> None:
    block = page.locator(f"#b{_FIRST_ID + BOOKINGS - 2}")
    block.scroll_into_view_if_needed()
    box = block.bounding_box()
    if box is None:
        raise AssertionError("the block was scrolled to")
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 20 - 8 * step, box["y"] + 10 - 20 * step)
        page.wait_for_timeout(40)
    page.keyboard.press("Escape")
    page.mouse.up()
