"""What is known of a widget's openings: where it runs, and why a date was not filled in.

Every query is limited in time: seven days for the counts, ninety for when a page was last seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.widgets.models import OpeningReason, Widget, WidgetOpenings

KEEP_FOR = timedelta(days=90)
RECENT = timedelta(days=7)
SILENT_AFTER = timedelta(hours=48)
OTHER_PAGES = ""
# Anybody can say that a widget was opened on a website, so only the latest of those off the list are shown.
MOST_STRANGERS = 10

# The finding behind each reason; a date that was filled in is no fault.
CODES: dict[OpeningReason, Code] = {
    OpeningReason.OFF: Code.WIDGET_NONE,
    OpeningReason.PAUSED: Code.PAUSED,
    OpeningReason.NO_BASKET: Code.NO_BASKET,
    OpeningReason.SCRIPT_MISSING: Code.SCRIPT_MISSING,
    OpeningReason.BLOCKED: Code.SCRIPT_BLOCKED,
    OpeningReason.WRONG_HOST: Code.WRONG_HOST,
    OpeningReason.NOT_LISTED: Code.SITE_NOT_LISTED,
    OpeningReason.TIMED_OUT: Code.BASKET_TIMED_OUT,
    OpeningReason.FAILED: Code.OUTAGE,
}


@dataclass(frozen=True)
class PageStory:
    """One page on which a widget was opened.

    Args:
        page: its address, OTHER_PAGES for those beyond a day's limit.
        reason: how the latest opening ended, at `last_at`.
        count: openings of the last seven days that ended that way.
        openings: all openings of the last seven days, of which `filled` came with a date.
        missed: the commonest reason among the others, None when there were none.
    """

    page: str
    reason: OpeningReason
    last_at: datetime
    count: int
    openings: int
    filled: int
    missed: OpeningReason | None

    @property
    def code(self) -> Code | None:
        """The finding behind the latest reason; None when the date was filled in."""
        return CODES.get(self.reason)

    @property
    def site(self) -> str:
        """The website, as widgets list it: host, with its port where it has one."""
        return _site(self.page)

    @property
    def path(self) -> str:
        """What follows the website in the address."""
        return self.page.partition("://")[2].removeprefix(self.site) or "/"


@dataclass(frozen=True)
class SiteStory:
    """One website: on the widget's list, or another on which it was opened.

    `latest` is the page last opened there, None when none was within ninety days. The counts are of seven
    days; `silent` means opened before, and not for 48 hours.
    """

    site: str
    is_listed: bool
    latest: PageStory | None
    openings: int
    filled: int
    missed: OpeningReason | None
    silent: bool


@dataclass(frozen=True)
class _Tally:
    """Openings of one page that ended one way: of seven days, and the last of ninety."""

    page: str
    reason: OpeningReason
    recent: int
    last_at: datetime


def story_of(widget: Widget, page: str | None = None) -> list[PageStory]:
    """Return the pages on which the widget was opened in the last seven days, latest first.

    Args:
        page: an address without query and fragment, to get that page alone.
    """
    tallies = _tallies(widget, clock.utc_now() - RECENT)
    return _pages(tally for tally in tallies if page is None or tally.page == page)


def last_seen(widgets: Sequence[Widget]) -> dict[int, datetime]:
    """Return when each widget was last opened on a website of its list, by id; one query for them all.

    A widget that was not opened within ninety days is left out.
    """
    sites = {widget.id: widget.sites for widget in widgets}
    asked = (
        select(WidgetOpenings.widget_id, WidgetOpenings.page, func.max(WidgetOpenings.last_at))
        .where(WidgetOpenings.widget_id.in_(sites), WidgetOpenings.hour >= clock.utc_now() - KEEP_FOR)
        .group_by(WidgetOpenings.widget_id, WidgetOpenings.page)
    )
    seen: dict[int, datetime] = {}
    for widget_id, page, last_at in db.session.execute(asked):
        if _site(page) in sites[widget_id]:
            seen[widget_id] = max(last_at, seen.get(widget_id, last_at))
    return seen


def sites_of(widget: Widget) -> list[SiteStory]:
    """Return the websites on the widget's list, in its order, then the ten others that were seen last."""
    pages: dict[str, list[_Tally]] = defaultdict(list)
    for tally in _tallies(widget, clock.utc_now() - KEEP_FOR):
        if tally.page != OTHER_PAGES:
            pages[_site(tally.page)].append(tally)
    listed = [_site_story(site, pages.get(site, []), is_listed=True) for site in widget.sites]
    strangers = []
    for site, tallies in pages.items():
        if site in {*widget.sites, *widget.ignored_sites}:
            continue
        # A website that was taken off the list is no stranger for what it did while it was on it.
        refused = [tally for tally in tallies if tally.reason == OpeningReason.NOT_LISTED]
        if refused:
            last_at = max(tally.last_at for tally in refused)
            strangers.append((last_at, _site_story(site, refused, is_listed=False)))
    strangers.sort(key=lambda stranger: stranger[0], reverse=True)
    return listed + [story for _, story in strangers[:MOST_STRANGERS]]


