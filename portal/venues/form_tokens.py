"""Which venue's page a form was on. Every form's signed token names it, also after the session has ended.

The token is Flask-WTF's: a signed copy of a random text of the session. That text names the venue as well.
"""

from __future__ import annotations

import secrets

from flask import current_app, g, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

_NAME = "csrf_token"
_SALT = "wtf-csrf-token"


def mark_session(venue_id: int) -> None:
    """Let the tokens of this session name the venue; called once, as somebody signs in."""
    session[_NAME] = f"{secrets.token_hex(20)}.{venue_id}"
    # The token of the sign-in form, which this answer would otherwise go on using.
    g.pop(_NAME, None)


def venue_of_form() -> int | None:
    """Return the venue whose page the form of this request was on, None without a token of ours."""
    token = request.form.get(_NAME) or request.headers.get("X-CSRFToken", "")
    try:
        text = URLSafeTimedSerializer(current_app.secret_key or "", salt=_SALT).loads(token)
    except BadData:
        return None
    venue_id = text.partition(".")[2] if isinstance(text, str) else ""
    return int(venue_id) if venue_id.isdecimal() else None
