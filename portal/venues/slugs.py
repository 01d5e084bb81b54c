"""The part of a public address that stands for a venue: the-green-room."""

from __future__ import annotations

import re
import secrets
import unicodedata

from sqlalchemy import select

from portal.extensions import db
from portal.venues.models import SLUG_LENGTH, Venue


def free_slug(name: str) -> str:
    """Return a slug for a venue's name that no venue has yet; does not commit."""
    slug = slug_of(name)
    taken = db.session.scalar(select(Venue.id).where(Venue.slug == slug)) is not None
    return f"{slug[: SLUG_LENGTH - 7]}-{secrets.token_hex(3)}" if taken or not slug else slug


def slug_of(name: str) -> str:
    """Return a name in small letters without accents, its words joined by hyphens; "" where none are left."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "").replace("'", ""))
    letters = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:SLUG_LENGTH].strip("-")