def on_other_pages(widget: Widget) -> int:
    """Return how many openings of seven days were on pages beyond a day's limit."""
    return sum(story.openings for story in story_of(widget, OTHER_PAGES))


def last_opened_with_basket(widget: Widget) -> datetime | None:
    """Return when the widget last filled in the date of a basket's show, within ninety days."""
    asked = (
        select(WidgetOpenings.last_at)
        .where(
            WidgetOpenings.widget_id == widget.id,
            WidgetOpenings.hour >= clock.utc_now() - KEEP_FOR,
            WidgetOpenings.reason == OpeningReason.FILLED,
        )
        .order_by(WidgetOpenings.hour.desc(), WidgetOpenings.last_at.desc())
        .limit(1)
    )
    return db.session.scalar(asked)


def _tallies(widget: Widget, since: datetime) -> list[_Tally]:
    recent = func.sum(case((WidgetOpenings.hour >= clock.utc_now() - RECENT, WidgetOpenings.count), else_=0))
    asked = (
        select(WidgetOpenings.page, WidgetOpenings.reason, recent, func.max(WidgetOpenings.last_at))
        .where(WidgetOpenings.widget_id == widget.id, WidgetOpenings.hour >= since)
        .group_by(WidgetOpenings.page, WidgetOpenings.reason)
    )
    return [
        _Tally(page, OpeningReason(reason), int(count), last_at)
        for page, reason, count, last_at in db.session.execute(asked)
    ]


def _pages(tallies: Iterable[_Tally]) -> list[PageStory]:
    by_page: dict[str, list[_Tally]] = defaultdict(list)
    for tally in tallies:
        by_page[tally.page].append(tally)
    stories = []
    for page, tallies_of_page in by_page.items():
        latest = max(tallies_of_page, key=lambda tally: tally.last_at)
        openings, filled, missed = _counts(tallies_of_page)
        stories.append(
            PageStory(page, latest.reason, latest.last_at, latest.recent, openings, filled, missed)
        )
    return sorted(stories, key=lambda story: story.last_at, reverse=True)


def _site_story(site: str, tallies: list[_Tally], *, is_listed: bool) -> SiteStory:
    pages = _pages(tallies)
    openings, filled, missed = _counts(tallies)
    silent = bool(pages) and pages[0].last_at < clock.utc_now() - SILENT_AFTER
    return SiteStory(
        site, is_listed, pages[0] if pages else None, openings, filled, missed=missed, silent=silent
    )


def _counts(tallies: list[_Tally]) -> tuple[int, int, OpeningReason | None]:
    """Return openings, those filled in, and the commonest reason of the rest, the latest one on a tie."""
    missed = [tally for tally in tallies if tally.reason != OpeningReason.FILLED and tally.recent]
    openings = sum(tally.recent for tally in tallies)
    commonest = max(missed, key=lambda tally: (tally.recent, tally.last_at), default=None)
    filled = openings - sum(tally.recent for tally in missed)
    return openings, filled, commonest.reason if commonest else None


def _site(page: str) -> str:
    return page.partition("://")[2].partition("/")[0]


def forget_old_openings() -> None:
    """Delete what is older than ninety days."""
    db.session.execute(delete(WidgetOpenings).where(WidgetOpenings.hour < clock.utc_now() - KEEP_FOR))
    db.session.commit()
