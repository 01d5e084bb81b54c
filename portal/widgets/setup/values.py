"""A widget's settings as one value: compared field by field, stored as a version and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, NamedTuple

from portal.widgets import colors, palette, rules
from portal.widgets.models import Font, IntegrationChoice, Opens, Theme, Widget
from portal.widgets.setup import sign_in_page

# What each setting is called: on the page, in the list of versions, in the audit log.
LABELS = {
    "name": "Name",
    "color": "Main colour",
    "theme": "Light or dark",
    "opens": "How it opens",
    "font": "Font",
    "integration": "Integration",
    "largest_party": "Largest party online",
    "days_ahead": "Days ahead",
    "arrive_minutes": "Arrive before the show",
    "walk_minutes": "Walk to the theatre",
    "least_meal_minutes": "Shortest meal",
    "sign_in_url": sign_in_page.LABEL,
    "sites": "Websites",
}
# The smallest and the largest value of each number.
LIMITS = {
    "largest_party": (1, 50),
    "days_ahead": (1, 365),
    "arrive_minutes": (0, 120),
    "walk_minutes": (0, 60),
    "least_meal_minutes": (15, 240),
}
_UNITS = {"largest_party": "guest", "days_ahead": "day"}
LONGEST_NAME = 80
CHOICES: dict[str, dict[str, str]] = {
    "theme": {Theme.MATCH: "Match the visitor", Theme.LIGHT: "Light", Theme.DARK: "Dark"},
    "opens": {Opens.PAGE: "In the page", Opens.BUTTON: "From a button", Opens.FLOATING: "Floating button"},
    "font": {Font.SYSTEM: "The visitor’s own", Font.HOST: "Your website’s"},
    "integration": {IntegrationChoice.SPEKTRIX: "Spektrix", IntegrationChoice.NONE: "None"},
}


@dataclass(frozen=True)
class Settings:
    """What a manager sets on a widget; each field is the column of its name, and a version keeps them all."""

    name: str
    integration: IntegrationChoice
    sites: list[str]
    largest_party: int = 8
    days_ahead: int = 60
    color: str = palette.USUAL_COLOR
    theme: Theme = Theme.MATCH
    opens: Opens = Opens.BUTTON
    font: Font = Font.SYSTEM
    arrive_minutes: int = 15
    walk_minutes: int = 0
    least_meal_minutes: int = 60
    sign_in_url: str = ""


NAMES = tuple(each.name for each in fields(Settings))


@dataclass(frozen=True)
class Restored:
    """Settings from a version, and the labels of those that can no longer be used."""

    settings: Settings
    left_out: list[str] = field(default_factory=list)


def of(widget: Widget) -> Settings:
    """Return a widget's settings."""
    return from_json({name: getattr(widget, name) for name in NAMES}).settings


def apply(widget: Widget, settings: Settings) -> None:
    """Set them on a widget. Does not commit."""
    for name in NAMES:
        setattr(widget, name, getattr(settings, name))


def as_json(settings: Settings) -> dict[str, Any]:
    """Return settings as a version stores them: plain JSON."""
    return asdict(settings)


def changed_names(old: Settings, new: Settings) -> list[str]:
    """Return the names of the fields in which two differ, in the page's order."""
    return [name for name in LABELS if getattr(old, name) != getattr(new, name)]


def labels_text(names: list[str]) -> str:
    """Return the labels of fields as a list to read: Main colour, Websites."""
    return ", ".join(LABELS[name] for name in names)


class Labelled(NamedTuple):
    """A setting as its reader knows it."""

    label: str
    value: str


def value_text(settings: Settings, name: str) -> str:
    """Return the value of one field as a person reads it."""
    value: Any = getattr(settings, name)
    if name in CHOICES:
        return CHOICES[name][value]
    if name in LIMITS:
        return f"{value} {_UNITS.get(name, 'minute')}{'' if value == 1 else 's'}"
    return (", ".join(value) if isinstance(value, list) else value) or "None"


def merge(base: Settings, mine: Settings, theirs: Settings) -> Settings:
    """Return their settings with my changes: the fields in which mine differ from `base`, where I began."""
    return replace(theirs, **{name: getattr(mine, name) for name in changed_names(base, mine)})


def from_json(stored: Mapping[str, Any], custom_domain: str | None = None) -> Restored:
    """Return stored settings as far as they can still be used, with the usual value for the rest.

    Args:
        stored: what `as_json` made; an old version lacks the newer settings.
        custom_domain: the venue's Spektrix host or "", to check the sign-in page; None does not check it.
    """
    usable: dict[str, Any] = {"name": "Widget", "integration": IntegrationChoice.NONE, "sites": []}
    left_out = []
    for name in NAMES:
        if name not in stored:
            continue
        try:
            usable[name] = _READERS[name](stored[name])
        except (TypeError, ValueError):
            left_out.append(name)
    if len(usable["sites"]) < len(stored.get("sites") or ()):
        left_out.append("sites")
    if custom_domain is not None:
        try:
            sign_in_page.cleaned(usable.get("sign_in_url", ""), usable["sites"], custom_domain)
        except rules.NotUsable:
            usable["sign_in_url"] = ""
            left_out.append("sign_in_url")
    return Restored(Settings(**usable), [LABELS[name] for name in left_out])


def _number(name: str) -> Callable[[Any], int]:
    least, most = LIMITS[name]

    def read(value: Any) -> int:
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError(name)
        return value

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _sites(value: Any) -> list[str]:
    return [site for site in value if isinstance(site, str) and rules.is_site(site)]


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "integration": IntegrationChoice,
    "sites": _sites,
    "color": lambda value: colors.read(_text(value)),
    "theme": Theme,
    "opens": Opens,
    "font": Font,
    "sign_in_url": _text,
    **{name: _number(name) for name in LIMITS},
}
