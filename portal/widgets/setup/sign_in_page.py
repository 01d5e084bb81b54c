"""The theatre's sign-in page: guests are sent to it, so it must be on one of the widget's own hosts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from portal.integration.connection import cleaning, domains
from portal.widgets import rules
from portal.widgets.rules import NotUsable

LABEL = "Sign-in page"
LONGEST = 300
_FIELD = "sign_in_url"
# What an address may hold beside letters, digits and what quote() keeps anyway.
_KEPT = "/%:@!$&'()*+,;=?"


def cleaned(typed: str, sites: Sequence[str], custom_domain: str) -> str:
    """Return the address as it is stored, "" for none; its fragment is dropped.

    Args:
        typed: what a manager pasted.
        sites: the widget's websites, as host[:port].
        custom_domain: the venue's own Spektrix host, "" without one.

    Raises:
        NotUsable: for another scheme than https, a strange host, a user name, or more than 300 characters.
    """
    text = typed.strip()
    if not text:
        return ""
    if len(text) > LONGEST or not text.isprintable() or set(text) & {" ", "\\"}:
        raise NotUsable(_FIELD, f"{LABEL} must be one web address of {LONGEST} characters or fewer")
    origin, rest = _parted(text)
    if origin not in _origins(sites, custom_domain):
        raise NotUsable(_FIELD, _where(sites, custom_domain))
    address = origin + (rest or "/")
    if len(address) > LONGEST:
        raise NotUsable(_FIELD, f"{LABEL} must be one web address of {LONGEST} characters or fewer")
    return address


def _parted(text: str) -> tuple[str, str]:
    """Return the origin, "" for what is no web address, and path and query in plain ASCII."""
    try:
        parts = urlsplit(text)
        host = cleaning.in_ascii(parts.hostname or "")
        port = parts.port
    except ValueError:
        return "", ""
    scheme = parts.scheme.lower()
    if scheme not in {"https", "http"} or not host or "@" in parts.netloc:
        raise NotUsable(_FIELD, f"{LABEL} must be a secure web address, like https://www.example.org/account")
    usual = port is None or (scheme, port) == ("https", 443)
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{host}{'' if usual else f':{port}'}", quote(parts.path + query, safe=_KEPT)


def _origins(sites: Sequence[str], custom_domain: str) -> list[str]:
    own = [domains.base_url(custom_domain)] if custom_domain else []
    return [*rules.origins_of(sites), *own]


def _where(sites: Sequence[str], custom_domain: str) -> str:
    places = " or ".join(_origins(sites, custom_domain)[:2])
    if not places:
        return f"{LABEL} must be on one of the widget’s websites, so add the website first"
    return f"{LABEL} must be on one of the widget’s websites, so start with {places}"
