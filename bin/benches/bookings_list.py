"""What a page of the list of bookings costs with a million of them, beside the sign-in page."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from urllib.parse import urlencode

import requests
from sqlalchemy import Connection, Date, bindparam, create_engine, text
from walkthrough_people import Manager

from benches import proc, search
from benches.parts import Broken, Parts, Scale
from benches.report import Figure
from portal import clock
from portal.bookings.list.rules import Place
from portal.extensions import UtcDateTime

MOST_FOR_A_PAGE, MOST_FOR_A_SEARCH = 7.0, 10.0
_FIRST_ID = 30_000_000  # far above those of the other sections
_ZONE = "Europe/London"
_DAYS, _DAYS_AHEAD = 3_650, 60
_STARTS = (time(12), time(13), time(17, 30), time(18), time(19), time(20), time(21), time(22))
_CURTAIN = time(19, 30)
_ROUNDS = 3
_SLOTS = """
CREATE TEMPORARY TABLE bench_starts
(slot INTEGER PRIMARY KEY, service_on DATE,
 starts_at TIMESTAMP{zone}, ends_at TIMESTAMP{zone}, show_at TIMESTAMP{zone})
"""
_BOOKINGS = """
INSERT INTO bookings (id, venue_id, guest_id, reference, public_token, status, source, party_size, service_on,
  starts_at, ends_at, table_name, booked_name, booked_email, booked_phone, note, step_free, completion_no,
  calendar_sequence, replaced, created_at, show_starts_at)
SELECT {first} + g.id - {guests}, g.venue_id, g.id, 'B-' || (g.id - {guests}), 'bench-list-' || g.id,
  CASE WHEN g.id % 20 = 0 THEN 'cancelled' WHEN g.id % 41 = 0 THEN 'no_show'
       WHEN s.service_on < :today THEN 'completed' ELSE 'confirmed' END,
  CASE WHEN g.id % 50 = 0 THEN 'walk_in' WHEN g.id % 50 = 1 THEN 'email'
       WHEN g.id % 2 = 0 THEN 'phone' ELSE 'widget' END,
  2 + g.id % 5, s.service_on, s.starts_at, s.ends_at, 'T' || (g.id % 40), g.name, g.email, g.phone, '',
  {no}, 0, 0, {no}, g.created_at, CASE WHEN g.id % 2 = 0 THEN s.show_at END
FROM guests g JOIN bench_starts s ON s.slot = (g.id % {slots} * 7919) % {slots}
WHERE g.id >= {guests} AND g.id < {guests} + :many
"""
_LINKS = """
INSERT INTO customer_links
(venue_id, guest_id, client_name, spektrix_customer_id, state, basis, detail, decided_at)
SELECT venue_id, id, 'bench', 'C-' || id, 'verified', 'basket', '', created_at FROM guests
WHERE id >= {guests} AND id < {guests} + :many AND id % 3 = 0
"""


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the processor time of each page as a multiple of the sign-in page's. Raises Broken."""
    parts.prepare()
    engine = create_engine(parts.database_url)
    today = clock.local_date(clock.utc_now(), _ZONE)
    try:
        with engine.begin() as connection:
            venue_id = connection.scalar(text("SELECT min(id) FROM venues"))
            search.fill(connection, venue_id, scale.guests)
            fill(connection, scale.guests, today)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
    finally:
        engine.dispose()
    with parts.web_server("list", "wsgi:app", parts.stage.ports.portal, "/healthz"):
        manager = Manager(parts.stage.portal_url)
        manager.sign_in()
        signed_out = requests.Session()
        pid = parts.pid("list")

        sign_in = partial(get, signed_out, f"{parts.stage.portal_url}/sign-in")
        figures = [Figure("bookings", f"{scale.guests:,}")]
        for name, path, most in _pages(today):
            page = partial(get, manager.web, f"{parts.stage.portal_url}{path}")
            figures.append(_compared(pid, name, most, sign_in, page, scale.asked))
    return figures


def fill(connection: Connection, many: int, today: date) -> None:
    """Give each guest of the search's a booking, over ten years up to two months ahead."""
    days = [today + timedelta(days=_DAYS_AHEAD - number) for number in range(_DAYS)]
    starts = [
        {
            "slot": number,
            "service_on": day,
            "starts_at": clock.instant_of_wall(datetime.combine(day, wall), _ZONE),
            "ends_at": clock.instant_of_wall(datetime.combine(day, wall), _ZONE) + timedelta(minutes=105),
            "show_at": clock.instant_of_wall(datetime.combine(day, _CURTAIN), _ZONE),
        }
        for number, (day, wall) in enumerate((day, wall) for day in days for wall in _STARTS)
    ]
    sqlite = connection.dialect.name == "sqlite"
    connection.execute(text(_SLOTS.format(zone="" if sqlite else " WITH TIME ZONE")))
    row = text(
        "INSERT INTO bench_starts VALUES (:slot, :service_on, :starts_at, :ends_at, :show_at)"
    ).bindparams(
        bindparam("service_on", type_=Date()),
        *(bindparam(name, type_=UtcDateTime()) for name in ("starts_at", "ends_at", "show_at")),
    )
    connection.execute(row, starts)
    names = {
        "first": _FIRST_ID,
        "guests": search.FIRST_ID,
        "slots": len(starts),
        "no": "0" if sqlite else "false",
    }
    asked = text(_BOOKINGS.format(**names)).bindparams(bindparam("today", today, Date()))
    connection.execute(asked, {"many": many})
    connection.execute(text(_LINKS.format(**names)), {"many": many})


def _pages(today: date) -> Iterator[tuple[str, str, float]]:
    long_ago = clock.instant_of_wall(datetime.combine(today - timedelta(days=3_000), time(19)), _ZONE)
    deep = str(Place(today - timedelta(days=3_000), long_ago, _FIRST_ID))
    curtain = clock.instant_of_wall(datetime.combine(today, _CURTAIN), _ZONE).isoformat()
    asked: tuple[tuple[str, dict[str, str], float], ...] = (
        ("from today on", {}, MOST_FOR_A_PAGE),
        ("past, the first page", {"when": "past"}, MOST_FOR_A_PAGE),
        ("past, eight years deep", {"when": "past", "after": deep}, MOST_FOR_A_PAGE),
        ("past, back from eight years deep", {"when": "past", "before": deep}, MOST_FOR_A_PAGE),
        ("one show", {"show": curtain}, MOST_FOR_A_PAGE),
        ("no-shows of any day", {"when": "all", "status": "no_show"}, MOST_FOR_A_PAGE),
        ("walk-ins that were no-shows, not linked", _RARE, MOST_FOR_A_PAGE),
        ("pending, of which there are none", {"when": "past", "status": "pending"}, MOST_FOR_A_PAGE),
        ("search, smith", {"q": "smith", "when": "all"}, MOST_FOR_A_SEARCH),
        ("search, mar smi", {"q": "mar smi", "when": "all"}, MOST_FOR_A_SEARCH),
        ("search, a number's end", {"q": "123456", "when": "all"}, MOST_FOR_A_SEARCH),
        ("search, a reference", {"q": "B-777"}, MOST_FOR_A_SEARCH),
        ("search, smith, no-shows", {"q": "smith", "when": "all", "status": "no_show"}, MOST_FOR_A_SEARCH),
        ("search, nobody", {"q": "nobody at all"}, MOST_FOR_A_SEARCH),
    )
    for name, query, most in asked:
        yield name, f"/bookings?{urlencode(query)}", most


_RARE = {"when": "all", "status": "no_show", "source": "walk_in", "linked": "no"}


def _compared(
    pid: int, name: str, most: float, empty: Callable[[], None], page: Callable[[], None], times: int
) -> Figure:
    """Measure in turns, so that both meet the same machine."""
    ratios, costs = [], []
    for _ in range(_ROUNDS):
        floor, cost = cpu_ms(pid, empty, times), cpu_ms(pid, page, times)
        ratios.append(cost / floor)
        costs.append((cost, floor))
    ratio = statistics.median(ratios)
    cost, floor = costs[ratios.index(ratio)]
    return Figure(
        name, f"{cost:.1f} ms", f"{floor:.1f} ms", f"{ratio:.1f}", f"{most:g} times or less", ratio <= most
    )


def cpu_ms(pid: int, ask: Callable[[], None], times: int) -> float:
    """Return the processor time of one answer of the server `pid`."""
    workers = proc.children(pid)
    before = proc.cpu_seconds(workers)
    for _ in range(times):
        ask()
    # One tick of the clock that Linux counts by is the least that can be told.
    return max(proc.cpu_seconds(workers) - before, 0.01) * 1000 / times


def get(web: requests.Session, address: str) -> None:
    """Ask for a page. Raises Broken where it is not answered."""
    answer = web.get(address, timeout=60)
    if not answer.ok or ("/sign-in" in answer.url and "/sign-in" not in address):
        raise Broken(f"{address} answered {answer.status_code} at {answer.url}.")
