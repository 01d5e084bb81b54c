"""The booking window with settings that are not saved yet, and how well a colour can be read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.venues.sessions import current_venue, signed_in
from portal.widgets import palette
from portal.widgets.setup import pages, preview, settings, values
from portal.widgets.setup.forms import WidgetForm

bp = Blueprint("previews", __name__, url_prefix="/widgets")


@bp.get("/<public_id>/preview")
@signed_in
def show(public_id: str) -> ResponseReturnValue:
    """Show the guest's first screen with the unsaved settings in the query; saved ones stand in for errors.

    It runs no script, its links lead nowhere and its policy blocks every form, so nothing can be booked
    from it. Only our own pages may frame it.
    """
    widget = settings.find(current_venue(), public_id)
    form = _typed()
    typed = form.previewed(values.of(widget))
    state = preview.state_of(request.args.get("state", ""))
    drawn = preview.of(current_venue(), widget, typed, state, clock.utc_now())
    g.frame_ancestors, g.form_targets = "'self'", "'none'"
    return render_template(
        "widgets/setup/_preview.html",
        **vars(drawn),
        times=drawn.screen.times,
        show=drawn.screen.show,
        typed={},
        theme=typed.theme.value,
        style=url_for("previews.style", public_id=public_id, color=typed.color),
        url_for=_no_url,
    )


@bp.get("/<public_id>/preview.css")
@signed_in
def style(public_id: str) -> ResponseReturnValue:
    """Answer the colours of a preview; the saved ones where the query has no colour."""
    widget = settings.find(current_venue(), public_id)
    color = _typed().previewed(values.of(widget)).color
    response = make_response(palette.style_sheet(color))
    response.mimetype = "text/css"
    return response


@bp.get("/<public_id>/reading")
@signed_in
def reading(public_id: str) -> ResponseReturnValue:
    """Answer the fragment that says how well a colour can be read."""
    widget = settings.find(current_venue(), public_id)
    form = _typed()
    return render_template(
        "widgets/setup/_reading.html", contrast=pages.contrast(form, widget), announce=True
    )


def _typed() -> WidgetForm:
    form = WidgetForm(formdata=request.args, meta={"csrf": False})
    form.validate()
    return form


def _no_url(_endpoint: str, **_values: Any) -> str:
    """Stand in for url_for in the guest's templates."""
    return "#"
