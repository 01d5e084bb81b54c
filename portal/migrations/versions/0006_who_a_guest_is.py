"""Guests are recognised by their address as DNS has it, and by phone number with surname.

Until now ß was read as ss, and other letters alike, so that two people's addresses could be one guest. Their
bookings are parted here, and each parting is logged. A link to a Spektrix customer that may be the other
person's is proposed again, for a manager to decide.
"""

import logging
import re
import unicodedata

import idna
import phonenumbers
import sqlalchemy as sa
from alembic import op
from phonenumbers import Leniency, PhoneNumberMatcher, ValidationResult

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

log = logging.getLogger("portal.migrations")

_UP, _DOWN = "01234567890123456", "65432109876543210"
_MADE_UP = re.compile(
    "|".join([r"(\d)\1{6}", *(run[first : first + 8] for run in (_UP, _DOWN) for first in range(10))])
)
_GUESTS = sa.table(
    "guests",
    *map(
        sa.column,
        [
            "id",
            "venue_id",
            "name",
            "name_key",
            "surname_key",
            "email",
            "email_key",
            "phone",
            "phone_key",
            "created_at",
            "erased_at",
        ],
    ),
)
_BOOKINGS = sa.table(
    "bookings",
    *map(
        sa.column, ["id", "venue_id", "guest_id", "booked_name", "booked_email", "booked_phone", "created_at"]
    ),
)
_LINKS = sa.table(
    "customer_links",
    *map(sa.column, ["guest_id", "state", "reason", "spektrix_customer_id", "proposed_customer_id"]),
)
_VENUES = sa.table("venues", sa.column("id"), sa.column("country"))
_WAITING = sa.table("waiting_requests", *map(sa.column, ("id", "email", "email_key")))
_OF_A_BOOKING = [
    sa.table(name, sa.column("booking_id"), sa.column("guest_id"))
    for name in ("link_checks", "outbox_entries")
]


def upgrade() -> None:
    op.add_column("guests", sa.Column("phone_key", sa.String(length=32), nullable=True))
    connection = op.get_bind()
    _make_phone_keys(connection)
    op.create_index("ix_guests_by_phone", "guests", ["venue_id", "phone_key"])
    _make_email_keys(connection)
    _part(connection)


def downgrade() -> None:
    op.drop_index("ix_guests_by_phone", "guests")
    op.drop_column("guests", "phone_key")


def _make_phone_keys(connection):
    rows = connection.execute(
        sa.select(_GUESTS.c.id, _GUESTS.c.phone, _VENUES.c.country)
        .join(_VENUES, _VENUES.c.id == _GUESTS.c.venue_id)
        .where(_GUESTS.c.phone != "")
    ).all()
    for row in rows:
        if key := _phone_key(row.phone, row.country):
            connection.execute(_GUESTS.update().where(_GUESTS.c.id == row.id).values(phone_key=key))


def _make_email_keys(connection):
    """Only what is not plain ASCII was folded. Two guests who turn out to have one address keep it once."""
    asked = sa.select(_GUESTS.c.id, _GUESTS.c.venue_id, _GUESTS.c.email).where(_is_wide(_GUESTS.c.email))
    for row in connection.execute(asked.order_by(_GUESTS.c.id)).all():
        key = _email_key(row.email)
        same = _GUESTS.c.venue_id == row.venue_id, _GUESTS.c.email_key == key, _GUESTS.c.id != row.id
        other = connection.scalar(sa.select(_GUESTS.c.id).where(*same))
        if other is not None:
            log.warning("guest %s has the address of guest %s: merge them on their pages", row.id, other)
        new = None if other is not None else key
        connection.execute(_GUESTS.update().where(_GUESTS.c.id == row.id).values(email_key=new))
    for row in connection.execute(
        sa.select(_WAITING.c.id, _WAITING.c.email).where(_is_wide(_WAITING.c.email))
    ).all():
        key = _email_key(row.email)
        connection.execute(_WAITING.update().where(_WAITING.c.id == row.id).values(email_key=key))


def _part(connection):
    """Give a booking whose address is another than its guest's to the guest of that address."""
    guest_of = _GUESTS.c.id == _BOOKINGS.c.guest_id
    asked = (
        sa.select(_BOOKINGS, _GUESTS.c.email, _VENUES.c.country)
        .join(_GUESTS, guest_of)
        .join(_VENUES, _VENUES.c.id == _BOOKINGS.c.venue_id)
        .where(
            _BOOKINGS.c.booked_email != "",
            _GUESTS.c.email != "",
            sa.or_(_is_wide(_BOOKINGS.c.booked_email), _is_wide(_GUESTS.c.email)),
        )
        .order_by(_BOOKINGS.c.id)
    )
    parted = {}
    for row in connection.execute(asked).all():
        if not _was_joined(row.booked_email, row.email):
            continue
        new_id = _guest_of_address(connection, row)
        for table in (_BOOKINGS, *_OF_A_BOOKING):
            mine = table.c.id == row.id if table is _BOOKINGS else table.c.booking_id == row.id
            connection.execute(table.update().where(mine).values(guest_id=new_id))
        parted.setdefault((row.guest_id, new_id), []).append(row.id)
    for (old_id, new_id), bookings in parted.items():
        connection.execute(
            _LINKS.update()
            .where(_LINKS.c.guest_id == old_id, _LINKS.c.state == "verified")
            .values(
                state="proposed",
                reason="details_differ",
                proposed_customer_id=_LINKS.c.spektrix_customer_id,
                spektrix_customer_id=None,
            )
        )
        log.warning(
            "guest %s was two people: bookings %s belong to guest %s now; say on both pages who they are",
            old_id,
            ", ".join(map(str, bookings)),
            new_id,
        )


def _was_joined(one: str, other: str) -> bool:
    return _email_key(one) != _email_key(other) and _folded(one) == _folded(other)


def _guest_of_address(connection, row) -> int:
    key = _email_key(row.booked_email)
    same = _GUESTS.c.venue_id == row.venue_id, _GUESTS.c.email_key == key
    found = connection.scalar(sa.select(_GUESTS.c.id).where(*same))
    if found is not None:
        return found
    name_key = _name_key(row.booked_name)
    connection.execute(
        _GUESTS.insert().values(
            venue_id=row.venue_id,
            name=row.booked_name,
            name_key=name_key[:120],
            surname_key=name_key.rpartition(" ")[2][:120],
            email=row.booked_email,
            email_key=key,
            phone=row.booked_phone,
            phone_key=_phone_key(row.booked_phone, row.country),
            created_at=row.created_at,
        )
    )
    return connection.scalar(sa.select(_GUESTS.c.id).where(*same))


def _is_wide(column):
    """Tell whether a text has letters beyond ASCII, in a way that both databases know."""
    if op.get_bind().dialect.name == "postgresql":
        return sa.func.octet_length(column) != sa.func.length(column)
    return sa.func.length(sa.cast(column, sa.LargeBinary)) != sa.func.length(column)


def _folded(email: str) -> str:
    return unicodedata.normalize("NFC", email).strip().casefold()


def _email_key(email: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", email).strip().rpartition("@")
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        domain = domain.lower()
    return f"{local.lower()}{at}{domain}"


def _name_key(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\u2019", "'").split())


def _phone_key(text: str, country: str) -> str | None:
    """Return the first number that could be somebody's, as E.164 with any extension."""
    spaced = text[:200].replace("_", " ")
    for match in PhoneNumberMatcher(spaced, country, leniency=Leniency.POSSIBLE):
        number = match.number
        possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
        if possible and not _MADE_UP.search(str(number.national_number)):
            key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"{key};{number.extension}" if number.extension else key
    return None
