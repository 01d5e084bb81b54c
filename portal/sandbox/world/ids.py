"""Ids in Spektrix's shape (docs/spektrix.md section 4)."""

from __future__ import annotations

import hashlib
import secrets

LETTERS = "BCDGHJKLMNPQRSTV"
LENGTH = 33


def object_id(number: int) -> str:
    """Return digits, `A`, then capitals that depend on the number alone: 33 characters in all."""
    head = f"{number}A"
    digest = hashlib.sha512(head.encode()).digest()
    return (head + "".join(LETTERS[byte % len(LETTERS)] for byte in digest))[:LENGTH]


def customer_id() -> str:
    """Return a new customer id such as `I-7Q2D-K9XM`."""
    alphabet = "123456789" + LETTERS
    first, second = ("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(2))
    return f"I-{first}-{second}"
