"""Checking signed requests, worked out from docs/spektrix.md section 3 alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SCHEME = "SpektrixAPI3"
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers: `url` is the exact address sent, `date` the header's text, `body` raw."""

    method: str
    url: str
    date: str
    body: bytes
    authorization: str


@dataclass(frozen=True)
class Verdict:
    """Who signed, or why the signature was refused. Exactly one of the two is set."""

    login: str | None = None
    refused_because: str | None = None


def expected_signature(method: str, url: str, date: str, body: bytes, secret: str) -> str:
    """Return the signature that the holder of `secret` (base64 text) puts on this request.

    Raises binascii.Error where the secret is not base64.
    """
    lines = [method.upper(), url, date]
    if method.upper() != "GET":
        lines.append(_base64(hashlib.md5(body, usedforsecurity=False).digest()))
    key = base64.b64decode(secret, validate=True)
    return _base64(hmac.digest(key, "\n".join(lines).encode(), "sha1"))


def check(signed: SignedRequest, secrets: Mapping[str, str], now: datetime) -> Verdict:
    """Return who signed the request; `secrets` maps login to base64 secret, `now` is the sandbox's clock."""
    scheme, _, credentials = signed.authorization.partition(" ")
    login, colon, signature = credentials.rpartition(":")
    if scheme != SCHEME or not colon:
        return Verdict(refused_because="The Authorization header is not in the SpektrixAPI3 form")
    if login not in secrets:
        return Verdict(refused_because="No API user has this login name")
    if not _recent(signed.date, now):
        return Verdict(refused_because="The Date header is missing, unreadable or over five minutes off")
    if not _matches(signed, signature, secrets[login]):
        return Verdict(refused_because="The signature differs: key, URL, method, date or body")
    return Verdict(login=login)


def _matches(signed: SignedRequest, signature: str, secret: str) -> bool:
    try:
        expected = expected_signature(signed.method, signed.url, signed.date, signed.body, secret)
    except binascii.Error:
        return False
    return hmac.compare_digest(expected.encode(), signature.encode())


def _recent(date: str, now: datetime) -> bool:
    """RFC 7231 dates end in GMT; anything else is refused, as a local time would be."""
    if not date.endswith(" GMT"):
        return False
    try:
        sent_at = parsedate_to_datetime(date)
    except ValueError:
        return False
    aware = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
    return abs(aware - now) <= TOLERANCE


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
