"""A venue's own words for its letters, and which of them are switched off."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.extensions import db
from portal.letters.models import LetterText
from portal.letters.originals import ORIGINALS
from portal.outbox.models import LetterKind


@dataclass(frozen=True)
class Words:
    """Subject and text of one kind of letter, and whether it is sent."""

    subject: str
    text: str
    is_on: bool = True


def words_of(venue_id: int, kind: LetterKind) -> Words:
    """Return the words of one kind of letter as the venue has them now."""
    row = _row(venue_id, kind)
    original = ORIGINALS[kind]
    if row is None:
        return Words(original.subject, original.text)
    # A person presses for each of these, so nothing holds them back.
    is_on = row.is_on or kind is LetterKind.SHOW_CHANGED
    return Words(row.subject or original.subject, row.text or original.text, is_on)


def change(venue_id: int, kind: LetterKind, *, subject: str, text: str, is_on: bool) -> None:
    """Set the words of one kind of letter; those of the original are kept as none. Does not commit."""
    row = _row(venue_id, kind)
    if row is None:
        row = LetterText(venue_id=venue_id, kind=kind)
        db.session.add(row)
    original = ORIGINALS[kind]
    row.subject = "" if subject == original.subject else subject
    row.text = "" if text == original.text else text
    row.is_on = is_on


def _row(venue_id: int, kind: LetterKind) -> LetterText | None:
    return db.session.scalar(
        select(LetterText).where(LetterText.venue_id == venue_id, LetterText.kind == kind)
    )
