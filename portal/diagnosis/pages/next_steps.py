"""Where the one next step is done: a link to the page, as far as whoever is signed in may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.findings import Finding

_LABELS = {
    "integration.edit": "Change the connection details",
    "integration.spektrix": "Open the Spektrix page of this portal",
    "integration.settings": "Open the Spektrix settings",
    "diagnosis.bundle": "Open the support bundle",
    "widgets.overview": "Open the widgets",
    "widgets.edit": "Open the widget's settings",
    "bookings.show": "Open the booking",
    "guests.show": "Open the guest",
    "visits.held": "See the held visits",
    "visits.index": "See the visits",
    "visits.show": "Open the visit",
}
_FOR_ALL = {"integration.spektrix", "bookings.show", "guests.show", "visits.index", "visits.show"}


@dataclass(frozen=True)
class Place:
    """What the checks were about; the ids that the pages of a next step need."""

    booking_id: int | None = None
    guest_id: int | None = None
    entry_id: int | None = None
    widget: str | None = None


@dataclass(frozen=True)
class Link:
    """A page and what to call it."""

    label: str
    url: str


def next_step(found: Finding, place: Place, *, manager: bool) -> Link | None:
    """Return where the step is done; None where that is outside of the portal, or not for this person."""
    endpoint = found.action
    arguments: dict[str, Any] = {}
    if endpoint == "widgets.overview" and place.widget:
        endpoint, arguments = "widgets.edit", {"public_id": place.widget}
    elif endpoint == "visits.index" and place.entry_id:
        endpoint, arguments = "visits.show", {"entry_id": place.entry_id}
    elif endpoint == "bookings.show":
        arguments = {"booking_id": place.booking_id}
    elif endpoint == "guests.show":
        arguments = {"guest_id": place.guest_id}
    nowhere = not endpoint or None in arguments.values()
    if nowhere or not (manager or endpoint in _FOR_ALL):
        return None
    return Link(_LABELS[endpoint], url_for(endpoint, **arguments))


def help_page(found: Finding) -> str:
    """Return the address of the help section that explains the finding."""
    article, _, anchor = found.help.partition("#")
    return url_for("help.article", name=article, _anchor=anchor or None)
