"""Page or fragment: the same address serves both, told apart by the HX-Request header."""

from __future__ import annotations

from flask import request


def wants_fragment() -> bool:
    """True when htmx asked and will swap the answer into the page."""
    return request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )
