"""Finished answers to "which times has this day?", sent again for as long as nothing could change them.

No address is asked more often, and most who ask get what the one before them got. So an answer that the view
allows is kept whole, and sent before Flask takes the request apart. It is never older than the database: each
request first asks one short question there for the mark, which is the version of the house, moved by whoever
changes hours, tables, venue or widget, and the versions of the day and its neighbours, moved by whoever seats
a party. The mark is read before the answer is made, so a change meanwhile makes the answer old, never wrong.
What the clock alone changes, such as the next start that passes, the view gives as the answer's end.
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
from portal.extensions import db
from portal.widgets import rules
from portal.widgets.models import Widget
from portal.widgets.public import one_row
from portal.widgets.public.one_row import Away, OneRow, Row

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = "ready_answers"
MOST_BYTES = 16 * 1024 * 1024
# Beside its body an answer has a key, whose words a visitor chooses, and headers.
_LONGEST_KEY = 600
_REST_BYTES = 4000
_DAY = timedelta(days=1)
_PATH = re.compile(r"/w/([A-Za-z0-9_-]{1,40})/slots")
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
# In few words, since PostgreSQL plans it anew each time.
MARK = """
SELECT version, (SELECT sum(version) FROM capacity_days WHERE venue_id = ? AND service_on BETWEEN ? AND ?)
FROM house_versions WHERE venue_id = ?
"""
_stands: ContextVar[tuple[datetime, datetime] | None] = ContextVar("stands", default=None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, true from `made_at` up to `ends_at` as long as its mark stands, which `asked` asks for."""

    asked: tuple[str, ...]
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


def keep(made_at: datetime, ends_at: datetime) -> None:
    """Allow the answer to this request, made for the moment `made_at`, to be sent again up to `ends_at`."""
    _stands.set((made_at, ends_at))


def init_app(app: Flask) -> None:
    """Stand before Flask, and let a change of a widget move the version too."""
    versions.watch(Widget)
    with app.app_context():
        asks = one_row.asker(db.engine)
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
        if not asking["PATH_INFO"].endswith("/slots") or not _only_asks(asking):
            return self._app(asking, start_response)
        key = tuple(map(asking.get, DEPENDS_ON))
        if sum(map(len, filter(None, key))) > _LONGEST_KEY:
            return self._app(asking, start_response)
        kept: Kept = self._extensions.get(KEPT) or self._extensions.setdefault(KEPT, Kept())
        known = kept.answers.get(key)
        try:
            asked = known.asked if known else self._asked(asking, kept)
            mark = self._asks.ask(MARK, *asked) if asked else None
        except Away:
            mark = None
        if not asked or not mark:
            return self._app(asking, start_response)
        if known and known.mark == mark and known.made_at <= clock.utc_now() < known.ends_at:
            start_response(known.status, list(known.headers))
            return [known.body]
        pieces, head = self._anew(asking, start_response)
        stands = _stands.get()
        if stands is None or not _is_for_everybody(*head):
            return pieces
        body = _whole(pieces)
        kept.add(key, _Answer(asked, mark, *stands, *head, body))
        return [body]

    def _asked(self, asking: WSGIEnvironment, kept: Kept) -> tuple[str, ...] | None:
        """Return the values of the question for the mark, None where nobody can have an answer."""
        path, query = _PATH.fullmatch(asking["PATH_INFO"]), _DATE.search(asking.get("QUERY_STRING", ""))
        day: date | None = rules.day_of(query[1]) if query else None
        if path is None or day is None or not on_calendar(day):
            return None
        public_id = path[1]
        if public_id not in kept.venue_ids:
            row = self._asks.ask(_WHOSE, public_id)
            if row is None:
                return None
            kept.venue_ids[public_id] = row[0].decode() if isinstance(row[0], bytes) else str(row[0])
        venue_id = kept.venue_ids[public_id]
        return (venue_id, (day - _DAY).isoformat(), (day + _DAY).isoformat(), venue_id)

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
