"""Finished answers to "which times has this day?" and "which days?", sent again while nothing changes them.

No address is asked more often, and most who ask get what the one before them got. So an answer that the view
allows is kept whole, and sent before Flask takes the request apart. It is never older than the database: each
request first asks one short question there for the mark, which is the version of the house, moved by whoever
changes hours, tables, venue or widget; the versions of the days and their neighbours, moved by whoever seats
a party; and, where shows are told, when the programme was last read. The mark is read before the answer is
made, so a change meanwhile makes the answer old, never wrong. What the clock alone changes, such as the next
start that passes, the view gives as the answer's end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask

from portal import clock
from portal.availability import versions
from portal.availability.hours import on_calendar
from portal.availability.service import DAYS_SHOWN
from portal.extensions import db
from portal.plain_sql import one_row
from portal.plain_sql.one_row import Away, OneRow, Row
from portal.widgets import rules
from portal.widgets.models import Widget

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = "ready_answers"
MOST_BYTES = 16 * 1024 * 1024
# Beside its body an answer has a key, whose words a visitor chooses, and headers.
_LONGEST_KEY = 600
_REST_BYTES = 4000
_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=400)
_PATH = re.compile(r"/w/([A-Za-z0-9_-]{1,40})/(slots|dates)")
_DATE = re.compile(r"(?:^|&)date=([0-9]{4}-[0-9]{2}-[0-9]{2})(?:&|$)")
# All of a request that an answer may depend on; a test asks Flask what else it looks at.
DEPENDS_ON = (
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_HX_REQUEST",
    "HTTP_HX_HISTORY_RESTORE_REQUEST",
    "CONTENT_TYPE",
    "wsgi.url_scheme",
)
_WHOSE = "SELECT venue_id FROM widgets WHERE public_id = ?"
# In few words, since a pooler has PostgreSQL plan them anew each time.
_DAYS = "SELECT sum(version) FROM capacity_days WHERE venue_id = ? AND service_on BETWEEN ? AND ?"
_PROGRAMME = "SELECT client_name || ' ' || CAST(synced_at AS TEXT) FROM event_syncs WHERE venue_id = ?"
MARK = f"SELECT version, ({_DAYS}) FROM house_versions WHERE venue_id = ?"  # noqa: S608 - ours
MARK_WITH_SHOWS = f"SELECT version, ({_DAYS}), ({_PROGRAMME}) FROM house_versions WHERE venue_id = ?"  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class _Stands:
    """The moment an answer was made for, until when the clock leaves it as it is, and its days."""

    made_at: datetime
    ends_at: datetime
    first: date
    last: date


_stands: ContextVar[_Stands | None] = ContextVar("stands", default=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question for a mark with its values, and the days that the mark is good for."""

    question: str
    values: tuple[str, ...]
    first: date
    last: date

    def covers(self, stands: _Stands) -> bool:
        return self.first <= stands.first and stands.last <= self.last


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, true from `made_at` up to `ends_at` as long as its mark stands, which `asked` asks for."""

    asked: _Asked
    mark: Row
    made_at: datetime
    ends_at: datetime
    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class Kept:
    """The answers of one process. Those that cannot be had any more go when there are too many."""

    answers: dict[tuple[Any, ...], _Answer] = field(default_factory=dict)
    venue_ids: dict[str, str] = field(default_factory=dict)
    used_bytes: int = 0
    _filling: Lock = field(default_factory=Lock)

    def add(self, key: tuple[Any, ...], answer: _Answer) -> None:
        size = len(answer.body) + _REST_BYTES
        with self._filling:
            if old := self.answers.pop(key, None):
                self.used_bytes -= len(old.body) + _REST_BYTES
            if self.used_bytes + size > MOST_BYTES:
                self.answers, self.used_bytes = {}, 0
            self.answers[key] = answer
            self.used_bytes += size


def keep(made_at: datetime, ends_at: datetime, first: date, last: date) -> None:
    """Allow the answer to this request, made for the moment `made_at`, to be sent again up to `ends_at`.

    It tells of the days from `first` to `last`, and of nothing else that any mark does not know.
    """
    _stands.set(_Stands(made_at, ends_at, first, last))


def init_app(app: Flask) -> None:
    """Stand before Flask, and let a change of a widget move the version too."""
    versions.watch(Widget)
    with app.app_context():
        asks = app.extensions[one_row.EXTENSION] = one_row.asker(db.engine)
    app.wsgi_app = _Ready(app.wsgi_app, asks, app.extensions)  # type: ignore[method-assign, assignment]


class _Ready:
    """Sends what is kept, and keeps what the app answers.

    Args:
        app: answers what is not kept.
        asks: the database that holds the marks.
        extensions: the app's, where the answers are kept, so that whoever clears its copies clears these too.
    """

    def __init__(self, app: WSGIApplication, asks: OneRow, extensions: dict[str, Any]) -> None:
        self._app, self._asks, self._extensions = app, asks, extensions

    def __call__(self, asking: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not asking["PATH_INFO"].endswith(("/slots", "/dates")) or not _only_asks(asking):
            return self._app(asking, start_response)
        key = tuple(map(asking.get, DEPENDS_ON))
        if sum(map(len, filter(None, key))) > _LONGEST_KEY:
            return self._app(asking, start_response)
        kept: Kept = self._extensions.get(KEPT) or self._extensions.setdefault(KEPT, Kept())
        known = kept.answers.get(key)
        try:
            asked = known.asked if known else self._asked(asking, kept)
            mark = self._asks.ask(asked.question, *asked.values) if asked else None
        except Away:
            mark = None
        if not asked or not mark:
            return self._app(asking, start_response)
        if known and known.mark == mark and known.made_at <= clock.utc_now() < known.ends_at:
            start_response(known.status, list(known.headers))
            return [known.body]
        pieces, head = self._anew(asking, start_response)
        stands = _stands.get()
        if stands is None or not asked.covers(stands) or not _is_for_everybody(*head):
            return pieces
        body = _whole(pieces)
        kept.add(key, _Answer(asked, mark, stands.made_at, stands.ends_at, *head, body))
        return [body]

    def _asked(self, asking: WSGIEnvironment, kept: Kept) -> _Asked | None:
        """Return the question for the mark of a request's answer, None where nobody can have one."""
        path = _PATH.fullmatch(asking["PATH_INFO"])
        days = path and _days(path[2], asking.get("QUERY_STRING", ""))
        venue_id = path and days and self._venue_of(path[1], kept)
        if not path or not days or not venue_id:
            return None
        first, last = days
        of_days = (venue_id, (first - _DAY).isoformat(), (last + _DAY).isoformat())
        if path[2] == "slots":
            return _Asked(MARK, (*of_days, venue_id), first, last)
        return _Asked(MARK_WITH_SHOWS, (*of_days, venue_id, venue_id), first, last)

    def _venue_of(self, public_id: str, kept: Kept) -> str | None:
        if public_id not in kept.venue_ids:
            row = self._asks.ask(_WHOSE, public_id)
            if row is None:
                return None
            kept.venue_ids[public_id] = row[0].decode() if isinstance(row[0], bytes) else str(row[0])
        return kept.venue_ids[public_id]

    def _anew(
        self, asking: WSGIEnvironment, start_response: StartResponse
    ) -> tuple[Iterable[bytes], tuple[str, list[tuple[str, str]]]]:
        """Return the app's answer, and its status and headers."""
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(
            status: str, headers: list[tuple[str, str]], error: Any = None
        ) -> Callable[[bytes], object]:
            head.append((status, list(headers)))
            return start_response(status, headers, error)

        _stands.set(None)
        return self._app(asking, begin), head[-1]


