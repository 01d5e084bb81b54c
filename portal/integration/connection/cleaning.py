"""What is removed from pasted credentials because it can only have come along by accident (R6, R12, R13)."""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from portal.integration.connection import domains

_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_SPEKTRIX_HOST = re.compile(r"(?:[a-z0-9-]+\.)*spektrix\.com", re.IGNORECASE)
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
# What mail programs and sentences leave around an address or a key; neither begins or ends with it.
_AROUND = f"{_QUOTES}<>(),;"
# The port that a scheme has anyway, and the dot that only name servers write.
_SAYS_NOTHING = re.compile(r"\.?(?::(?:443|80))?$")
# Letters that an older standard rewrites, so that another site's name comes out of it (RFC 5892, UTS 46).
_REWRITTEN = frozenset("\u00df\u03c2")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@dataclass(frozen=True)
class Address:
    """A pasted web address: its host as typed, with user and port if it has them, and its first part."""

    host: str
    first_part: str

    @property
    def is_spektrix(self) -> bool:
        return _SPEKTRIX_HOST.fullmatch(self.host.partition(":")[0]) is not None


def visible(text: str) -> str:
    """Return `text` with every kind of space as a plain one, without characters that nobody can see."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def has_hidden(text: str) -> bool:
    """Tell whether `text` holds characters that look like nothing or like an ordinary space."""
    return visible(text) != text


def address_in(text: str) -> Address | None:
    """Return the web address that `text` is, or None for a bare name."""
    plain = _plain(text)
    scheme = _SCHEME.match(plain)
    rest = plain[scheme.end() :] if scheme else plain
    host, *parts = re.split(r"[/?#]+", rest)
    if scheme is None and not (
        _SPEKTRIX_HOST.fullmatch(host.partition(":")[0]) or _is_host_and_path(host, parts)
    ):
        return None
    return Address(host, visible(unquote(parts[0])).strip() if parts else "")


def _is_host_and_path(host: str, parts: list[str]) -> bool:
    name = host.lower().partition(":")[0].removesuffix(".")
    return bool(parts) and bool(parts[0]) and domains.is_host(in_ascii(name))


def client_name(text: str) -> str:
    """Return the client name, taken out of a whole address if one was pasted; case is kept.

    On a venue's own domain the name is the first part of the path as well (docs/spektrix.md section 2).
    """
    address = address_in(text)
    return address.first_part if address else _plain(text).strip("/")


def custom_domain(text: str) -> str:
    """Return the host out of what was typed, in small letters, or all of it where there is none.

    Spektrix's own hosts are no custom domain.
    """
    plain = _plain(text)
    scheme = _SCHEME.match(plain)
    rest = plain[scheme.end() :] if scheme else plain
    host = _SAYS_NOTHING.sub("", re.split(r"[/?#]", rest, maxsplit=1)[0])
    if _SPEKTRIX_HOST.fullmatch(host):
        return ""
    return in_ascii((host or plain).lower())


def domain_of_client_address(text: str) -> str:
    """Return the custom domain of an address that was pasted as client name, "" where it shows none."""
    address = address_in(text)
    host = custom_domain(address.host) if address else ""
    return host if domains.is_host(host) else ""


def api_user(text: str) -> str:
    """Return the user name as given but for what surrounds it; spaces inside may be meant."""
    return visible(text).strip().strip(_QUOTES).strip()


def api_key(text: str) -> str:
    """Return the key without spaces, line breaks and what surrounds it: none of that occurs in base64."""
    plain = "".join(unicodedata.normalize("NFKC", visible(text)).split())
    return plain.strip(f"{_AROUND}.")


def customer_id(text: str) -> str:
    """Return a customer id without what surrounds it."""
    return visible(text).strip().strip(_QUOTES).strip()


def is_base64(key: str) -> bool:
    """Tell whether `key` can sign at all (docs/spektrix.md section 3)."""
    try:
        return bool(base64.b64decode(key, validate=True))
    except ValueError:
        return False


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", visible(text)).strip().strip(_AROUND).strip()


def in_ascii(host: str) -> str:
    """Return an international host name as it goes over the wire, anything else as it is."""
    try:
        return host if host.isascii() else ".".join(_label(label) for label in _DOTS.split(host))
    except UnicodeError:
        return host


def _label(label: str) -> str:
    if _REWRITTEN & set(label):
        return f"xn--{label.encode('punycode').decode('ascii')}"
    return label.encode("idna").decode("ascii")
