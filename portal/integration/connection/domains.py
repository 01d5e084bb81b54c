"""A venue's custom domain: the host of its website and of its basket (docs/spektrix.md section 2)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1)(?::\d{1,5})?")
# Reserved for machines among themselves (RFC 2606, 6761, 6762, 8375).
_NOT_PUBLIC = (
    "local",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "test",
    "example",
    "invalid",
    "arpa",
)
LONGEST = 253


def is_host(text: str) -> bool:
    """Tell whether `text` is a host name of at least two labels that may be public; no address, no port."""
    labels = text.split(".")
    if len(text) > LONGEST or len(labels) < 2 or _is_address(text):
        return False
    last = labels[-1]
    return (
        all(_LABEL.fullmatch(label) for label in labels) and not last[0].isdigit() and last not in _NOT_PUBLIC
    )


def is_local(text: str) -> bool:
    """Tell whether `text` is this machine, with or without a port: for the demo and for tests."""
    return _LOCAL.fullmatch(text) is not None


def base_url(domain: str) -> str:
    """Return the address below which Spektrix answers at a custom domain."""
    return f"http://{domain}" if is_local(domain) else f"https://{domain}"


def is_local_address(url: str) -> bool:
    """Tell whether `url` is what `base_url` made of a local domain."""
    parts = urlsplit(url)
    return parts.scheme == "http" and is_local(parts.netloc)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
