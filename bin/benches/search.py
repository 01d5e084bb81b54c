"""How long it takes to find one of a million guests, and to make them findable after an update."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Connection, bindparam, insert, select, text
from walkthrough_people import Manager

from benches import log
from benches.parts import Parts, Scale
from benches.report import Figure, at_most, percentile
from portal import clock, create_app
from portal.bookings.guest_pages import search as guest_list
from portal.config import Settings
from portal.extensions import UtcDateTime, db
from portal.guests import search
from portal.guests.models import Guest
from portal.guests.names import fold
from portal.venues.models import Venue

SEARCH_MS = 20.0
_AT_ONCE = 2_000
FIRST_ID = 20_000_000  # far above those of the other sections
_SLOTS = 10_000
# Forty: `_NUMBERED` counts on it.
_FIRST_NAMES = """
John Mary Anna Tom Søren Łukasz Zoë Amara Daniel Priya Mohammed Fatima Olivia George Amelia Noah Isla Jack
Ava Harry Mia Oscar Lily Leo Grace Arthur Freya Muhammad Emily Theo Sofia Jürgen Renée Maria Marie Marian
Alan Ian Eve Bo
"""
_SURNAMES = """
Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
Roberts Green Hall Wood Jackson Clarke Khan Müller Østergård Wiśniewski O'Reyes McDonald
"""
_SYLLABLES = "ash bar cran dun el farn gar hol ing kel ton ley worth by ham field"
_OTHER_NAMES = (
    "王小明",
    "李美玲",
    "Anne-Marie Smith-Jones",
    "Xiao-Ming Wang",
    "Dr. Ada Byron Jr.",
    "Alena Mac Rae",
)
_QUESTIONS = (
    *("smith", "ostergard", "a", "john smith", "smith j", "marie", "mar smi", "zoe o rey", "mueller"),
    *("小明", "小明 王", "07700 123456", "123456", "guest7777@", "nobody at all", "dr john smith"),
)
_AS_PAGES = ("smith", "mar smi", "小明", "123456")
_NAMES = "CREATE TEMPORARY TABLE bench_{} (slot INTEGER PRIMARY KEY, name VARCHAR(60), word VARCHAR(60))"
# What `guests/search_words.py` makes of two plain words and a number, row for row from a counter.
_NUMBERED = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :many - 1),
people AS (
  SELECT n.i, f.name AS first, l.name AS last, f.word AS first_word, l.word AS last_word,
         substr('' || (1000000 + n.i % 1000000), 2) AS digits
  FROM n JOIN bench_firsts f ON f.slot = (n.i * 17 + n.i / 40) % 40
         JOIN bench_lasts l ON l.slot = (n.i % 10000 * 7919 + n.i / 10000) % 10000
)
"""
_GUESTS = """
INSERT INTO guests (id, venue_id, name, email, email_key, phone, phone_key, created_at, is_searchable)
{numbered}
SELECT :first + i, :venue, first || ' ' || last, 'guest' || i || '@example.org',
       'guest' || i || '@example.org',
       '07700' || digits, '+447700' || digits, :now, {yes}
FROM people
"""
_WORDS = """
INSERT INTO guest_words (venue_id, kind, word, guest_id)
{numbered}
SELECT :venue, k.kind,
       CASE k.kind WHEN 0 THEN first_word || ' ' || last_word WHEN 1 THEN last_word || ' ' || first_word
       WHEN 2 THEN first_word || last_word WHEN 3 THEN '447700' || digits
       ELSE substr(digits, 6, 1) || substr(digits, 5, 1) || substr(digits, 4, 1) || substr(digits, 3, 1)
            || substr(digits, 2, 1) || substr(digits, 1, 1) || '007744' END, :first + i
FROM people,
     (SELECT 0 AS kind UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k
"""


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return how long each search takes, by itself and as a page. Raises Broken."""
    parts.prepare()
    app = create_app(Settings.from_env(parts.stage.environment))
    with app.app_context():
        venue_id = db.session.scalars(db.select(Venue.id)).one()
        db.session.rollback()
        with db.engine.begin() as connection:
            fill(connection, venue_id, scale.guests)
            _add_others(connection, venue_id, scale.guests)
        began = time.perf_counter()
        others = 0
        while added := search.add_missing(_AT_ONCE):
            others += added
        rate = others / (time.perf_counter() - began)
        figures = [
            Figure("guests", f"{scale.guests + others:,}"),
            Figure("made searchable after an update", f"{rate:,.0f} a second"),
        ]
        _settle()
        figures += [figure for typed in _QUESTIONS for figure in _asked(app, typed, scale.asked)]
        figures.append(Figure("plan", _plan(venue_id)))
        db.session.rollback()
        db.engine.dispose()
    with parts.web_server("search", "wsgi:app", parts.stage.ports.portal, "/healthz"):
        manager = Manager(parts.stage.portal_url)
        manager.sign_in()
        for typed in _AS_PAGES:
            figures += log.timed(manager, f"page, {typed}", f"/guests?q={quote(typed)}", scale.asked)
    return figures


def fill(connection: Connection, venue_id: int, guests: int) -> None:
    """Add guests with their words, unless they are there; common names are common."""
    if connection.scalar(select(Guest.id).where(Guest.id == FIRST_ID)):
        return
    rare = ["".join(three).capitalize() for three in product(_SYLLABLES.split(), repeat=3)]
    surnames = [*_SURNAMES.split(), *rare]
    # As common as the first is rare: the tenth name a tenth of it.
    weights = [1 / place for place in range(1, len(surnames) + 1)]
    lasts = Random(1).choices(surnames, weights, k=_SLOTS)  # noqa: S311 - the same every time
    for table, names in (("firsts", _FIRST_NAMES.split()), ("lasts", lasts)):
        connection.execute(text(_NAMES.format(table)))
        rows = [{"slot": slot, "name": name, "word": fold(name)} for slot, name in enumerate(names)]
        connection.execute(text(f"INSERT INTO bench_{table} VALUES (:slot, :name, :word)"), rows)  # noqa: S608
    values = {"many": guests, "first": FIRST_ID, "venue": venue_id}
    yes = "1" if connection.dialect.name == "sqlite" else "true"
    filled = text(_GUESTS.format(numbered=_NUMBERED, yes=yes)).bindparams(
        bindparam("now", clock.utc_now(), UtcDateTime())
    )
    connection.execute(filled, values)
    connection.execute(text(_WORDS.format(numbered=_NUMBERED)), values)


def _add_others(connection: Connection, venue_id: int, guests: int) -> None:
    """Add a hundredth as many as an earlier release left them, without words: names of other kinds."""
    rows: list[dict[str, Any]] = [
        {
            "id": FIRST_ID + guests + number,
            "venue_id": venue_id,
            "name": _OTHER_NAMES[number % len(_OTHER_NAMES)],
            "phone": f"01632 960{number % 1000:03d}",
            "created_at": clock.utc_now(),
        }
        for number in range(guests // 100)
    ]
    connection.execute(insert(Guest), rows)


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
    # What is left of it when no other work on the machine is in the way.
    yield Figure(f"search, {typed}, quickest", f"{min(warm):.1f} ms")


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
