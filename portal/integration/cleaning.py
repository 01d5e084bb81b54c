"""What is removed from pasted credentials because it can only have come along by accident (R6, R12, R13)."""

from __future__ import annotations

import base64
import re
import unicodedata
from urllib.parse import unquote

_SPEKTRIX_ADDRESS = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)*spektrix\.com(?::\d+)?(?:/|$)", re.IGNORECASE)
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"


def visible(text: str) -> str:
    """Return `text` with every kind of space as a plain one, without characters that nobody can see."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def has_hidden(text: str) -> bool:
    """Tell whether `text` holds characters that look like nothing or like an ordinary space."""
    return visible(text) != text


def client_name(text: str) -> str:
    """Return the client name, taken out of a whole Spektrix address if one was pasted; case is kept (R13)."""
    plain = unicodedata.normalize("NFKC", visible(text)).strip()
    address = _SPEKTRIX_ADDRESS.match(plain)
    if address is None:
        return plain.strip("/")
    first_part = re.split(r"[/?#]", plain[address.end() :], maxsplit=1)[0]
    return visible(unquote(first_part)).strip()


def is_spektrix_address(text: str) -> bool:
    """Tell whether `text` is an address at Spektrix rather than a bare name."""
    return _SPEKTRIX_ADDRESS.match(visible(text).strip()) is not None


def api_user(text: str) -> str:
    """Return the user name as given but for what surrounds it; spaces inside may be meant."""
    return visible(text).strip()


def api_key(text: str) -> str:
    """Return the key without spaces, line breaks and surrounding quotes: none of them occurs in base64."""
    plain = "".join(unicodedata.normalize("NFKC", visible(text)).split())
    return plain.strip(_QUOTES)


def is_base64(key: str) -> bool:
    """Tell whether `key` can sign at all (API.md section 3)."""
    try:
        return bool(base64.b64decode(key, validate=True))
    except ValueError:
        return False
