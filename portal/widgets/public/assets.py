"""The diner's frame loads one script and one style sheet, under addresses that name what is in them.

Browsers keep them for a year. The style sheet joins what all frames share with the colours of one widget, so
that nothing is asked for twice and no policy has to allow inline styles.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue

from portal.joined_files import ServedFile, answer, joined, minified
from portal.widgets import palette, service
from portal.widgets.models import Widget

_SCRIPTS = ("no-storage.js", "vendor/htmx-2.0.11.min.js", "widget.js")
_SHEETS = ("shared.css", "widget.css")


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for the two files."""
    bp.add_url_rule("/frame.<digest>.js", "script", _script)
    bp.add_url_rule("/w/<public_id>/style-<digest>.css", "style", _style)


def urls(widget: Widget) -> dict[str, str]:
    """Return where the frame of a widget finds its script and its style sheet, by template name."""
    style = joined_styles(_static(), widget.color)
    return {
        "script_url": url_for("public.script", digest=joined_scripts(_static()).digest),
        "style_url": url_for("public.style", public_id=widget.public_id, digest=style.digest),
    }


@lru_cache(maxsize=8)
def joined_scripts(folder: Path) -> ServedFile:
    """Return htmx between our own scripts as one; htmx comes minified already."""
    before, vendored, after = _SCRIPTS
    parts = minified(folder, [before]), joined(folder, [vendored]), minified(folder, [after])
    return ServedFile.of("\n".join(parts))


@lru_cache(maxsize=256)
def joined_styles(folder: Path, color: str) -> ServedFile:
    """Return the frame's style sheets as one, the widget's colours last."""
    return ServedFile.of("\n".join([joined(folder, _SHEETS), palette.style_sheet(color)]))


def _script(digest: str) -> ResponseReturnValue:
    return answer(joined_scripts(_static()), digest, "text/javascript")


def _style(public_id: str, digest: str) -> ResponseReturnValue:
    widget = service.find_published(public_id).widget
    return answer(joined_styles(_static(), widget.color), digest, "text/css")


def _static() -> Path:
    return Path(str(current_app.static_folder))
