"""What a request says of the page that sent it: whose it is, and whether htmx swaps the answer into it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, request

from portal import config

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_ours(origin: str) -> bool:
    """Tell whether `origin`, as a browser sends it, is the portal's own."""
    addresses = (request.host_url, config.current().portal_url)
    return any(origin == f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses))


def says_ours() -> bool:
    """Tell whether the browser itself says that a page of ours sent this request."""
    origin = request.headers.get("Origin")
    return is_ours(origin) if origin is not None else request.headers.get("Sec-Fetch-Site") == "same-origin"


def refuse_foreign_change() -> None:
    """Refuse a change that a browser says another site asked for (403), token or not (X01).

    The published widget runs on other sites and keeps a list of its own.
    """
    if request.method in SAFE_METHODS or request.blueprint == "public":
        return
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(origin):
        abort(403)
    if origin is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def wants_fragment() -> bool:
    """True when htmx asked and will swap the answer into the page."""
    return request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )
