"""What comes before all checks: there is something to look at."""

from __future__ import annotations

from datetime import datetime

from portal.diagnosis.engine import Diagnosis, Failed, Line
from portal.findings import Code


def not_connected(now: datetime, *, live: bool) -> Diagnosis:
    """Say that there is no connection to look at."""
    return _nothing_there("Spektrix is connected", Code.NOT_CONNECTED, now, live=live)


def no_widget(now: datetime, *, live: bool) -> Diagnosis:
    """Say that there is no widget to look at."""
    return _nothing_there("There is a booking widget", Code.NO_WIDGET, now, live=live)


def _nothing_there(name: str, code: Code, now: datetime, *, live: bool) -> Diagnosis:
    return Diagnosis((Line(name, Failed(code)),), now, milliseconds=0, live=live)
