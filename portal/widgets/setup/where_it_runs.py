"""The card "Where it runs": each website of a widget, when it was opened there, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal import clock, findings
from portal.findings import Finding
from portal.integration.wording import ago, count
from portal.widgets import rules, service
from portal.widgets.models import OpeningReason, Widget
from portal.widgets.openings import log as openings
from portal.widgets.openings.log import CODES, SiteStory
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import embedding, policy_lines

_SETTINGS = {OpeningReason.OFF, OpeningReason.PAUSED}


_BUT = {
    OpeningReason.SCRIPT_MISSING: ", but Spektrix’s code comes after ours, or not at all: Check shows which",
    OpeningReason.BLOCKED: ", but the site’s security policy or a content blocker stops the basket",
}


@dataclass(frozen=True)
class Line:
    """One website on the card.

    Args:
        state: ok, warn or waiting, as the check list shows it.
        sentences: what is known, in plain words.
        trouble: what to mend there, who can, and how; None when nothing is in the way.
        stands: the trouble is a setting of today's, whatever the openings met before it was made.
        page: address to look into; "" where there is nothing to look into.
        lines: what the site's security policy has to allow, where it may be what is in the way.
        address: what Check asks for; "" for a website that is not on the list.
        is_stranger: not on the widget's list, so a manager may add or ignore it.
    """

    site: str
    state: str
    sentences: list[str]
    trouble: Finding | None
    stands: bool = False
    page: str = ""
    lines: tuple[str, ...] = ()
    address: str = ""
    is_stranger: bool = False


@dataclass(frozen=True)
class UsedBy:
    """A widget on the Spektrix page's card: where it may run, and when it last filled in a date."""

    widget: Widget
    where: str
    last: str


def lines_of(published: PublishedWidget) -> list[Line]:
    """Return the lines of the card: the widget's list first, then websites that are not on it."""
    now = clock.utc_now()
    instead = service.instead_of_basket(published)
    needs = [need for need in embedding.needs_of(published) if need.directive == "connect-src"]
    connections = tuple(policy_lines.lines(needs))
    return [_line(story, now, instead, connections) for story in openings.sites_of(published.widget)]


def used_by(widget: Widget) -> UsedBy:
    """Return what the Spektrix page says of a widget."""
    first, *others = widget.sites or ["No website yet"]
    last = openings.last_opened_with_basket(widget)
    return UsedBy(
        widget,
        f"{first} and {count(len(others), 'other', 'others')}" if others else first,
        f"Last opened with a basket {ago(clock.utc_now() - last)}"
        if last
        else "Not opened with a basket yet",
    )


def _line(
    story: SiteStory, now: datetime, instead: OpeningReason | None, connections: tuple[str, ...]
) -> Line:
    if story.latest is None:
        words = "Not seen yet. Paste the code into a page there, then open the widget once."
        return Line(story.site, "waiting", [words], None, address=_front_page(story.site))
    latest = story.latest
    when = f"{ago(now - latest.last_at)} on {latest.path}"
    if not story.is_listed:
        words = f"Seen {when}. The site is not on the list, so the widget did not open there."
        return Line(story.site, "warn", [words], None, is_stranger=True)
    reason = instead or _in_the_way(story)
    return Line(
        story.site,
        _state(story, reason, stands=instead is not None),
        _sentences(story, f"Loaded {when}"),
        findings.finding(CODES[reason]) if reason else None,
        stands=instead is not None,
        page=latest.page,
        lines=connections if reason == OpeningReason.BLOCKED else (),
        address=latest.page,
    )


def _front_page(site: str) -> str:
    return f"{rules.origins(site)[0]}/" if rules.origins(site) else site


def _state(story: SiteStory, reason: OpeningReason | None, *, stands: bool) -> str:
    """Return ok, warn, or waiting where somebody chose that no date is filled in."""
    assert story.latest  # noqa: S101, only a website that was seen has a state
    chosen = reason == OpeningReason.OFF
    at_fault = reason is not None and (stands or story.latest.reason != OpeningReason.FILLED)
    if story.silent or (at_fault and not chosen):
        return "warn"
    return "waiting" if chosen else "ok"


def _in_the_way(story: SiteStory) -> OpeningReason | None:
    """Return what keeps dates from being filled in there, None for what has been mended since.

    Guests without tickets are no fault where others come with some.
    """
    missed = story.missed
    if missed is None or missed == OpeningReason.NOT_LISTED or missed in _SETTINGS:
        return None
    return None if missed == OpeningReason.NO_BASKET and story.filled else missed


def _sentences(story: SiteStory, loaded: str) -> list[str]:
    latest = story.latest
    assert latest  # noqa: S101, only a website that was seen has sentences
    if not latest.page.startswith(tuple(rules.origins(story.site))):
        return [f"{loaded}. That is not secure (http), so the widget does not open. Lead visitors to https."]
    if latest.reason == OpeningReason.NOT_LISTED:
        return [f"{loaded}. The site was not on the list then."]
    if story.silent:
        return [f"{loaded}. Not opened for two days. Check that the code is still on the page."]
    said = [f"{loaded}{_BUT.get(latest.reason, '')}."]
    filled = f"{story.filled} of {count(story.openings, 'opening', 'openings')} in 7 days"
    said.append(f"The date was filled in for {filled}.")
    if story.missed == OpeningReason.NO_BASKET and story.filled:
        said.append("The others had no tickets in their basket yet.")
    elif story.missed in _SETTINGS and story.filled:
        said.append("Some were before the settings were changed.")
    return said
