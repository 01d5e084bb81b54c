"""The signature of owner-mode calls (docs/spektrix.md section 3)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime

from portal.spektrix.errors import SecretNotBase64


def authorization(method: str, url: str, date: str, body: bytes | None, login: str, secret: str) -> str:
    """The whole value of the Authorization header.

    Args:
        method: HTTP method; signed in upper case.
        url: the full address exactly as sent, query string included.
        date: the exact text of the Date header, see `http_date`.
        body: the bytes sent, None when there is none; ignored for GET.
        login: the API user's login name, taken as given.
        secret: the API key as Spektrix hands it out, base64 text.

    Raises:
        SecretNotBase64: the secret is empty or not base64.
    """
    key = _decoded_secret(secret)
    message = _string_to_sign(method.upper(), url, date, body)
    signature = hmac.new(key, message.encode(), hashlib.sha1).digest()
    return f"SpektrixAPI3 {login}:{_base64(signature)}"


def http_date(instant: datetime) -> str:
    """An aware instant as a Date header: RFC 7231, in GMT, in English under every locale."""
    if instant.tzinfo is None:
        raise ValueError("a Date header needs an aware instant")
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _string_to_sign(method: str, url: str, date: str, body: bytes | None) -> str:
    lines = [method, url, date]
    if method != "GET":
        lines.append(_base64(hashlib.md5(body or b"", usedforsecurity=False).digest()))
    return "\n".join(lines)


def _decoded_secret(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret, validate=True)
    except ValueError:
        key = b""
    if not key:
        # Raised out here, so that no context of the error holds a piece of the secret.
        raise SecretNotBase64
    return key


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
