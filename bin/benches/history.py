"""A venue with a long history to measure on: visits of 90 days with their bookings and guests.

Written by the database itself, row for row from a counter, since a million of them go through no ORM.
Of 1,000,000 visits 974,780 are confirmed, 25,000 not sent, 100 held, 50 tried again, 50 not stored, 20 wait
for a person.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from portal import clock

DAYS = 89
A_GUEST = 20  # visits of each guest
SURNAMES = 5_000
FIRST_ID = 10_000_000  # far above those of the other sections
_COUNTER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "
_GUESTS = """
INSERT INTO guests (id, venue_id, name, email, email_key, phone, created_at, is_searchable)
{counter}
SELECT :first + i, :venue, 'Ada Guest' || (i % :surnames), 'ada' || i || '@example.org',
       'ada' || i || '@example.org', '', {completed}, {yes}
FROM n
"""
# As `guests/search_words.py` makes them of these names: both words first, and both as one.
_WORDS = """
INSERT INTO guest_words (venue_id, kind, word, guest_id)
{counter}
SELECT :venue, k.kind, k.before || (i % :surnames) || k.behind, :first + i
FROM n, (SELECT 0 AS kind, 'ada guest' AS before, '' AS behind UNION ALL SELECT 1, 'guest', ' ada'
         UNION ALL SELECT 2, 'adaguest', '') AS k
"""
_BOOKINGS = """
INSERT INTO bookings (id, venue_id, guest_id, reference, public_token, status, source, party_size, service_on,
                      starts_at, ends_at, table_name, booked_name, booked_email, booked_phone, note,
                      step_free, completion_no, completed_at, created_at)
{counter}
SELECT :first + i, :venue, :first + 1 + i / :a_guest, 'B-' || i, 'history-' || i, 'completed', 'widget', 2,
       {day}, {started}, {completed}, 'T' || (i % 40), 'Ada Guest', '', '', '',
       {no}, 1, {completed}, {started}
FROM n
"""
_ENTRIES = """
INSERT INTO outbox_entries (id, kind, venue_id, booking_id, guest_id, completion_no, state, reason, detail,
                            attempts, lease_no, sent_last_dined, sent_visits, visits_before, created_at,
                            closed_at)
{counter}
SELECT :first + i, 'write_back', :venue, :first + i, :first + 1 + i / :a_guest, 1,
       CASE WHEN i % 40 = 0 THEN 'not_sent' WHEN i % 10000 = 1 THEN 'held' WHEN i % 20000 = 3 THEN 'retrying'
            WHEN i % 20000 = 5 THEN 'not_stored' WHEN i % 50000 = 7 THEN 'needs_attention'
            ELSE 'confirmed' END,
       CASE WHEN i % 40 = 0 THEN 'anonymous' WHEN i % 10000 = 1 THEN 'visit_held'
            WHEN i % 20000 = 3 THEN 'outage' WHEN i % 20000 = 5 THEN 'attribute_missing'
            WHEN i % 50000 = 7 THEN 'rejected' END,
       '', 1, 1, '2026-06-12T21:40:00+01:00', 4, '3', {completed},
       CASE WHEN i % 10000 = 1 OR i % 20000 IN (3, 5) THEN NULL ELSE {completed} END
FROM n
"""
_DIALECTS = {
    "sqlite": {
        "completed": "strftime('%Y-%m-%d %H:%M:%f000', :now, '-' || (i * :gap) || ' seconds')",
        "started": "strftime('%Y-%m-%d %H:%M:%f000', :now, '-' || (i * :gap + 5400) || ' seconds')",
        "day": "date(:now, '-' || (i * :gap) || ' seconds')",
        "no": "0",
        "yes": "1",
    },
    "postgresql": {
        "completed": "CAST(:now AS timestamptz) - i * :gap * INTERVAL '1 second'",
        "started": "CAST(:now AS timestamptz) - (i * :gap + 5400) * INTERVAL '1 second'",
        "day": "CAST(CAST(:now AS timestamptz) - i * :gap * INTERVAL '1 second' AS date)",
        "no": "false",
        "yes": "true",
    },
}


def fill(engine: Engine, venue_id: int, visits: int) -> None:
    """Add `visits` visits to a venue, spread evenly over the last 89 days."""
    with engine.begin() as connection:
        guests = visits // A_GUEST + 1
        of_each = ((_GUESTS, guests), (_WORDS, guests), (_BOOKINGS, visits), (_ENTRIES, visits))
        for table, many in of_each:
            _insert(connection, table, venue_id, many, visits)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As PostgreSQL does by itself within a minute; SQLite is left to what it knows without.
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))


def _insert(connection: Connection, table: str, venue_id: int, many: int, visits: int) -> None:
    query = text(table.format(counter=_COUNTER, **_DIALECTS[connection.dialect.name]))
    known = set(query.compile().params)
    values = {
        "many": many,
        "first": FIRST_ID,
        "venue": venue_id,
        "surnames": SURNAMES,
        "a_guest": A_GUEST,
        "gap": timedelta(days=DAYS).total_seconds() / visits,
        "now": f"{clock.utc_now():%Y-%m-%d %H:%M:%S}",
    }
    connection.execute(query, {name: value for name, value in values.items() if name in known})
