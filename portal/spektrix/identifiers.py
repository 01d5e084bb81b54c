"""What may become part of a call: every text is checked here before anything leaves.

Each function answers the percent-encoded form, or raises ValueError without naming the text.
"""

import re
from urllib.parse import quote

MAX_LENGTH = 64
MAX_EMAIL_LENGTH = 254

_CLIENT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_OBJECT_ID = re.compile(rf"[A-Za-z0-9-]{{1,{MAX_LENGTH}}}")
_NOT_IN_A_SEGMENT = frozenset("/\\%?# ")


def client_name(text: str) -> str:
    """The venue's short name at Spektrix, its case kept."""
    return _matching(_CLIENT_NAME, text)


def object_id(text: str) -> str:
    """A basket or instance id: letters, digits and hyphens, wider than the form seen so far."""
    return _matching(_OBJECT_ID, text)


def customer_id(text: str) -> str:
    """A customer id; its form is not published, so only what could leave its segment is refused."""
    dots_only = not text.strip(".")
    if dots_only or len(text) > MAX_LENGTH or not text.isprintable() or _NOT_IN_A_SEGMENT & set(text):
        raise ValueError("unsafe customer id")
    return quote(text, safe="")


def email(text: str) -> str:
    """An e-mail address as a query value; `+` becomes %2B, or it would arrive as a space."""
    if "@" not in text or len(text) > MAX_EMAIL_LENGTH or not text.isprintable() or " " in text:
        raise ValueError("unsafe e-mail address")
    return quote(text, safe="")


def login(text: str) -> str:
    """A login name for a header; unlike the others it is answered as given."""
    if not text or not text.isprintable():
        raise ValueError("unsafe login name")
    return text


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("unsafe identifier")
    return text
