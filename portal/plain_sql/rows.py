"""Writes new rows past the session's unit of work, in statements that are made once.

The unit of work compares what is new with what was, sorts it by what depends on what, and has each statement
made anew. For a row that is new and written at once this costs many times the writing, and a booking writes
nine. Here a statement is kept as its driver takes it; PostgreSQL gets several rows in one statement, which is
one trip. Listeners to the session's flushes hear nothing of all this, so whoever needs to know of each new
object of a model says so here (`tell`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import BindParameter, Column, CursorResult, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql import ClauseElement

from portal.extensions import Base, db

_Names = tuple[str, ...]
_Values = Mapping[str, Any]


@dataclass(frozen=True)
class New:
    """A row to write, whose key is its `id`; what is not named gets its column's default."""

    model: type[Base]
    values: _Values


_told: dict[type[Base], Callable[[Any], None]] = {}


def tell(model: type[Base], of_each: Callable[[Any], None]) -> None:
    """Have a function called with each object of a model that is written."""
    _told[model] = of_each


def add(row: Base) -> None:
    """Write a new object's row; then it has its id, and the session knows it as one that was read."""
    held = vars(row)
    for name, default in _defaults(_table_of(type(row))).items():
        if name not in held:
            setattr(row, name, default())
    (row.id,) = write(New(type(row), held))  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    db.session.add(row)
    if type(row) in _told:
        _told[type(row)](row)


def write(*rows: New) -> list[int]:
    """Write rows in their order, in the caller's transaction, and return their ids."""
    dialect = db.session.connection().dialect
    if len(rows) > 1 and dialect.name != "postgresql":
        return [write(row)[0] for row in rows]
    tables = [_table_of(row.model) for row in rows]
    values = [_complete(table, row.values) for table, row in zip(tables, rows, strict=True)]
    shapes = tuple((table, tuple(each)) for table, each in zip(tables, values, strict=True))
    return list(_one_of_each(shapes, dialect).send(values).one())


def write_many(model: type[Base], rows: Sequence[_Values]) -> int:
    """Write rows of one table, all with the same columns; return how many had a key that was free."""
    if not rows:
        return 0
    dialect = db.session.connection().dialect
    return len(_many(_table_of(model), tuple(rows[0]), len(rows), dialect).send(rows).all())


@dataclass(frozen=True)
class _Statement:
    """A statement as its driver takes it, and what makes each value one that the driver knows."""

    text: str
    binds: Mapping[str, Callable[[Any], Any] | None]
    by_position: bool

    def send(self, rows: Sequence[_Values]) -> CursorResult[Any]:
        """Send it with the values of each of its rows."""
        given = {_mark(name, at): value for at, row in enumerate(rows) for name, value in row.items()}
        bound = {mark: bind(given[mark]) if bind else given[mark] for mark, bind in self.binds.items()}
        sent: Any = tuple(bound.values()) if self.by_position else bound
        return db.session.connection().exec_driver_sql(self.text, sent)


@lru_cache(maxsize=256)
def _one_of_each(rows: tuple[tuple[Table, _Names], ...], dialect: Dialect) -> _Statement:
    insert = _insert_of(dialect)
    written = [
        insert(table).values(_marks(table, names, at)).returning(table.c.id)
        for at, (table, names) in enumerate(rows)
    ]
    if len(written) == 1:
        return _kept(written[0], dialect)
    parts = [one.cte(f"written_{at}") for at, one in enumerate(written)]
    return _kept(select(*(select(part.c.id).scalar_subquery() for part in parts)), dialect)


@lru_cache(maxsize=256)
def _many(table: Table, names: _Names, many: int, dialect: Dialect) -> _Statement:
    values = [_marks(table, names, at) for at in range(many)]
    written = _insert_of(dialect)(table).values(values).on_conflict_do_nothing()
    return _kept(written.returning(*table.primary_key), dialect)


def _kept(statement: ClauseElement, dialect: Dialect) -> _Statement:
    made: Any = statement.compile(dialect=dialect)
    marks = made.positiontup or list(made.binds)
    binds = {mark: made.binds[mark].type.dialect_impl(dialect).bind_processor(dialect) for mark in marks}
    return _Statement(str(made), binds, made.positiontup is not None)


def _marks(table: Table, names: _Names, at: int) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(_mark(name, at), type_=table.c[name].type) for name in names}


def _mark(name: str, at: int) -> str:
    return f"{name}_{at}"


def _complete(table: Table, values: _Values) -> dict[str, Any]:
    """Return the values of a row's columns, those that were not named included."""
    rest = {name: default() for name, default in _defaults(table).items() if name not in values}
    return {column.key: values[column.key] for column in table.columns if column.key in values} | rest


@lru_cache(maxsize=256)
def _defaults(table: Table) -> dict[str, Callable[[], Any]]:
    """Return what gives each column its value where none is named, but for those that the database gives."""
    ours = (column for column in table.columns if column.default is not None or column.server_default is None)
    return {column.key: _default_of(column) for column in ours if column.key != "id"}


def _default_of(column: Column[Any]) -> Callable[[], Any]:
    default: Any = column.default
    if default is None:
        return lambda: None
    # SQLAlchemy lets every callable take a context.
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def _insert_of(dialect: Dialect) -> Any:
    return postgresql.insert if dialect.name == "postgresql" else sqlite.insert


def _table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)
