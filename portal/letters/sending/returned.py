"""Letters that come back: the report of a mail server further on is read, and the booking says so (RFC 3464).

Whoever reports has to know the letter's own name, which is random and stands in the letter alone.
"""

from __future__ import annotations

import email
import re
from email.message import EmailMessage, Message
from email.policy import default

from portal.extensions import db
from portal.letters.rules import Why
from portal.outbox import letters
from portal.outbox.models import LetterState

MOST_BYTES = 1_000_000
_NAME = re.compile(r"<([A-Za-z0-9_-]{16,32})@")
_ADDRESSES = re.compile(r"<?[^\s<>;]+@[^\s<>;]+>?")
_LONGEST_ANSWER = 120


def take(raw: bytes) -> int | None:
    """Note on the booking that a letter came back, and return the letter's id; None for any other mail.

    One that is only late is no news.
    """
    report = email.message_from_bytes(raw[:MOST_BYTES], policy=default)
    answer = _refusal(report)
    names = _NAME.findall(_returned_id(report)) if answer is not None else []
    letter = letters.by_token(names[0]) if names else None
    if letter is None or letter.state != LetterState.SENT:
        db.session.rollback()
        return None
    # Its guest knows nothing of what it told.
    letter.state, letter.told = LetterState.FAILED, None
    letter.reason, letter.detail = Why.RETURNED, answer or ""
    letter_id = letter.id
    db.session.commit()
    return letter_id


def _refusal(report: EmailMessage) -> str | None:
    """Return what the mail server said that gave up for good, None where there is no such thing."""
    if report.get_content_type() != "multipart/report":
        return None
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for recipient in part.iter_parts() if isinstance(part, EmailMessage) else ():
            action, status = (str(recipient.get(name, "")).strip().lower() for name in ("Action", "Status"))
            if action == "failed" and status.startswith("5"):
                said = str(recipient.get("Diagnostic-Code", "")).partition(";")[2] or status
                plain = _ADDRESSES.sub("", "".join(each if each.isprintable() else " " for each in said))
                return " ".join(plain.split())[:_LONGEST_ANSWER]
    return None


def _returned_id(report: EmailMessage) -> str:
    """Return the Message-ID of the letter that the report is about."""
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            headers: Message = email.message_from_string(str(part.get_content()), policy=default)
            return str(headers.get("Message-ID", ""))
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            return str(inner.get("Message-ID", "")) if isinstance(inner, Message) else ""
    return ""
