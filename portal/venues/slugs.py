"""The part of a public address that stands for a venue: the-green-room."""

from __future__ import annotations

import re
import secrets
import unicodedata

from sqlalchemy import delete, select

from portal.extensions import db
from portal.venues.models import SLUG_LENGTH, EarlierSlug, Venue


class SlugTaken(Exception):
    """Another venue has this slug, or had it before."""


def free_slug(name: str) -> str:
    """Return a slug for a venue's name that no venue has or had; does not commit."""
    slug = slug_of(name)
    taken = _venue_with(slug) is not None
    return f"{slug[: SLUG_LENGTH - 7]}-{secrets.token_hex(3)}" if taken or not slug else slug


def change(venue: Venue, slug: str) -> None:
    """Give a venue another slug; that which it had goes on leading to it. No commit. Raises SlugTaken."""
    if _venue_with(slug) not in (None, venue.id):
        raise SlugTaken
    db.session.execute(delete(EarlierSlug).where(EarlierSlug.slug == slug))
    db.session.add(EarlierSlug(venue_id=venue.id, slug=venue.slug))
    venue.slug = slug
    db.session.flush()


def moved_to(slug: str) -> str | None:
    """Return what the slug of a venue is now that had this one before, None where no venue had it."""
    return db.session.scalar(
        select(Venue.slug).join(EarlierSlug, EarlierSlug.venue_id == Venue.id).where(EarlierSlug.slug == slug)
    )


def _venue_with(slug: str) -> int | None:
    now = db.session.scalar(select(Venue.id).where(Venue.slug == slug))
    return now or db.session.scalar(select(EarlierSlug.venue_id).where(EarlierSlug.slug == slug))


def slug_of(name: str) -> str:
    """Return a name in small letters without accents, its words joined by hyphens; "" where none are left."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "").replace("'", ""))
    letters = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:SLUG_LENGTH].strip("-")
