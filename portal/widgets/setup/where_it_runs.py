"""The card "Where it runs": each website of a widget, when it was opened there, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal import clock, findings
from portal.findings import Finding
from portal.integration.wording import ago, count
from portal.widgets import rules, service
from portal.widgets.models import OpeningReason, Widget
from portal.widgets.openings import log as openings
from portal.widgets.openings.log import CODES, PageStory, SiteStory
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import embedding, policy_lines

_SETTINGS = {OpeningReason.OFF, OpeningReason.PAUSED}
_BUT = {
    OpeningReason.SCRIPT_MISSING: ", but Spektrix’s code comes after ours or is missing: Check shows which",
    OpeningReason.BLOCKED: ", but the site’s security policy or a content blocker stops the basket",
}


@dataclass(frozen=True)
class Line:
    """One website on the card.

    Args:
        state: ok, warn or waiting, as the check list shows it.
        sentences: what is known, in plain words.
        trouble: what to fix there, who can, and how; None when nothing is wrong.
        stands: the trouble is a current setting, whatever happened at earlier openings.
        page: the page last opened, for Find the fault; "" without one.
        lines: what the site's security policy has to allow, where it may be the cause.
        address: what Check looks at; "" for a website that is not on the list.
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
    """Return what the Spektrix page says about a widget."""
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
    latest = story.latest
    origins = rules.origins(story.site)
    if latest is None:
        sentence = "Not opened yet. Paste the code into a page there, then open the widget once."
        address = f"{origins[0]}/" if origins else story.site
        return Line(story.site, "waiting", [sentence], None, address=address)
    when = f"{ago(now - latest.last_at)} on {latest.path}"
    if not story.is_listed:
        sentence = f"Opened {when}. The site is not on the list, so the widget did not open there."
        return Line(story.site, "warn", [sentence], None, is_stranger=True)

    # What keeps dates from being filled in. Guests without tickets are no fault where others come with some.
    missed = story.missed
    no_fault = {None, OpeningReason.NOT_LISTED, *_SETTINGS}
    is_fault = missed not in no_fault and not (missed == OpeningReason.NO_BASKET and story.filled)
    reason = instead or (missed if is_fault else None)

    # Somebody chose that no date is filled in: that is waiting, and no fault.
    chosen = reason == OpeningReason.OFF
    still_fails = reason is not None and (instead is not None or latest.reason != OpeningReason.FILLED)
    state = "waiting" if chosen else "ok"
    if story.silent or (still_fails and not chosen):
        state = "warn"
    return Line(
        story.site,
        state,
        _sentences(story, latest, f"Opened {when}"),
        findings.finding(CODES[reason]) if reason else None,
        stands=instead is not None,
        page=latest.page,
        lines=connections if reason == OpeningReason.BLOCKED else (),
        address=latest.page,
    )


def _sentences(story: SiteStory, latest: PageStory, opened: str) -> list[str]:
    if not latest.page.startswith(tuple(rules.origins(story.site))):
        return [
            f"{opened}. The page is not secure (http), so the widget does not open. Redirect it to https."
        ]
    if latest.reason == OpeningReason.NOT_LISTED:
        return [f"{opened}. The site was not on the list then."]
    if story.silent:
        return [f"{opened}. Not opened for two days. Check that the code is still on the page."]
    filled = f"{story.filled} of {count(story.openings, 'opening', 'openings')} in 7 days"
    sentences = [f"{opened}{_BUT.get(latest.reason, '')}.", f"The date was filled in for {filled}."]
    if story.missed == OpeningReason.NO_BASKET and story.filled:
        sentences.append("The others had no tickets in their basket yet.")
    elif story.missed in _SETTINGS and story.filled:
        sentences.append("Some were before the settings were changed.")
    return sentences
