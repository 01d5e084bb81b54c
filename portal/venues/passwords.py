"""Password hashing (argon2id, the library's defaults)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the salted hash to store."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Tell whether `password` made the hash `stored`; an absent hash takes as long as a wrong password."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
