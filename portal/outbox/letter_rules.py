"""Which of two letters stands, and when one that did not leave is tried again. Plain values in and out."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.outbox.models import LetterKind

# Why a letter was not sent whose booking has newer news.
OVERTAKEN = "overtaken"
# However often a booking is changed, its guest hears of it after this.
_PUT_OFF_AT_MOST = timedelta(minutes=5)
_GAPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)


def newest(
    waiting: LetterKind, waiting_by: int | None, news: LetterKind, news_by: int | None
) -> tuple[LetterKind, int | None]:
    """Return which letter is sent instead of two, and who pressed for it."""
    if news_by is not None:
        return news, news_by
    # A guest who was told nothing yet is confirmed what holds now; one who was to be told why, still is.
    if news is LetterKind.CHANGE and (waiting is LetterKind.CONFIRMATION or waiting_by is not None):
        return waiting, waiting_by
    return news, None


def put_off(due_at: datetime, owed_at: datetime) -> datetime:
    """Return when a letter leaves whose booking was changed once more."""
    return min(due_at, owed_at + _PUT_OFF_AT_MOST)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when a letter is tried again after so many tries; None once it is given up, after a day."""
    return now + _GAPS[attempts - 1] if attempts <= len(_GAPS) else None
