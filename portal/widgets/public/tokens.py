"""The signed, dated token of a form. It replaces a cookie, which a frame may not have (X35)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

LIFE_SECONDS = 2 * 60 * 60
_SALT = "widgets.booking-form"
_LONGEST = 512


class TokenForeign(Exception):
    """Not a token of ours, or one of another widget."""


class TokenExpired(Exception):
    """A token of ours that is too old. With its `key` a fresh form is still the same submission."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


@dataclass(frozen=True)
class FormToken:
    """What a form carries: the signed text, and the idempotency key inside it."""

    text: str
    key: str


def issue(public_id: str, key: str | None = None) -> FormToken:
    """Return a fresh token for a widget's form, with a new random key unless one is given."""
    key = key or secrets.token_urlsafe(16)
    return FormToken(_serializer().dumps([public_id, key]), key)


def key_of(public_id: str, text: str) -> str:
    """Return the idempotency key of a token made for this widget. Raises TokenForeign or TokenExpired."""
    try:
        held = _serializer().loads(text[: _LONGEST + 1], max_age=LIFE_SECONDS)
    except SignatureExpired as error:
        raise TokenExpired(_key(public_id, _serializer().load_payload(error.payload or b""))) from None
    except BadData:
        raise TokenForeign from None
    return _key(public_id, held)


def require_key(public_id: str, text: str, key: str) -> None:
    """Raise TokenForeign or TokenExpired unless a token was made for this widget with this key."""
    if key_of(public_id, text) != key:
        raise TokenForeign


def _key(public_id: str, held: list[str]) -> str:
    owner, key = held
    if owner != public_id:
        raise TokenForeign
    return key


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=_SALT)
