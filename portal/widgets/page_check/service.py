"""Checks a page of a website on the widget's list: is the widget's code there, and does it work (N11)?

Nothing of the answer is stored. No transaction is open while the page is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from portal import config
from portal.config import Settings
from portal.extensions import db
from portal.findings import MANAGER, NOBODY, WEB
from portal.widgets import service
from portal.widgets.page_check import address, fetch, reading, report
from portal.widgets.page_check.fetch import Fetched, NoPage, Site
from portal.widgets.page_check.report import Row, Wanted
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import embedding, settings, snippet
from portal.widgets.setup.policy_lines import origin_of

_SCRIPT = "/embed.js"


@dataclass(frozen=True)
class Report:
    """What a check of a page found.

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


_SKIPPED = tuple(Row(name, "skipped") for name in ("Code", "Script", "Security policy", report.COMPONENT))
_NO_ANSWER = (
    "We could not understand the website’s answer.",
    WEB,
    "Open the address yourself. If it opens, ask our support what went wrong",
)
_NO_PAGE = {
    "dns": ("There is no website with that name.", MANAGER, "Correct the website in the settings"),
    "not_public": (
        "The website is not on the public internet, so we cannot check it.",
        WEB,
        "Check the public address of the page, or look at the browser’s console",
    ),
    "certificate": (
        "The website’s certificate is not valid, so browsers refuse it too.",
        WEB,
        "Renew the certificate",
    ),
    "tls": ("We could not make a secure connection.", WEB, "Renew the certificate"),
    "timed_out": ("The website did not answer in time.", NOBODY, "Check again in a few minutes"),
    "too_many": (
        "The address redirects more than three times.",
        WEB,
        "Open the page, then check the address that your browser shows",
    ),
    "off_the_list": (
        "The address redirects to {where}, which is not on this widget’s list, so it was not checked.",
        MANAGER,
        "Add {where} to the websites if it is yours, or check another address",
    ),
}


def check(published: PublishedWidget, typed: str) -> Report:
    """Check a page. Ends the transaction, so `published` has to be loaded again.

    Raises NotUsable for what is no address of a website on the widget's list.
    """
    own = config.current()
    # Whoever runs the website can tell by this who is asking.
    agent = f"MakeARezzy-PageCheck/1.0 (+{own.portal_url})"
    site = Site(tuple(published.widget.sites), agent, own.allow_local_domains)
    start = address.read(typed, site.sites)
    wanted = _wanted(published, own)
    db.session.commit()
    try:
        fetched = fetch.fetch(start, site)
    except NoPage as error:
        reason, who, step = _NO_PAGE.get(error.kind, _NO_ANSWER)
        fact = "Redirects" if error.where else "No answer"
        reason, step = reason.format(where=error.where), step.format(where=error.where)
        row = Row("The page", "bad", fact, reason, who, step)
        return Report(start.shown, [hop.shown for hop in error.hops], [row, *_SKIPPED])
    return Report(fetched.hops[-1].shown, [hop.shown for hop in fetched.hops], _rows(fetched, wanted))


def _wanted(published: PublishedWidget, own: Settings) -> Wanted:
    basket = service.basket_url(published)
    parts = urlsplit(basket) if basket else None
    attributes = snippet.attributes(published.widget)
    return Wanted(
        widget=published.widget.public_id,
        opens=(attributes.get("opens", ""), attributes.get("color", "")),
        others={each.public_id: each.name for each in settings.widgets_of(published.venue)},
        portal=origin_of(own.portal_url),
        needs=tuple(embedding.needs_of(published)),
        spektrix=(parts.netloc.lower(), unquote(parts.path.split("/")[1])) if parts else None,
        usual_host=service.usual_host(),
    )


def _rows(fetched: Fetched, wanted: Wanted) -> list[Row]:
    page = "The page"
    if not 200 <= fetched.status < 300:
        reason = f"The server answered {fetched.status} to us. It may answer others differently."
        step = "Open the address yourself, and check the address that shows the page"
        return [Row(page, "bad", str(fetched.status), reason, WEB, step), *_SKIPPED]
    if fetched.html is None:
        step = "Enter the address of a page"
        return [Row(page, "bad", "Not a page", "The answer is not a web page.", WEB, step), *_SKIPPED]
    try:
        found = reading.read(fetched.html, fetched.hops[-1].url, _SCRIPT)
    except reading.TooOdd:
        reason = "The page takes too long to read, so it was not checked."
        step = "Check a simpler page of the site"
        return [Row(page, "warn", "Unreadable", reason, WEB, step), *_SKIPPED]
    part = "It is larger than 2 MB, so only the beginning was checked." if fetched.cut else ""
    return [Row(page, "ok", f"Answered {fetched.status}", part), *report.rows(fetched, found, wanted)]
