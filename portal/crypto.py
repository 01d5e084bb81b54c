"""Encryption at rest. The only code that sees the encryption keys.

Keys rotate by putting a new one first: it encrypts, the rest still decrypt (docs/security.md).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, current_app
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EXTENSION = "rezzy-crypto"


class CannotDecrypt(Exception):
    """A stored secret was made with a key that is no longer configured. Carries no part of it."""


def init_app(app: Flask, keys: tuple[str, ...]) -> None:
    """Keep the ring of keys with the app. Raises ValueError when one is not a Fernet key."""
    app.extensions[_EXTENSION] = (MultiFernet([Fernet(key) for key in keys]), keys)


def encrypt(text: str) -> bytes:
    """Return `text` sealed with the first key."""
    return _ring().encrypt(text.encode())


def decrypt(sealed: bytes) -> str:
    """Return what was sealed with any configured key, else raise CannotDecrypt."""
    try:
        return _ring().decrypt(sealed).decode()
    except InvalidToken:
        raise CannotDecrypt("a stored secret cannot be read with the configured encryption keys") from None


def sealed_with_newest(sealed: bytes) -> bytes:
    """Return the same secret sealed with the first key, else raise CannotDecrypt."""
    try:
        return _ring().rotate(sealed)
    except InvalidToken:
        raise CannotDecrypt("a stored secret cannot be read with the configured encryption keys") from None


def fingerprint(text: str) -> str:
    """Return a keyed hash: equal texts can be recognised, the text cannot be guessed back.

    Another oldest key makes other hashes, so it is for what is compared within hours alone.
    """
    _, keys = current_app.extensions[_EXTENSION]
    return hmac.new(keys[-1].encode(), text.encode(), hashlib.sha256).hexdigest()


def _ring() -> MultiFernet:
    ring: MultiFernet = current_app.extensions[_EXTENSION][0]
    return ring


class EncryptedText(TypeDecorator[str]):
    """A text column that the database holds encrypted and authenticated."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypt(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypt(value)
