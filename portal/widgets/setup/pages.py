"""What the list of widgets and the settings page show beside the settings. Queries only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from portal import clock, config
from portal.availability import periods
from portal.bookings.models import Submission
from portal.extensions import db
from portal.integration.standing import service as standing
from portal.integration.standing.rules import Overall
from portal.integration.wording import ago
from portal.venues.models import Venue
from portal.widgets import colors, palette, service
from portal.widgets.colors import NotAColor
from portal.widgets.models import Widget
from portal.widgets.openings import log as openings
from portal.widgets.palette import Contrast
from portal.widgets.rules import guests_text
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import settings, values
from portal.widgets.setup.forms import SEEN, WidgetForm
from portal.widgets.setup.values import LABELS


@dataclass(frozen=True)
class Row:
    """A widget on the list: how it opens, and when it was last opened and booked through."""

    widget: Widget
    opens: str
    seen: str


def rows(venue: Venue) -> list[Row]:
    """Return the venue's widgets for the list, oldest first."""
    widgets = settings.widgets_of(venue)
    last_seen, last_booked = openings.last_seen(widgets), _last_booked(widgets)
    found = []
    for widget in widgets:
        last_at = last_seen.get(widget.id)
        seen = f"Opened {ago(clock.utc_now() - last_at)}" if last_at else "Not opened on a website yet"
        if booked_at := last_booked.get(widget.public_id):
            seen += f". Last booking {ago(clock.utc_now() - booked_at)}"
        found.append(Row(widget, values.value_text(values.of(widget), "opens"), seen))
    return found


def _last_booked(widgets: Sequence[Widget]) -> dict[str, datetime]:
    """Return when each widget was last booked through, on a website or on its booking page, by public id."""
    asked = (
        select(Submission.scope, func.max(Submission.created_at).label("booked_at"))
        .where(Submission.scope.in_([widget.public_id for widget in widgets]))
        .group_by(Submission.scope)
    )
    return {row.scope: row.booked_at for row in db.session.execute(asked)}


def booking_page(venue: Venue, widget: Widget | None = None) -> str:
    """Return the address of the booking page: the venue's own, which is that of its oldest widget."""
    portal_url = config.current().portal_url
    oldest = next(iter(settings.widgets_of(venue)), None)
    if widget is None or oldest is None or widget.id == oldest.id:
        return f"{portal_url}/book/{venue.slug}"
    return f"{portal_url}/w/{widget.public_id}"


def online_limits(venue: Venue) -> str:
    """Return what Online booking allows beside the widget's own limits; "" where it has no limit."""
    rules = periods.online_rules(venue)
    said = []
    if rules.largest_online is not None:
        said.append(f"up to {guests_text(rules.largest_online)}")
    if rules.horizon_days is not None:
        said.append(f"up to {rules.horizon_days} day{'' if rules.horizon_days == 1 else 's'} ahead")
    return f"Online booking allows {' and '.join(said)}. The smaller number counts." if said else ""


@dataclass(frozen=True)
class Limits:
    """What the widgets themselves say of a day and a party.

    Args:
        none_takes: whether no widget takes them, also where there is none.
        said: why, or which of the widgets does not; "" where all do.
    """

    none_takes: bool
    said: str


def limits(venue: Venue, day: date, party_size: int) -> Limits:
    """Return which of the venue's widgets refuse a day or a party by their own limits."""
    widgets = settings.widgets_of(venue)
    if not widgets:
        return Limits(none_takes=True, said="There is no widget and so no booking page yet")
    refusing = []
    for widget in widgets:
        within = service.bounds(PublishedWidget(widget, venue), clock.utc_now())
        if day > within.last_day:
            refusing.append(f"{widget.name} takes bookings up to {widget.days_ahead} days ahead")
        elif party_size > within.largest_party:
            refusing.append(f"{widget.name} takes parties of up to {widget.largest_party}")
    said = "; ".join(refusing)
    if len(refusing) == len(widgets):
        return Limits(none_takes=True, said=said)
    return Limits(none_takes=False, said=f"But {said}" if said else "")


def badge(venue: Venue) -> Overall:
    """Return how the venue's connection to Spektrix stands."""
    return standing.of(venue.id).badge


def contrast(form: WidgetForm, widget: Widget) -> Contrast:
    """Return how well the colour in a form can be read; of the saved one while the form's is none."""
    return palette.contrast_on_white(shown_color(form, widget))


def shown_color(form: WidgetForm, widget: Widget) -> str:
    """Return the colour that a form means as #rrggbb; the saved one while the form's is none."""
    try:
        return colors.read(form.meant_color())
    except NotAColor:
        return values.of(widget).color


def preview_query(form: WidgetForm, state: str) -> dict[str, str]:
    """Return what the preview's address carries: a state, and what can be seen of the unsaved settings."""
    shown = {name: form[name].data or "" for name in SEEN} | {"color": form.meant_color()}
    return {"state": state} | {name: value[:20] for name, value in shown.items()}


def labels_and_values(widget: Widget) -> list[values.Labelled]:
    """Return each setting's label and value, for those who may read and not change them."""
    now = values.of(widget)
    return [
        values.Labelled(label, values.value_text(now, name))
        for name, label in LABELS.items()
        if name != "integration"
    ]
