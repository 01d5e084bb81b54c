"""The page that stops reminders. It works signed out, and for mail programs too."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.extensions import limiter
from portal.letters.reminders import stops
from portal.letters.reminders.stops import Reader
from portal.scoping import NotHere

bp = Blueprint("letter_stops", __name__)


@bp.get("/reminders/<token>")
def page(token: str) -> ResponseReturnValue:
    """Show the buttons. Mail programs follow links by themselves, so opening the page stops nothing."""
    try:
        reader = stops.reader_of(token)
    except NotHere:
        return _page(None, "gone"), 404
    return _page(reader, "stopped" if reader.has_stopped else "ask")


@bp.post("/reminders/<token>")
@limiter.limit("60 per minute")
def stop(token: str) -> ResponseReturnValue:
    """Stop the reminders of one booking, or of all at this address, as a mail program's own button asks."""
    try:
        reader = stops.reader_of(token)
    except NotHere:
        return _page(None, "gone"), 404
    only_this = request.form.get("of") == "booking"
    stops.stop(reader, only_this=only_this)
    return _page(reader, "stopped_one" if only_this else "stopped")


def _page(reader: Reader | None, step: str) -> str:
    return render_template("letters/stop.html", venue=reader.venue if reader else None, step=step)
