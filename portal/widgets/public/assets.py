"""The style sheet of a widget's frame, under an address that names its contents, so browsers may keep it.

It joins what all frames share with the colours of one widget, so that nothing is asked for twice and no
policy has to allow inline styles.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue

from portal.joined_files import ServedFile, answer, joined
from portal.widgets import palette, service
from portal.widgets.models import Widget

_SHEETS = ("shared.css", "widget.css")


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for the style sheet."""
    bp.add_url_rule("/w/<public_id>/style-<digest>.css", "style", _style)


def style_url(widget: Widget) -> str:
    """Return where the frame of a widget finds its style sheet."""
    style = joined_styles(_static(), widget.color)
    return url_for("public.style", public_id=widget.public_id, digest=style.digest)


@lru_cache(maxsize=256)
def joined_styles(folder: Path, color: str) -> ServedFile:
    """Return the frame's style sheets as one, the widget's colours last."""
    return ServedFile.of("\n".join([joined(folder, _SHEETS), palette.style_sheet(color)]))


def _style(public_id: str, digest: str) -> ResponseReturnValue:
    widget = service.find_published(public_id).widget
    return answer(joined_styles(_static(), widget.color), digest, "text/css")


def _static() -> Path:
    return Path(str(current_app.static_folder))
