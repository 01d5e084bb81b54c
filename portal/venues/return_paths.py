"""Which page of ours somebody goes to after signing in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request, url_for

from portal.page_requests import wants_fragment


def page_asked_for() -> str:
    """Return the page to come back to; for a fragment or a sent form, the page that it was on."""
    if request.method == "GET" and not wants_fragment():
        return request.full_path.rstrip("?")
    on = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    return f"{on.path}?{on.query}" if on.query else on.path


def is_path(target: str | None) -> bool:
    """Tell whether a browser stays on this site when it follows `target` (X14)."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return False
    return not any(character in target for character in "\\\r\n\t\0")


def safe_next(target: str | None) -> str:
    """Return `target` if it is a path of ours, else the diary."""
    return target if target and is_path(target) else url_for("bookings.diary")
