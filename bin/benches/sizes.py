"""What the widget weighs, and whether it moves the page on which it stands."""

from __future__ import annotations

import gzip
import importlib.util
import re
import shutil
from urllib.parse import urljoin

import requests
from testing import BROWSERS
from walkthrough_people import browser

from benches.parts import Broken, Parts, Scale
from benches.report import Figure

EMBED_KIB = 4.0
FRAME_KIB = 45.0
_LOADED = re.compile(r"""<(?:script|img)\b[^>]*?\bsrc="([^"]+)"|<(?:link|use)\b[^>]*?\bhref="([^"#]+)""")
_LOADED_BY_STYLES = re.compile(r"""url\(["']?([^"')]+)""")
_TIMES_SHOWN = "button[name=starts_at]"
_SETTLED_MS = 1000
_COUNT_SHIFTS = """
window.rezzyShifts = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.rezzyShifts += entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


def measure(parts: Parts, _scale: Scale) -> list[Figure]:
    """Return sizes, gzipped at level 9 as a proxy sends them, and shifts of the host page. Raises Broken."""
    parts.start_whole()
    stage = parts.stage
    embed = _gzipped(_fetch(f"{stage.portal_url}/embed.js"))
    widget = f"{stage.portal_url}/w/{stage.keys.widget_id}"
    frame = _frame(f"{widget}?framed=1&host={stage.theatre_url}", widget)
    return [
        _size("embed.js, gzipped", embed, EMBED_KIB),
        _size("all that the frame loads, gzipped", sum(frame.values()), FRAME_KIB),
        Figure("requests of the frame", str(len(frame))),
        _shift(f"{stage.theatre_url}/book-a-table"),
    ]


def _frame(first: str, times: str) -> dict[str, int]:
    """Return the gzipped size of each answer by address: two screens and what they and their styles name."""
    sizes: dict[str, int] = {}
    waiting = [first, times]
    while waiting:
        address = waiting.pop()
        if address not in sizes:
            answer = _fetch(address, {"HX-Request": "true"} if address == times else {})
            sizes[address] = _gzipped(answer)
            waiting += [urljoin(answer.url, name) for name in _named_in(answer)]
    return sizes


def _named_in(answer: requests.Response) -> list[str]:
    kind = answer.headers["Content-Type"].partition(";")[0]
    pattern = {"text/html": _LOADED, "text/css": _LOADED_BY_STYLES}.get(kind)
    if pattern is None:
        return []
    return ["".join(found.groups(default="")) for found in pattern.finditer(answer.text)]


def _fetch(address: str, headers: dict[str, str] | None = None) -> requests.Response:
    with browser() as web:
        answer = web.get(address, headers=headers, timeout=10)
    if not answer.ok:
        raise Broken(f"{address} answered {answer.status_code}.")
    return answer


def _gzipped(answer: requests.Response) -> int:
    return len(gzip.compress(answer.content, 9))


def _size(name: str, size: int, limit: float) -> Figure:
    return Figure(name, f"{size / 1024:.1f} KiB", goal=f"under {limit:g} KiB", reached=size < limit * 1024)


def _shift(host_page: str) -> Figure:
    """Open the widget on its host page in Chromium, and add up all that moved on the page."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None or importlib.util.find_spec("playwright") is None:
        return Figure("layout shift on the host page", "not measured: bin/test installs Chromium")
    loading, opening = _shifts(program, host_page)
    measured = f"{loading:.4f} loading, {opening:.4f} opening"
    return Figure("layout shift on the host page", measured, goal="0", reached=loading + opening == 0)


def _shifts(program: str, host_page: str) -> tuple[float, float]:
    """Return the layout shift while the page loads, and while its widget opens and shows times."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page()
        page.add_init_script(_COUNT_SHIFTS)
        page.goto(host_page, wait_until="networkidle")
        page.wait_for_timeout(_SETTLED_MS)
        loading = float(page.evaluate("window.rezzyShifts"))
        page.click("[data-rezzy-widget] a")
        page.frame_locator("dialog iframe").locator(_TIMES_SHOWN).first.wait_for()
        page.wait_for_timeout(_SETTLED_MS)
        return loading, float(page.evaluate("window.rezzyShifts")) - loading
