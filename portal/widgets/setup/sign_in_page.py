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
# Characters that an address may hold besides letters, digits and those that quote() always keeps.
_SAFE = "/%:@!$&'()*+,;=?"


def cleaned(typed: str, sites: Sequence[str], custom_domain: str) -> str:
    """Return the address as it is stored, "" for none; its fragment is dropped.

    Args:
        typed: what a manager pasted.
        sites: the widget's websites, as host[:port].
        custom_domain: the venue's own Spektrix host, "" without one.

    Raises:
        NotUsable: for another scheme than https, another host, a user name, or more than 300 characters.
    """
    text = typed.strip()
    if not text:
        return ""
    too_long = NotUsable(_FIELD, f"{LABEL} must be one web address of {LONGEST} characters or fewer")
    if len(text) > LONGEST or not text.isprintable() or set(text) & {" ", "\\"}:
        raise too_long
    allowed = rules.origins_of(sites)
    if custom_domain:
        allowed.append(domains.base_url(custom_domain))
    step = f"start with {' or '.join(allowed[:2])}" if allowed else "add the website first"
    elsewhere = f"{LABEL} must be on one of the widget’s websites, so {step}"
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), cleaning.in_ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise NotUsable(_FIELD, elsewhere) from None
    if scheme not in {"https", "http"} or not host or "@" in parts.netloc:
        raise NotUsable(_FIELD, f"{LABEL} must be a secure web address, like https://www.example.org/account")
    is_usual_port = port is None or (scheme, port) == ("https", 443)
    origin = f"{scheme}://{host}{'' if is_usual_port else f':{port}'}"
    if origin not in allowed:
        raise NotUsable(_FIELD, elsewhere)
    query = f"?{parts.query}" if parts.query else ""
    address = origin + (quote(parts.path + query, safe=_SAFE) or "/")
    if len(address) > LONGEST:
        raise too_long
    return address
