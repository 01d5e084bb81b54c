"""Files of static/ have addresses that name what is in them, so that browsers may keep them for a year.

The script of the diner's frame and the portal's style sheet are joined from several. The style sheet is
answered in the folder of its parts, so that the fonts which they name are found from there too. A font's own
address does not name its contents, so browsers ask about it each time.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.joined_files import ServedFile, answer, joined, script

# Of two rules for one element the later part's wins.
_PORTAL_PARTS = (
    "text",
    "shell",
    "buttons",
    "cards",
    "tables",
    "forms",
    "spektrix",
    "widget-setup",
    "help",
    "touch",
)
_YEAR_SECONDS = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    """Add the digest to every address of a static file, and let what is asked for by it be kept."""
    app.url_defaults(_name_contents)
    app.after_request(_let_keep)
    app.add_url_rule("/static/portal/joined-<digest>.css", "portal_style", _portal_style)
    app.add_template_global(_portal_style_address, "portal_style_address")
    app.add_url_rule("/frame.<digest>.js", "frame_script", _frame_script)
    app.add_template_global(_frame_script_address, "frame_script_address")


def _name_contents(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "v" not in values:
        values["v"] = _digest(_folder() / values["filename"])


@lru_cache(maxsize=256)
def _digest(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None


def _let_keep(response: Response) -> Response:
    asked = request.args.get("v")
    if request.endpoint != "static" or not asked or response.status_code >= 400:
        return response
    if asked == _digest(_folder() / (request.view_args or {})["filename"]):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR_SECONDS
        response.cache_control["immutable"] = None
    return response


@lru_cache(maxsize=1)
def joined_portal_style(folder: Path) -> ServedFile:
    """Return the style sheet of all pages but the diner's: what they share with it first, then the parts."""
    return ServedFile.of(joined(folder, ["shared.css", *(f"portal/{part}.css" for part in _PORTAL_PARTS)]))


def _portal_style(digest: str) -> ResponseReturnValue:
    return answer(joined_portal_style(_folder()), digest, "text/css")


def _portal_style_address() -> str:
    return url_for("portal_style", digest=joined_portal_style(_folder()).digest)


@lru_cache(maxsize=1)
def joined_frame_script(folder: Path) -> ServedFile:
    """Return the script of the diner's frame: htmx, which comes minified, between our own."""
    htmx = joined(folder, ["vendor/htmx-2.0.11.min.js"])
    parts = script(folder, ["no-storage.js"]), htmx, script(folder, ["reading.js", "widget.js"])
    return ServedFile.of("\n".join(parts))


def _frame_script(digest: str) -> ResponseReturnValue:
    response = answer(joined_frame_script(_folder()), digest, "text/javascript")
    # The frame asks for this of all that it loads; in a builder's sandbox it has no origin to be the same as.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _frame_script_address() -> str:
    return url_for("frame_script", digest=joined_frame_script(_folder()).digest)


def _folder() -> Path:
    return Path(str(current_app.static_folder))
