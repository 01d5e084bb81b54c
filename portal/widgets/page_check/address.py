"""Which addresses "Check a page" may ask for: plain values in and out."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from portal.widgets import rules
from portal.widgets.rules import NotUsable

_LONGEST = 2000
# Browsers drop these or read them as a slash, so they may see another host in the address than we do.
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_USUAL = "Enter the address of a page, like https://www.example.org/eat"


@dataclass(frozen=True)
class Address:
    """An address on a widget's list, built from its parts, so that every reader takes it alike."""

    scheme: str
    site: str
    rest: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.site}{self.rest}"

    @property
    def shown(self) -> str:
        """The address without its query, which may name a person."""
        return self.url.partition("?")[0]

    @property
    def is_local(self) -> bool:
        return _scheme_of(self.site) == "http"


class OffTheList(NotUsable):
    """A website that is not on the widget's list."""

    def __init__(self, site: str) -> None:
        self.site = site
        super().__init__("address", f"{site} is not on this widget’s list of websites")


def read(typed: str, sites: Collection[str]) -> Address:
    """Return what somebody typed or a redirect names as an address.

    Args:
        sites: the widget's list, host[:port], on which the address has to be exactly.

    Raises NotUsable, and OffTheList for a website that is none of these.
    """
    text = typed.strip()
    if not text or len(text) > _LONGEST or _ODD.search(text):
        raise NotUsable("address", _USUAL)
    text = text if "://" in text else f"{_scheme_of(text)}://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NotUsable("address", _USUAL) from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise NotUsable("address", "Address must start with https:// or http://")
    if "@" in parts.netloc:
        raise NotUsable("address", "Address must not hold a user name or a password")
    site = rules.clean_site(f"{parts.scheme}://{parts.netloc}")
    if site not in sites:
        raise OffTheList(site)
    rest = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        rest += f"?{quote(parts.query, safe='/?%:@!$&()*+,;=~-._')}"
    return Address(parts.scheme, site, rest)


def follow(start: Address, location: str, sites: Collection[str]) -> Address:
    """Return where a redirect leads. Raises NotUsable, and OffTheList."""
    if _ODD.search(location) or len(location) > _LONGEST:
        raise NotUsable("address", _USUAL)
    try:
        joined = urljoin(start.url, location)
    except ValueError:
        raise NotUsable("address", _USUAL) from None
    return read(joined, sites)


def _scheme_of(text: str) -> str:
    """Return the scheme of an address without one: https, but http for this machine."""
    host = re.split(r"[/?#]", text, maxsplit=1)[0].lower()
    return "http" if any(origin.startswith("http:") for origin in rules.origins(host)) else "https"
