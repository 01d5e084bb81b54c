"""Days for tests that run in the present, in a browser that keeps its own time."""

from datetime import UTC, datetime, timedelta


def later_day() -> str:
    """Return a day, as 2026-06-12, of which every hour is still to come wherever it is looked at from."""
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
