"""Encrypting what is stored once more, after a new encryption key was put first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, LargeBinary, Table, literal, select, type_coerce, update

from portal import crypto
from portal.extensions import db


@dataclass(frozen=True)
class Encrypted:
    """How many secrets the newest key encrypts now, and how many no key could read."""

    done: int
    unreadable: int


def encrypt_again() -> Encrypted:
    """Encrypt every stored secret with the newest key. A use case, so it commits."""
    done = unreadable = 0
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, crypto.EncryptedText):
                kept, lost = _encrypt_again(table, column)
                done, unreadable = done + kept, unreadable + lost
    db.session.commit()
    return Encrypted(done, unreadable)


def _encrypt_again(table: Table, column: Column[str]) -> tuple[int, int]:
    done = unreadable = 0
    as_stored = type_coerce(column, LargeBinary)
    for row_id, sealed in db.session.execute(select(table.c.id, as_stored).where(column.is_not(None))).all():
        try:
            again = crypto.sealed_with_newest(sealed)
        except crypto.CannotDecrypt:
            unreadable += 1
            continue
        # What somebody saves meanwhile is newer, and the newest key's already.
        unchanged = (table.c.id == row_id, as_stored == literal(sealed, LargeBinary))
        db.session.execute(update(table).where(*unchanged).values({column: literal(again, LargeBinary)}))
        done += 1
    return done, unreadable
