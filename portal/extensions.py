"""Unbound extensions, and the column type for instants; imports nothing of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine


class Model(DeclarativeBase):
    """Base of every table; constraint names follow one pattern, so migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware and in UTC inside the program, whatever the database hands back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ToldTime(TypeDecorator[datetime]):
    """A wall time with the offset that it had when it was told, as text: 2027-06-12T19:30:00+01:00."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a told time needs its offset")
        return value.isoformat(timespec="seconds") if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


class SortedText(TypeDecorator[str]):
    """Text compared letter by letter under every locale, so that an index answers "begins with".

    Args:
        length: most characters kept.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self.length, collation=collation))


def visitors_address() -> str:
    """Return what limits go by: an IPv4 address, or the 64 bits of an IPv6 one that tell households apart.

    The rest of an IPv6 address is its owner's to choose, anew for each request if they like.
    """
    text = get_remote_address()
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return text
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))


db = SQLAlchemy(model_class=Model)
if TYPE_CHECKING:
    Base = Model
else:
    Base = db.Model
migrate = Migrate(render_as_batch=True)
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(visitors_address, headers_enabled=False)
