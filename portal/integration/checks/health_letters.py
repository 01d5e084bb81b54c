"""The emails to managers when their connection's state changes. Plain values in, plain text out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.findings import Code, finding
from portal.integration import wording

_UNPROVED = "No visit has reached Spektrix yet"


@dataclass(frozen=True)
class News:
    """What an email says. `began_at` is the venue's wall time, `waiting` a number of visits."""

    venue_name: str
    words: str
    working: bool
    code: Code | None
    began_at: datetime
    waiting: int
    page_url: str
    product_name: str


def headline(code: Code | None) -> str:
    """Say what is wrong in one line."""
    return finding(code).title if code else _UNPROVED


def subject(news: News) -> str:
    if news.working:
        return f"Spektrix is working again at {news.venue_name}"
    return f"Spektrix at {news.venue_name}: {news.words}"


def text(news: News, stop_url: str) -> str:
    """Return the email: what happened and since when, who can fix it, the next step, the links."""
    lines = _recovered(news) if news.working else _worse(news)
    sender = (
        f"{news.product_name} sends this email to every manager of {news.venue_name}, once for each change."
    )
    stop = f"To stop these emails: {stop_url}"
    return "\n\n".join([*lines, f"The Spektrix page: {news.page_url}", f"{sender} {stop}"]) + "\n"


def _recovered(news: News) -> list[str]:
    lines = [f"Spektrix has been working again at {news.venue_name} since {_moment(news)}."]
    if news.waiting:
        lines.append(f"{_visits_wait(news.waiting)} and being sent now.")
    return lines


def _worse(news: News) -> list[str]:
    lines = [f"{headline(news.code)}. This started at {_moment(news)}."]
    if news.code is not None:
        said = finding(news.code)
        lines += [f"Who can fix it: {said.who}.", f"Next step: {said.step}."]
    if news.waiting:
        lines.append(f"{_visits_wait(news.waiting)}. Nothing is lost. Each visit is sent once this is fixed.")
    return lines


def _visits_wait(number: int) -> str:
    return f"{wording.visits(number)} {'is' if number == 1 else 'are'} waiting"


def _moment(news: News) -> str:
    return news.began_at.strftime("%H:%M on %A %-d %B")
