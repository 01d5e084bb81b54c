"""What a request says of the page that sent it: whose it is, and whether htmx swaps the answer into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import abort, current_app, request

from portal import config

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
P = ParamSpec("P")
R = TypeVar("R")


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


def takes_file(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view's form bring a file, of which the whole request may have `most_bytes`; no other's may."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]  # the guards around a view pass it on
        return view

    return mark


def may_bring_file() -> bool:
    """Tell whether this request goes to a view that takes a file, and let it be as long as that view says."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "most_bytes", None)
    if most_bytes is not None:
        request.max_content_length = most_bytes
    return most_bytes is not None


def wants_fragment() -> bool:
    """True when htmx asked and will swap the answer into the page."""
    return request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )
