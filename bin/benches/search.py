"""How long it takes to find one of a million guests, and to make them findable after an update."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import accumulate, product
from random import Random
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Connection, insert, text
from walkthrough_people import Manager

from benches import log
from benches.parts import Parts, Scale
from benches.report import Figure, at_most, percentile
from portal import clock, create_app
from portal.bookings.guest_pages import search as guest_list
from portal.config import Settings
from portal.extensions import db
from portal.guests import search
from portal.guests.models import Guest
from portal.venues.models import Venue

SEARCH_MS = 20.0
_AT_ONCE = 2_000
_FIRST_ID = 20_000_000  # far above those of the other sections
_FIRST_NAMES = """
John Mary Anna Anne-Marie Tom Søren Łukasz Zoë Amara Daniel Priya Mohammed Fatima Olivia George Amelia Noah
Isla Jack Ava Harry Mia Oscar Lily Leo Grace Arthur Freya
Muhammad Emily Theo Sofia Jürgen Renée Xiao-Ming Maria
"""
_SURNAMES = """
Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
Roberts Green Hall Wood Jackson Clarke Khan Müller Østergård Wiśniewski O'Reyes Mc-Donald Smith-Jones
"""
_FAMILIES, _GIVEN = "王李張劉陳楊黃趙吳周", "小明美玲志強俊傑雅婷怡君"
_SYLLABLES = "ash bar cran dun el farn gar hol ing kel ton ley worth by ham field"
_QUESTIONS = (
    *("smith", "ostergard", "a", "john smith", "smith j", "marie", "mar smi", "zoe o rey", "mueller"),
    *("小明", "小明 王", "07700 123456", "123456", "guest7777@", "nobody at all", "dr john smith"),
)


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return how long each search takes, by itself and as a page. Raises Broken."""
    parts.prepare()
    app = create_app(Settings.from_env(parts.stage.environment))
    with app.app_context():
        venue_id = db.session.scalars(db.select(Venue.id)).one()
        db.session.rollback()
        with db.engine.begin() as connection:
            _fill(connection, venue_id, scale.guests)
        began = time.perf_counter()
        while search.add_missing(_AT_ONCE):
            pass
        figures = [
            Figure("guests", f"{scale.guests:,}"),
            Figure("made searchable in", f"{time.perf_counter() - began:.0f} s"),
        ]
        _settle()
        figures += [figure for typed in _QUESTIONS for figure in _asked(app, typed, scale.asked)]
        figures.append(Figure("plan", _plan(venue_id)))
        db.session.rollback()
        db.engine.dispose()
    with parts.web_server("search", "wsgi:app", parts.stage.ports.portal, "/healthz"):
        manager = Manager(parts.stage.portal_url)
        manager.sign_in()
        for typed in _QUESTIONS:
            figures += log.timed(manager, f"page, {typed}", f"/guests?q={quote(typed)}", scale.asked)
    return figures


def _fill(connection: Connection, venue_id: int, guests: int) -> None:
    """Add guests as the release before left them: common names are common, and one in twenty is Chinese."""
    dice = Random(1)  # noqa: S311 - the same every time
    rare = ["".join(three).capitalize() for three in product(_SYLLABLES.split(), repeat=3)]
    first_names, surnames = _FIRST_NAMES.split(), [*_SURNAMES.split(), *rare]
    # As common as the first is rare: the tenth name a tenth of it.
    weights = list(accumulate(1 / (place + 1) for place in range(len(surnames))))
    for first in range(0, guests, 50_000):
        rows = []
        for number in range(first, min(first + 50_000, guests)):
            name = f"{dice.choice(first_names)} {dice.choices(surnames, cum_weights=weights)[0]}"
            if number % 20 == 0:
                name = dice.choice(_FAMILIES) + dice.choice(_GIVEN) + dice.choice(_GIVEN)
            rows.append(_guest(venue_id, number, name))
        connection.execute(insert(Guest), rows)


def _guest(venue_id: int, number: int, name: str) -> dict[str, Any]:
    email = f"guest{number}@example.org"
    digits = f"7700{number % 1_000_000:06d}"
    return {
        "id": _FIRST_ID + number,
        "venue_id": venue_id,
        "name": name,
        "email": email,
        "email_key": email,
        "phone": f"0{digits}",
        "phone_key": f"+44{digits}",
        "created_at": clock.utc_now(),
    }


def _settle() -> None:
    """Let PostgreSQL count, as it does by itself within a minute; SQLite is left to what it knows without."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _asked(app: Flask, typed: str, times: int) -> Iterator[Figure]:
    waits = []
    for _ in range(times):
        with app.test_request_context("/guests"):
            app.preprocess_request()
            venue = db.session.scalars(db.select(Venue)).one()
            began = time.perf_counter()
            guest_list.found(venue, typed, None)
            waits.append((time.perf_counter() - began) * 1000)
    warm = waits[times // 5 :]
    yield at_most(f"search, {typed}, p50", percentile(warm, 0.50), SEARCH_MS, "ms")
    yield at_most(f"search, {typed}, p95", percentile(warm, 0.95), SEARCH_MS, "ms")


def _plan(venue_id: int) -> str:
    """Return how the database answers the first question of a search."""
    first = search.stages_of("smith", "GB")[0]
    asked = search.question(of_email=False, goes_on=False, others=0).params(
        venue_id=venue_id, kind=int(first.kind), low=first.low, high=first.high, most=guest_list.A_PAGE + 1
    )
    sqlite = db.engine.dialect.name == "sqlite"
    statement = asked.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN (COSTS OFF)"
    rows = db.session.connection().exec_driver_sql(f"{explain} {statement}".replace("%", "%%"))
    return "; ".join(str(row[-1]).strip() for row in rows)
