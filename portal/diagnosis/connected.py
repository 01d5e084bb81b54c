"""The checks that come before all others: there is something to look at."""

from __future__ import annotations

from portal.diagnosis.engine import Failed, Passed, Result, Step
from portal.integration.findings import Code


def _is_connected(connected: bool) -> Result:
    return Passed() if connected else Failed(Code.NOT_CONNECTED)


def _has_a_widget(widget: bool) -> Result:
    return Passed() if widget else Failed(Code.NO_WIDGET)


CONNECTED_STEPS: tuple[Step[bool], ...] = (Step("Spektrix is connected", _is_connected),)
WIDGET_STEPS: tuple[Step[bool], ...] = (Step("There is a booking widget", _has_a_widget),)
