"""Logos as they are kept: the one that diners see, and the one before it for Undo."""

from __future__ import annotations

import re

from sqlalchemy import delete, select

from portal.extensions import db
from portal.restaurant.details.pictures import Picture
from portal.scoping import NotHere
from portal.venues.models import Logo, Venue

_DIGEST = re.compile("[0-9a-f]{32}")


def has(venue: Venue, digest: str) -> bool:
    """Tell whether a logo of the venue is kept."""
    kept = select(Logo.id).where(Logo.venue_id == venue.id, Logo.digest == digest)
    return db.session.scalar(kept) is not None


def keep(venue: Venue, picture: Picture) -> str:
    """Keep a logo, and of the venue's earlier ones only that which diners see now; does not commit.

    Returns its digest.
    """
    kept = {venue.logo_digest, picture.digest}
    db.session.execute(delete(Logo).where(Logo.venue_id == venue.id, Logo.digest.not_in(kept)))
    if not has(venue, picture.digest):
        db.session.add(
            Logo(
                venue_id=venue.id,
                digest=picture.digest,
                mimetype=picture.mimetype,
                width=picture.width,
                height=picture.height,
                content=picture.content,
            )
        )
        db.session.flush()
    return picture.digest


def find(digest: str) -> Logo:
    """Return a logo, whichever venue's it is: diners of all may see it. Raises NotHere."""
    # PostgreSQL refuses to look for what no text can be.
    if not _DIGEST.fullmatch(digest):
        raise NotHere("logo")
    found = db.session.scalar(select(Logo).where(Logo.digest == digest).limit(1))
    if found is None:
        raise NotHere("logo")
    return found
