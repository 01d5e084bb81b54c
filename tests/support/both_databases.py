"""Which tests a second database cannot change, so that the run on PostgreSQL leaves them out."""

from collections.abc import Iterable, Iterator

import pytest


def same_on_both(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests that say the same on every database.

    These are tests that touch no database, tests that come through a browser, and of a parametrised test
    every row but its first: one row runs the same statements as the next. The marker `both_databases` keeps
    a test in. A table gets it where rows differ in what reaches the database: text that somebody typed, ids
    beyond a column's range, states, moments of a crash. The marker `one_database` leaves a test out: what it
    shows happens outside of any database.
    """
    seen = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        kept = item.get_closest_marker("both_databases") is not None
        outside = "databases" not in item.fixturenames or item.get_closest_marker("one_database") is not None
        if outside or (not kept and (in_browser(item) or test in seen)):
            yield item
        seen.add(test)


def in_browser(item: pytest.Item) -> bool:
    """Tell whether a test comes through a browser."""
    return not {"playwright", "firefox_page"}.isdisjoint(item.fixturenames)
