"""How long a diner on a slow phone waits for times, and what the host page pays for carrying the widget.

Chromium with a quarter of this processor's speed, 1.6 Mbit/s and 150 ms of latency, an empty cache each time.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from testing import BROWSERS

from benches.parts import Parts, Scale
from benches.report import Figure, at_most

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

MOST_TIMES_OWN_LOAD = 2.4
MOST_SECONDS = 1.5
MOST_PAINT = 1.1
MOST_TASK_MS = 50
_SLOWER = 4
_LATENCY_MS = 150
_BYTES_PER_SECOND = 1_600_000 // 8
_SETTLED_MS = 800
_TIMES = "button[name=starts_at]"
# A frame of another site is a process of its own, which the slowing-down of its page would not reach.
_ONE_PROCESS = "--disable-features=IsolateOrigins,site-per-process"
_WATCH = """
(() => {
  const seen = (window.rezzySeen = { shift: 0, paint: 0, tasks: [], clicked: 0, shown: 0 });
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch("layout-shift", (entry) => (seen.shift += entry.value));
  watch("largest-contentful-paint", (entry) => (seen.paint = entry.startTime));
  watch("long-animation-frame", (entry) =>
    // The frame's own scripts are the descendant's; with every site a process they do not hold up the page.
    entry.scripts.forEach((script) => {
      if (script.windowAttribution === "self") seen.tasks.push([script.sourceURL, script.duration]);
    }),
  );
  const now = () => performance.timeOrigin + performance.now();
  addEventListener("click", () => (seen.clicked = now()), true);
  const look = () => {
    if (seen.shown || !document.querySelector('button[name="starts_at"]')) return;
    seen.shown = -1;
    requestAnimationFrame(() => setTimeout(() => (seen.shown = now())));
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})();
"""


@dataclass(frozen=True)
class Visit:
    """One visit, times in ms: the page's load, its largest paint, from pressing the link to times shown."""

    load: float
    paint: float
    opening: float = 0.0
    shift: float = 0.0
    longest_task: float = 0.0
    before: int = 0


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the medians of interleaved rounds: page alone, with the widget, with tickets. Raises Broken."""
    parts.start_whole()
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        return [Figure("opened to times shown", "not measured: bin/test installs Chromium")]
    from playwright.sync_api import sync_playwright

    alone, plain, tickets = [], [], []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", _ONE_PROCESS]
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        for _ in range(scale.rounds):
            with _without_widget(parts):
                alone.append(_visit(chromium, parts, opens=False))
            plain.append(_visit(chromium, parts))
            tickets.append(_visit(chromium, parts, with_tickets=True))
        chromium.close()
    return _figures(alone, plain, tickets)


@contextmanager
def _without_widget(parts: Parts) -> Iterator[None]:
    """Serve the theatre's pages without the snippet."""
    _set_options(parts, widget_id=None)
    try:
        yield
    finally:
        _set_options(parts, widget_id=parts.stage.keys.widget_id)


def _set_options(parts: Parts, **options: Any) -> None:
    requests.post(f"{parts.stage.spektrix_url}/_control/options", json=options, timeout=10).raise_for_status()


def _visit(chromium: Browser, parts: Parts, *, opens: bool = True, with_tickets: bool = False) -> Visit:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    try:
        if with_tickets:
            _add_tickets(context, parts.stage.theatre_url)
        page = context.new_page()
        page.add_init_script(_WATCH)
        _slow_down(context, page)
        return _look(page, parts, opens=opens)
    finally:
        context.close()


def _add_tickets(context: BrowserContext, theatre_url: str) -> None:
    page = context.new_page()
    page.goto(f"{theatre_url}/whats-on")
    page.get_by_role("button", name="Add 2 tickets").first.click()
    page.get_by_text("2 tickets are in your basket").wait_for()
    page.close()


def _slow_down(context: BrowserContext, page: Page) -> None:
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    network = {"downloadThroughput": _BYTES_PER_SECOND, "uploadThroughput": _BYTES_PER_SECOND}
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": _LATENCY_MS, **network})
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})


def _look(page: Page, parts: Parts, *, opens: bool) -> Visit:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{parts.stage.theatre_url}/book-a-table", wait_until="load")
    page.wait_for_timeout(_SETTLED_MS)
    load = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    ours = [url for url in asked if url.startswith(parts.stage.portal_url)]
    if not opens:
        return Visit(load, page.evaluate("rezzySeen.paint"))
    paint = page.evaluate("rezzySeen.paint")
    page.click("[data-rezzy-widget] a")
    page.frame_locator("dialog iframe").locator(_TIMES).first.wait_for()
    page.wait_for_timeout(_SETTLED_MS)
    seen = page.evaluate("rezzySeen")
    frame = next(each for each in page.frames if each.url.startswith(parts.stage.portal_url))
    shown = frame.evaluate("rezzySeen.shown")
    tasks = [length for url, length in seen["tasks"] if url.startswith(parts.stage.portal_url)]
    return Visit(load, paint, shown - seen["clicked"], seen["shift"], max(tasks, default=0.0), len(ours))


def _figures(alone: list[Visit], plain: list[Visit], tickets: list[Visit]) -> list[Figure]:
    own = statistics.median(each.load for each in alone)
    return [
        Figure("host page alone, load", f"{own:.0f} ms"),
        *_waits("opened to times shown", plain, own),
        *_waits("the same, tickets in the basket", tickets, own),
        _paint(alone, plain),
        at_most("layout shift on the host page", max(each.shift for each in plain + tickets), 0, "", 4),
        at_most(
            "longest task of our scripts on the host page",
            max(each.longest_task for each in plain + tickets),
            MOST_TASK_MS,
            "ms",
            0,
        ),
        at_most("requests before the guest opens", max(each.before for each in plain), 1, "", 0),
    ]


def _waits(name: str, visits: list[Visit], own: float) -> list[Figure]:
    wait = statistics.median(each.opening for each in visits)
    return [
        at_most(name, wait / 1000, MOST_SECONDS, "s", 2),
        at_most(f"{name}, of the page's own load", wait / own, MOST_TIMES_OWN_LOAD, "x", 2),
    ]


def _paint(alone: list[Visit], plain: list[Visit]) -> Figure:
    bare, carrying = (statistics.median(each.paint for each in visits) for visits in (alone, plain))
    return at_most("largest paint with the widget, of that without", carrying / bare, MOST_PAINT, "x", 2)
