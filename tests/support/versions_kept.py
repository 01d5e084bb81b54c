"""Every test's transactions are watched: who writes what availability is decided from moves its version too.

A writer that forgets would let a copy of the day be older than the database, and nothing would look wrong.
"""

import re
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import Engine

VERSION_OF = {
    "seatings": "capacity_days",
    "table_quarters": "capacity_days",
    "service_periods": "house_versions",
    "special_days": "house_versions",
    "online_rules": "house_versions",
    "dining_areas": "house_versions",
    "dining_tables": "house_versions",
    "table_groups": "house_versions",
    # Finished answers to diners are made from these as well.
    "venues": "house_versions",
    "widgets": "house_versions",
    # The diary is made from these.
    "bookings": "diary_days",
}
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


@contextmanager
def versions_kept():
    """Yield the tables that a transaction wrote without moving their version, a list that grows with each."""
    forgotten = []
    # One watch may stand inside another.
    written = WeakKeyDictionary()

    def note(connection, _cursor, statement, _parameters, _context, _many):
        if found := _WRITES.match(statement):
            written.setdefault(connection, set()).add(found[1].lower())

    def look(connection):
        tables = written.pop(connection, set())
        forgotten.extend(table for table in tables & VERSION_OF.keys() if VERSION_OF[table] not in tables)

    def forget(connection):
        written.pop(connection, None)

    listeners = (("before_cursor_execute", note), ("commit", look), ("rollback", forget))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield forgotten
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
