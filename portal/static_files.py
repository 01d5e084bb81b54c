"""Files of static/ have addresses that name what is in them, so that browsers may keep them for a year.

A file that a style sheet names by itself, such as a font, has no such address and is asked about each time.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

_YEAR_SECONDS = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    """Add the digest to every address of a static file, and let what is asked for by it be kept."""
    app.url_defaults(_name_contents)
    app.after_request(_let_keep)


def _name_contents(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "v" not in values:
        values["v"] = _digest(Path(str(current_app.static_folder)) / values["filename"])


@lru_cache(maxsize=256)
def _digest(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None


def _let_keep(response: Response) -> Response:
    asked = request.args.get("v")
    if request.endpoint != "static" or not asked or response.status_code >= 400:
        return response
    if asked == _digest(Path(str(current_app.static_folder)) / (request.view_args or {})["filename"]):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR_SECONDS
        response.cache_control["immutable"] = None
    return response
