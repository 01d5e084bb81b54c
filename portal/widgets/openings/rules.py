"""What a page may say about an opened widget, and which reason is counted: plain values in and out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.widgets import rules
from portal.widgets.models import OpeningReason
from portal.widgets.rules import NotUsable

LONGEST_PAGE = 300
# The version that embed-open.js sends; a test holds the two together.
SNIPPET_VERSION = 3
_PAGE = re.compile(r"(https?)://([^/?#]*)(/[^?#;]*)?.*")
# A page's script writes the address with everything else percent-encoded.
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True)
class Page:
    """A page's address without query, fragment and parameters of its path."""

    origin: str
    path: str

    @property
    def address(self) -> str:
        """What is stored: the address, cut."""
        return f"{self.origin}{self.path}"[:LONGEST_PAGE]


@dataclass(frozen=True)
class Opening:
    """What a page says about one opening. `snippet_version` is "" for one that we never published."""

    page: Page
    reason: OpeningReason
    snippet_version: str


def read_opening(fields: Mapping[str, str]) -> Opening:
    """Return what the fields of the signal say. Raises NotUsable."""
    page = read_page(fields.get("page", ""))
    try:
        reason = OpeningReason(fields.get("reason", ""))
    except ValueError:
        raise NotUsable("reason", f"Reason must be one of {', '.join(OpeningReason)}") from None
    version = fields.get("snippet", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 5
    known = is_number and 0 < int(version) <= SNIPPET_VERSION
    return Opening(page, reason, version if known else "")


def read_page(text: str) -> Page:
    """Return a page's address without anything that could name a person. Raises NotUsable."""
    found = _PAGE.fullmatch(text) if _PRINTABLE.fullmatch(text) else None
    if found is None:
        raise NotUsable("page", "Page must be a web address, like https://www.example.org/eat")
    scheme, host, path = found.groups(default="/")
    if not rules.is_site(host.lower()):
        raise NotUsable("page", "Page must be on a website, like www.example.org, and name no user")
    return Page(f"{scheme}://{host.lower()}", path)


def true_reason(
    opening: Opening, sender: str | None, *, ours: bool, sites: Collection[str]
) -> OpeningReason | None:
    """Return the reason to count, or None where what the page says cannot be true.

    Args:
        sender: origin that the browser names, None where the website's referrer policy hides it.
        ours: whether that is this portal, whose frame sends the signal for pages that are not allowed to.
        sites: the widget's list.
    """
    listed = opening.page.origin in rules.origins_of(sites)
    if sender is None or ours:
        return opening.reason if listed and opening.reason != OpeningReason.NOT_LISTED else None
    if sender != opening.page.origin:
        return None
    if not listed:
        return OpeningReason.NOT_LISTED
    # The page could not read the widget's settings and took itself for not listed, which it is.
    return opening.reason if opening.reason != OpeningReason.NOT_LISTED else None


def hour_of(instant: datetime) -> datetime:
    """Return the instant in UTC at which the hour began."""
    return instant.replace(minute=0, second=0, microsecond=0)
