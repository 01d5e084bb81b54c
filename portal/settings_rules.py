"""What each setting may be: text in, value out, or a sentence about what is wrong with it.

No sentence quotes the text, which may be a secret.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import SplitResult, parse_qs, urlsplit

import idna

_LEAST_SECRET = 16
_MOST_PROXIES = 10
_LONGEST_NAME = 80
_FERNET_BYTES = 32
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
# Set aside for examples and for machines on their own (RFC 2606, RFC 6761, RFC 6762).
_NOBODYS = re.compile(r"(^|\.)(example|test|invalid|localhost|local|example\.(com|net|org))$")
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*|[0-9a-f.]*:[0-9a-f:.]*")


class Wrong(ValueError):
    """A setting cannot be what it says; the message goes on after the setting's name."""


def secret(text: str) -> str:
    """Return a secret as it is. Raises Wrong when it is short enough to be guessed."""
    if len(text) < _LEAST_SECRET:
        raise Wrong(f"must have {_LEAST_SECRET} characters or more; docs/running.md says how to make one")
    return text


def fernet_keys(text: str) -> tuple[str, ...]:
    """Return the keys between commas. Raises Wrong when one is no Fernet key or there is none."""
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys or not all(map(_is_fernet_key, keys)):
        raise Wrong("must be Fernet keys with commas between them; docs/running.md says how to make one")
    return keys


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == _FERNET_BYTES
    except (binascii.Error, ValueError):
        return False


def web_address(text: str) -> str:
    """Return `scheme://host[:port]` as browsers write it. Raises Wrong where it is more or less than that."""
    parts = _split(text.strip())
    if parts.scheme not in _DEFAULT_PORTS:
        raise Wrong("must begin with https:// or http://")
    if parts.username is not None:
        raise Wrong("must hold no name and no password")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Wrong("must end with the host, without a path behind it")
    port, host = _port(parts), _host(parts)
    shown = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{shown}"


def database(text: str) -> str:
    """Return the address of a database for SQLAlchemy. Raises Wrong."""
    text = text.strip()
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        if rest.lstrip("/") in {"", ":memory:"} or not _is_one_line(rest):
            raise Wrong("names no file")
        return text
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise Wrong("must begin with postgresql:// or sqlite:///")
    parts = _split(f"postgresql://{rest}")
    _port(parts)
    if parts.path in {"", "/"}:
        raise Wrong("names no database")
    threshold = parse_qs(parts.query, keep_blank_values=True).get("prepare_threshold", ["0"])
    if len(threshold) != 1 or not threshold[0].isdecimal():
        raise Wrong("has a prepare_threshold that is no number")
    return f"postgresql+psycopg://{rest}"


def redis(text: str) -> str:
    """Return the address of a Redis. Raises Wrong."""
    parts = _split(text.strip())
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise Wrong("must begin with redis://, rediss:// or unix://")
    if parts.scheme != "unix":
        _host(parts)
        _port(parts)
        if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
            raise Wrong("must end with the number of a database")
    return text.strip()


def mail(text: str) -> str:
    """Return where mail leaves. Raises Wrong."""
    parts = _split(text.strip())
    is_folder = parts.scheme == "file" and not parts.netloc and len(parts.path) > 1
    if parts.scheme not in {"smtp", "smtps"} and not is_folder:
        raise Wrong("must begin with smtp://, smtps:// or file:///")
    if not is_folder:
        _host(parts)
        _port(parts)
    return text.strip()


def email_address(text: str) -> str:
    """Return one email address. Raises Wrong."""
    try:
        address = Address(addr_spec=text.strip())
    except (MessageError, ValueError, IndexError):
        raise Wrong("must be one email address") from None
    if not address.username or not address.domain or not _is_one_line(text.strip()):
        raise Wrong("must be one email address")
    return text.strip()


def doubt_about_sender(mail_from: str, mail_url: str, portal_url: str, *, is_default: bool) -> str:
    """Return what is doubtful about the sender of letters that leave by SMTP, "" for nothing.

    Mail servers refuse a sender whose domain is not the operator's own, or take its letters for spam.
    """
    if not mail_url.startswith("smtp"):
        return ""
    domain = mail_from.rpartition("@")[2].lower().rstrip(".")
    if "." not in domain or _NOBODYS.search(domain) or _is_number(domain):
        return "is an address at a domain that nobody can own, so mail servers may refuse what it sends"
    host = urlsplit(portal_url).hostname or ""
    if is_default and not f".{host}".endswith(f".{domain}"):
        return "is not set, so emails leave under a domain that is not yours and mail servers may refuse them"
    return ""


def _is_number(domain: str) -> bool:
    return domain.startswith("[") or domain.replace(".", "").isdecimal()


def seconds(text: str) -> float:
    """Return a time in seconds above 0. Raises Wrong."""
    value = _number(text)
    if math.isfinite(value) and value > 0:
        return value
    raise Wrong("must be a number of seconds above 0")


def seconds_or_none(text: str) -> float:
    """Return a time in seconds, 0 or more. Raises Wrong."""
    value = _number(text)
    if math.isfinite(value) and value >= 0:
        return value
    raise Wrong("must be a number of seconds, 0 or more")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def proxies(text: str) -> int:
    """Return how many proxies are trusted. Raises Wrong."""
    if text.strip().isdecimal() and int(text) <= _MOST_PROXIES:
        return int(text)
    raise Wrong(f"must be a whole number from 0 to {_MOST_PROXIES}")


def yes_or_no(text: str) -> bool:
    """Return whether it is switched on. Raises Wrong."""
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise Wrong("must be yes or no")
    return word in _YES


def name(text: str) -> str:
    """Return a name for pages and letters. Raises Wrong."""
    if not 0 < len(text.strip()) <= _LONGEST_NAME or not _is_one_line(text.strip()):
        raise Wrong(f"must be 1 to {_LONGEST_NAME} characters on one line")
    return text.strip()


def _is_one_line(text: str) -> bool:
    return text.isprintable()


def _split(text: str) -> SplitResult:
    # The standard library drops line breaks and tabs, so that what is read is not what is used.
    if not _is_one_line(text) or " " in text:
        raise Wrong("names no host")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Wrong("names no host") from None
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        host = ""
    if not _HOST.fullmatch(host):
        raise Wrong("names no host")
    return host


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise Wrong("has a port that cannot be") from None


RULES: dict[str, Callable[[str], object]] = {
    "secret_key": secret,
    "encryption_keys": fernet_keys,
    "database_url": database,
    "redis_url": redis,
    "portal_url": web_address,
    "spektrix_url": web_address,
    "spektrix_timeout_seconds": seconds,
    "feed_timeout_seconds": seconds,
    "write_back_grace_seconds": seconds_or_none,
    "letter_delay_seconds": seconds_or_none,
    "relay_interval_seconds": seconds,
    "lease_seconds": seconds,
    "support_email": email_address,
    "mail_url": mail,
    "mail_from": email_address,
    "product_name": name,
    "trusted_proxies": proxies,
    "rate_limits": yes_or_no,
    "allow_local_domains": yes_or_no,
    "testing": yes_or_no,
}