def _days(page: str, query: str) -> tuple[date, date] | None:
    """Return the days that a page can be about, None where that cannot be told beforehand."""
    named = _DATE.search(query)
    day = rules.day_of(named[1]) if named else None
    today = clock.utc_now().date()
    if page == "slots":
        return (day, day) if day and on_calendar(day) else None
    # The page begins with the day that is asked for, or with today, wherever the venue is.
    begins = [today, day] if day and abs(day - today) <= _FARTHEST else [today]
    return min(begins) - _DAY, max(begins) + _DAY * (DAYS_SHOWN + 1)


def _only_asks(asking: WSGIEnvironment) -> bool:
    """Tell whether a request has nothing to say but its question, and that in few words."""
    return (
        asking["REQUEST_METHOD"] == "GET"
        and asking.get("CONTENT_LENGTH", "") in {"", "0"}
        and "HTTP_TRANSFER_ENCODING" not in asking
        and "HTTP_UPGRADE" not in asking
    )


def _is_for_everybody(status: str, headers: list[tuple[str, str]]) -> bool:
    """Tell whether an answer may be sent to others: one with somebody's cookie may not."""
    return status.startswith("200 ") and not any(name.lower() == "set-cookie" for name, _value in headers)


def _whole(pieces: Iterable[bytes]) -> bytes:
    try:
        return b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
