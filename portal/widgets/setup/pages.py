"""What the list of widgets and the settings page show beside the settings. Queries only."""

from __future__ import annotations

from dataclasses import dataclass

from portal import clock
from portal.integration.standing import service as standing
from portal.integration.standing.rules import Overall
from portal.integration.wording import ago
from portal.venues.models import Venue
from portal.widgets import colors, palette
from portal.widgets.colors import NotAColor
from portal.widgets.models import Widget
from portal.widgets.openings import log as openings
from portal.widgets.palette import Contrast
from portal.widgets.setup import settings, values
from portal.widgets.setup.forms import SEEN, WidgetForm
from portal.widgets.setup.values import LABELS


@dataclass(frozen=True)
class Row:
    """A widget on the list: how it opens, and when it was last opened anywhere."""

    widget: Widget
    opens: str
    seen: str


def rows(venue: Venue) -> list[Row]:
    """Return the venue's widgets for the list, oldest first."""
    widgets = settings.widgets_of(venue)
    last_seen = openings.last_seen(widgets)
    found = []
    for widget in widgets:
        last_at = last_seen.get(widget.id)
        seen = f"Opened {ago(clock.utc_now() - last_at)}" if last_at else "Not opened yet"
        found.append(Row(widget, values.value_text(values.of(widget), "opens"), seen))
    return found


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
