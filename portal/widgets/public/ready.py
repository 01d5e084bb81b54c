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
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, database
from portal.availability import versions
from portal.availability.hours import on_calendar
from portal.extensions import db
from portal.widgets import rules
from portal.widgets.models import Widget

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = "ready_answers"
MOST_ANSWERS = 2000
_LONGEST_QUERY = 200
_DAY = timedelta(days=1)
_PATH = re.compile(r"/w/([A-Za-z0-9_-]{1,40})/slots")
_DATE = re.compile(r"(?:^|&)date=([0-9]{4}-[0-9]{2}-[0-9]{2})(?:&|$)")
# All of a request that an answer may depend on; the public pages read no cookie.
_DEPENDS_ON = (
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
_ends_at: ContextVar[datetime | None] = ContextVar("ends_at", default=None)
_MARK = """
SELECT house_versions.version,
    (SELECT sum(version) FROM capacity_days
     WHERE venue_id = widgets.venue_id AND service_on BETWEEN ? AND ?)
FROM widgets LEFT JOIN house_versions ON house_versions.venue_id = widgets.venue_id
WHERE widgets.public_id = ?
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a mark is read for: the day's neighbours, and the widget's public id."""

    first: str
    last: str
    public_id: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, true from `made_at` up to `ends_at` as long as its mark stands."""

    asked: _Asked
    mark: Any
    made_at: datetime
    ends_at: datetime
    status: str
    headers: list[tuple[str, str]]
    body: bytes


def keep_until(ends_at: datetime) -> None:
    """Allow the answer to this request to be sent again until then, while its mark stands."""
    _ends_at.set(ends_at)


def init_app(app: Flask) -> None:
    """Stand before Flask, and let a change of a widget move the version too."""
    versions.watch(Widget)
    with app.app_context():
        app.wsgi_app = _Ready(app.wsgi_app, db.engine, app.extensions)  # type: ignore[method-assign, assignment]


class _Ready:
    """Sends what is kept, and keeps what the app answers.

    Args:
        app: answers what is not kept.
        engine: of the database that holds the marks.
        extensions: the app's, where the answers are kept.
    """

    def __init__(self, app: WSGIApplication, engine: Any, extensions: dict[str, Any]) -> None:
        self._app, self._engine = app, engine
        self._statement = _MARK.replace("?", "%s") if engine.dialect.paramstyle != "qmark" else _MARK
        # With the portal's other copies, so that whoever clears those clears these.
        self._extensions = extensions

    def __call__(self, asking: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not asking["PATH_INFO"].endswith("/slots") or not _is_plain(asking):
            return self._app(asking, start_response)
        key = tuple(map(asking.get, _DEPENDS_ON))
        answers: dict[tuple[Any, ...], _Answer] = self._extensions.setdefault(KEPT, {})
        kept = answers.get(key)
        asked = kept.asked if kept else _asked(asking)
        if asked is None:
            return self._app(asking, start_response)
        mark, now = self._mark(asked), clock.utc_now()
        if kept and mark is not None and kept.mark == mark and kept.made_at <= now < kept.ends_at:
            start_response(kept.status, kept.headers)
            return [kept.body]
        pieces, ends_at, head = self._anew(asking, start_response)
        if ends_at is None or mark is None or not head[0].startswith("200 "):
            return pieces
        body = b"".join(pieces)
        if hasattr(pieces, "close"):
            pieces.close()
        if len(answers) >= MOST_ANSWERS:
            answers.clear()
        answers[key] = _Answer(asked, mark, now, ends_at, head[0], head[1], body)
        return [body]

    def _mark(self, asked: _Asked) -> Any:
        """Return the mark, None without such a widget and while the database is away."""
        try:
            return database.first_row(
                self._engine, self._statement, (asked.first, asked.last, asked.public_id)
            )
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            return None

    def _anew(
        self, asking: WSGIEnvironment, start_response: StartResponse
    ) -> tuple[Iterable[bytes], datetime | None, list[Any]]:
        """Return the app's answer, until when it may be kept, and its status and headers."""
        head: list[Any] = []

        def begin(
            status: str, headers: list[tuple[str, str]], error: Any = None
        ) -> Callable[[bytes], object]:
            head[:] = [status, headers]
            return start_response(status, headers, error)

        _ends_at.set(None)
        pieces = self._app(asking, begin)
        return pieces, _ends_at.get(), head


def _is_plain(asking: WSGIEnvironment) -> bool:
    """Tell whether a request only asks, in few words."""
    return (
        asking["REQUEST_METHOD"] == "GET"
        and asking.get("CONTENT_LENGTH", "") in {"", "0"}
        and "HTTP_TRANSFER_ENCODING" not in asking
        and len(asking.get("QUERY_STRING", "")) <= _LONGEST_QUERY
    )


def _asked(asking: WSGIEnvironment) -> _Asked | None:
    path, query = _PATH.fullmatch(asking["PATH_INFO"]), _DATE.search(asking.get("QUERY_STRING", ""))
    day: date | None = rules.day_of(query[1]) if query else None
    if path is None or day is None or not on_calendar(day):
        return None
    return _Asked((day - _DAY).isoformat(), (day + _DAY).isoformat(), path[1])
