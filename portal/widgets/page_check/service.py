"""Check a page: fetch one of a website on the widget's list, and say how the widget stands on it (N11).

Nothing of the answer is kept. No transaction is open while the page is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from portal import config
from portal.config import Settings
from portal.extensions import db
from portal.findings import MANAGER, NOBODY, WEB
from portal.widgets import service
from portal.widgets.page_check import (
    address as page_address,
)
from portal.widgets.page_check import (
    fetch as page_check,
)
from portal.widgets.page_check import (
    reading as page_reading,
)
from portal.widgets.page_check import (
    report as page_report,
)
from portal.widgets.page_check.address import Address
from portal.widgets.page_check.fetch import Fetched, NoPage, Site
from portal.widgets.page_check.report import Row, Wanted
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import embedding, settings, snippet
from portal.widgets.setup.policy_lines import origin_of

_SCRIPT = "/embed.js"


@dataclass(frozen=True)
class Report:
    """What a look at a page found.

    Args:
        address: the page, without its query.
        hops: the addresses that led to it.
        rows: its parts, of which the first is whether it answered.
    """

    address: str
    hops: list[str]
    rows: list[Row]

    @property
    def troubles(self) -> int:
        """How many parts are not right."""
        return sum(row.state in {"bad", "warn"} for row in self.rows)


def check(published: PublishedWidget, typed: str) -> Report:
    """Look into a page. Ends the transaction, so `published` is to be loaded again.

    Raises NotUsable for what is no address of a website on the widget's list.
    """
    own = config.current()
    site = Site(tuple(published.widget.sites), _agent(own), own.allow_local_domains)
    start = page_address.read(typed, site.sites)
    wanted = _wanted(published, own)
    db.session.commit()
    try:
        fetched = page_check.fetch(start, site)
    except NoPage as error:
        return Report(start.shown, _shown(error.hops), [_not_answered(error), *_SKIPPED])
    return Report(fetched.hops[-1].shown, _shown(fetched.hops), _rows(fetched, wanted))


def _agent(own: Settings) -> str:
    """Say who asks, so that whoever runs the website can tell."""
    return f"MakeARezzy-PageCheck/1.0 (+{own.portal_url})"


def _wanted(published: PublishedWidget, own: Settings) -> Wanted:
    basket = service.basket_url(published)
    parts = urlsplit(basket) if basket else None
    said = snippet.attributes(published.widget)
    return Wanted(
        widget=published.widget.public_id,
        opens=(said.get("opens", ""), said.get("color", "")),
        others={each.public_id: each.name for each in settings.widgets_of(published.venue)},
        portal=origin_of(own.portal_url),
        needs=tuple(embedding.needs_of(published)),
        spektrix=(parts.netloc.lower(), unquote(parts.path.split("/")[1])) if parts else None,
        usual_host=urlsplit(own.spektrix_url).netloc.lower(),
    )


def _shown(hops: tuple[Address, ...]) -> list[str]:
    return [hop.shown for hop in hops]


def _rows(fetched: Fetched, wanted: Wanted) -> list[Row]:
    page = "The page"
    if not 200 <= fetched.status < 300:
        said = f"The server answered {fetched.status} to us. It may answer others differently."
        step = "Open the address yourself, and check the one under which the page is there"
        return [Row(page, "bad", str(fetched.status), said, WEB, step), *_SKIPPED]
    if fetched.html is None:
        said = "The answer is no web page."
        return [Row(page, "bad", "Not a page", said, WEB, "Enter the address of a page"), *_SKIPPED]
    try:
        reading = page_reading.read(fetched.html, fetched.hops[-1].url, _SCRIPT)
    except page_reading.TooOdd:
        said = "The page takes too long to read, so it was not looked into."
        return [Row(page, "warn", "Unreadable", said, WEB, "Check a simpler page of the site"), *_SKIPPED]
    part = "It is larger than 2 MB, so only the beginning was looked into." if fetched.cut else ""
    answered = Row(page, "ok", f"Answered {fetched.status}", part)
    return [answered, *page_report.rows(fetched, reading, wanted)]


_SKIPPED = tuple(
    Row(name, "skipped") for name in ("Code", "Script", "Security policy", page_report.COMPONENT)
)
_STEP = "Open the address yourself. If it opens, our support can say what stood in the way"
_KINDS = {
    "dns": ("There is no website of that name.", MANAGER, "Correct the website in the settings"),
    "not_public": (
        "The website is not on the public internet, so it is not looked into from here.",
        WEB,
        "Check the public address of the page, or look at the browser’s console",
    ),
    "certificate": (
        "The website’s certificate is not right, so browsers refuse it too.",
        WEB,
        "Renew the certificate",
    ),
    "tls": ("No secure connection could be made.", WEB, "Renew the certificate"),
    "timed_out": ("The website did not answer in time.", NOBODY, "Check again in a few minutes"),
    "too_many": (
        "The address leads on more than three times.",
        WEB,
        "Check the address at which the page ends",
    ),
    "off_the_list": (
        "The address leads on to {where}, which is not on this widget’s list, so nothing was asked of it.",
        MANAGER,
        "Add {where} to the websites if it is yours, or check another address",
    ),
}


def _not_answered(error: NoPage) -> Row:
    usual = ("The website did not answer as web servers do.", WEB, _STEP)
    reason, who, step = _KINDS.get(error.kind, usual)
    fact = "Leads elsewhere" if error.where else "No answer"
    return Row("The page", "bad", fact, reason.format(where=error.where), who, step.format(where=error.where))
