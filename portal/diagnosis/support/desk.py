"""Which support desk a finding belongs to, and a mail to it that says what it is about (R22, R23, N18)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from portal import config
from portal.findings import Finding
from portal.venues.models import Venue

SPEKTRIX = "support@spektrix.com"


@dataclass(frozen=True)
class Desk:
    """An address and a mail to it, begun."""

    address: str
    mail: str


def desk_for(venue: Venue, found: Finding | None, expected: str = "") -> Desk:
    """Return the desk that the cause decides; without a finding it is ours."""
    if found is not None and found.is_theirs:
        address = SPEKTRIX
    else:
        address = venue.support_email or config.current().support_email
    body = "\n\n".join(
        [
            f"Business: {venue.name}",
            f"What is wrong: {found.title}" if found else "What is wrong: not known",
            f"What we expected to happen: {expected}",
            "Support bundle: (paste it here)",
        ]
    )
    subject = quote(f"Spektrix at {venue.name}")
    return Desk(address, f"mailto:{quote(address, safe='@')}?subject={subject}&body={quote(body)}")
