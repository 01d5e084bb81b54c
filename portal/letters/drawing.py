"""A letter as it is sent: plain text, the same with a look, and who it is from."""

from __future__ import annotations

import re

from flask import current_app

from portal.letters.content import Content
from portal.mail import CalendarFile, Letter

_OWN_WORDS = "Change or cancel booking"
_OWN_WORDS_CANCELLED = "See the booking"
_LINKS = re.compile(r' href="[^"]*"')
_MANY_EMPTY_LINES = re.compile(r"\n{3,}")


def text(content: Content) -> str:
    """Return the letter as plain text."""
    drawn = current_app.jinja_env.get_template("letters/mail.txt").render(
        content=content, own_words=_own_words(content)
    )
    return _MANY_EMPTY_LINES.sub("\n\n", drawn).strip() + "\n"


def html(content: Content) -> str:
    """Return the letter with a look."""
    return _html(content, is_preview=False)


def preview(content: Content) -> str:
    """Return the letter with a look, to look at: with what a mail program puts above it, and no links."""
    return _LINKS.sub("", _html(content, is_preview=True))


def _html(content: Content, *, is_preview: bool) -> str:
    template = current_app.jinja_env.get_template("letters/mail.html")
    return template.render(content=content, own_words=_own_words(content), is_preview=is_preview)


def letter(
    content: Content, to: str, token: str, calendar: CalendarFile | None, *, subject: str = ""
) -> Letter:
    """Return what the mail server is handed; `subject` stands in place of the letter's own."""
    return Letter(
        (to,),
        subject or content.subject,
        text(content),
        stop_url=content.stop_url,
        reply_to=content.venue.email,
        html=html(content),
        from_name=content.venue.name,
        calendar=calendar,
        message_id=token,
    )


def _own_words(content: Content) -> str:
    return _OWN_WORDS if content.stands else _OWN_WORDS_CANCELLED
