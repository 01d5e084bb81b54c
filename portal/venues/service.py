"""Signing in and out. A session is a row: deleting it ends every copy of its cookie at once."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from portal import clock
from portal.extensions import db
from portal.scoping import NotHere
from portal.venues import passwords, slugs
from portal.venues.models import Role, Staff, StaffSession, Venue

SESSION_LIFE = timedelta(days=7)
# PostgreSQL fails on some of what an address may hold.
_LETTERS_TOKEN = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class NewVenue:
    """A venue to add: `timezone` an IANA name, `reference_prefix` up to four letters."""

    name: str
    timezone: str
    reference_prefix: str


@dataclass(frozen=True)
class NewStaff:
    """A person to add to a venue. The password is kept only as a hash."""

    name: str
    email: str
    role: Role
    password: str


def sign_in(email: str, password: str) -> str | None:
    """Return the token of a new session, or None when the two do not belong together.

    Checking a password takes a tenth of a second, so no transaction is open meanwhile.
    """
    row = db.session.execute(
        select(Staff.id, Staff.password_hash).where(Staff.email == _email_key(email))
    ).one_or_none()
    db.session.rollback()
    if not passwords.matches(row.password_hash if row else None, password) or row is None:
        return None
    token = secrets.token_urlsafe(32)
    now = clock.utc_now()
    db.session.add(
        StaffSession(token_hash=_hash(token), staff_id=row.id, created_at=now, expires_at=now + SESSION_LIFE)
    )
    db.session.commit()
    return token


def staff_of(token: str) -> Staff | None:
    """Return who is signed in with `token`, or None when the session has ended."""
    session = db.session.scalar(select(StaffSession).where(StaffSession.token_hash == _hash(token)))
    if session is None or session.expires_at <= clock.utc_now():
        return None
    return session.staff


def sign_out(token: str) -> None:
    """End one session."""
    db.session.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(token)))
    db.session.commit()


def forget_expired_sessions() -> int:
    """Delete sessions past their end; returns how many."""
    gone = db.session.execute(delete(StaffSession).where(StaffSession.expires_at <= clock.utc_now()))
    db.session.commit()
    return int(gone.rowcount)  # type: ignore[attr-defined]


def add_venue(new: NewVenue) -> Venue:
    """Add a venue; does not commit."""
    venue = Venue(**asdict(new), slug=slugs.free_slug(new.name), created_at=clock.utc_now())
    db.session.add(venue)
    db.session.flush()
    return venue


def set_password(email: str, password: str) -> bool:
    """Give a person a new password and end all their sessions. Returns False for an unknown address."""
    staff = db.session.scalar(select(Staff).where(Staff.email == _email_key(email)))
    if staff is None:
        return False
    staff.password_hash = passwords.hash_password(password)
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    db.session.commit()
    return True


def add_staff(venue: Venue, new: NewStaff) -> Staff:
    """Add a person to the venue; does not commit."""
    staff = Staff(
        venue_id=venue.id,
        name=new.name,
        email=_email_key(new.email),
        role=new.role,
        password_hash=passwords.hash_password(new.password),
    )
    db.session.add(staff)
    return staff


def reader_of(token: str) -> Staff:
    """Return whose link, in an email about the connection, it is. Raises NotHere."""
    is_readable = _LETTERS_TOKEN.fullmatch(token)
    found = db.session.scalar(select(Staff).where(Staff.letters_token == token)) if is_readable else None
    if found is None:
        raise NotHere("reader of letters")
    return found


def stop_letters(token: str, *, stopped: bool) -> None:
    """Stop a reader's emails about the connection, or start them again. Raises NotHere."""
    reader_of(token).letters_stopped_at = clock.utc_now() if stopped else None
    db.session.commit()


def _email_key(email: str) -> str:
    return email.strip().casefold()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
