"""The page that stops the emails about the connection. It works signed out, and for mail programs too."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.extensions import limiter
from portal.scoping import NotHere
from portal.venues import service

bp = Blueprint("letters", __name__)


@bp.get("/letters/<token>")
def page(token: str) -> ResponseReturnValue:
    """Show the button. Mail programs follow links by themselves, so opening the page stops nothing."""
    try:
        return _page(service.reader_of(token).letters_stopped_at is not None)
    except NotHere:
        return _page(None), 404


@bp.post("/letters/<token>")
@limiter.limit("60 per minute")
def stop(token: str) -> ResponseReturnValue:
    """Stop the emails, as a mail program's own button asks, unless the page asks to start them again."""
    stopped = request.form.get("emails") != "start"
    try:
        service.stop_letters(token, stopped=stopped)
    except NotHere:
        return _page(None), 404
    return _page(stopped)


def _page(stopped: bool | None) -> str:
    return render_template("integration/settings/letters.html", stopped=stopped)
