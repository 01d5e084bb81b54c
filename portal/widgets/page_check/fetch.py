"""Fetches a page of a website on a widget's list, as one of its visitors would get it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from portal.integration.connection import web_pages
from portal.integration.connection.gateway import Budget
from portal.integration.connection.web_pages import WebAnswer
from portal.widgets.page_check import address as page_address
from portal.widgets.page_check.address import Address
from portal.widgets.rules import NotUsable

# With the time for reading what came, ten seconds in all.
SECONDS = 8.0
MOST_REDIRECTS = 3
MOST_BYTES = 2_000_000
_LONGEST_POLICY = 20_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Site:
    """Where to look, and how to get there.

    Args:
        sites: the widget's list.
        agent: who is asking, as the User-Agent says it.
        local_too: whether this machine may be asked, which is for the demo and for tests alone.
    """

    sites: tuple[str, ...]
    agent: str
    local_too: bool


@dataclass(frozen=True)
class Fetched:
    """What came back.

    Args:
        hops: the addresses asked, the last of which answered.
        status: of the last answer.
        policy: its Content-Security-Policy header, "" without one.
        html: the page, None for what is no page.
        cut: only the first 2 MB were looked at.
    """

    hops: tuple[Address, ...]
    status: int
    policy: str
    html: str | None
    cut: bool


class NoPage(Exception):
    """Nothing to check. `kind` is one of `web_pages.NotReached`, "off_the_list" or "too_many".

    Args:
        hops: the addresses asked.
        where: what the last one led on to, "" where it was no redirect.
    """

    def __init__(self, kind: str, hops: list[Address], where: str = "") -> None:
        self.kind, self.hops, self.where = kind, tuple(hops), where
        super().__init__(kind)


def fetch(start: Address, site: Site) -> Fetched:
    """Ask for a page, following redirects within the list. Raises NoPage."""
    budget = Budget(SECONDS)
    hops = [start]
    while len(hops) <= MOST_REDIRECTS + 1:
        here = hops[-1]
        local = site.local_too and here.is_local
        try:
            answer = web_pages.get(
                here.url, agent=site.agent, budget=budget, most_bytes=MOST_BYTES, local=local
            )
        except web_pages.NotReached as error:
            raise NoPage(error.kind, hops) from None
        location = answer.headers.get("Location", "")
        if answer.status not in _REDIRECTS or not location:
            policy = answer.headers.get("Content-Security-Policy", "")[:_LONGEST_POLICY]
            return Fetched(tuple(hops), answer.status, policy, _html(answer), answer.cut)
        try:
            hops.append(page_address.follow(here, location, site.sites))
        except page_address.OffTheList as error:
            raise NoPage("off_the_list", hops, error.site) from None
        except NotUsable:
            raise NoPage("broken", hops) from None
    raise NoPage("too_many", hops[:-1], hops[-1].shown)


def _html(answer: WebAnswer) -> str | None:
    """Return the text of a page, None for anything else. We look for nothing but ASCII in it."""
    media_type = answer.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
    if media_type not in {"text/html", "application/xhtml+xml"}:
        return None
    wide = answer.body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = answer.body.decode("utf-16" if wide else "utf-8", errors="replace")
    return None if "\0" in text else text
