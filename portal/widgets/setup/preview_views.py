"""The booking window as it would look with settings that are not saved yet, and what is said of a colour."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.venues.sessions import current_venue, signed_in
from portal.widgets import palette
from portal.widgets.setup import page as configurator
from portal.widgets.setup import preview, settings, values
from portal.widgets.setup.forms import WidgetForm

bp = Blueprint("previews", __name__, url_prefix="/widgets")


@bp.get("/<public_id>/preview")
@signed_in
def show(public_id: str) -> ResponseReturnValue:
    """Draw the diner's first screen from the query's unsaved settings; what is wrong there is as saved.

    It runs no script, its addresses lead nowhere and its policy lets no form go, so nothing can be booked
    from it. Only our own pages may frame it.
    """
    widget = settings.find(current_venue(), public_id)
    form = _typed()
    typed = form.look(values.of(widget))
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
        url_for=_nowhere,
    )


@bp.get("/<public_id>/preview.css")
@signed_in
def style(public_id: str) -> ResponseReturnValue:
    """Answer the colours of a preview, or those that are saved where the query's is no colour."""
    widget = settings.find(current_venue(), public_id)
    return _css(palette.style_sheet(_typed().look(values.of(widget)).color))


@bp.get("/<public_id>/reading")
@signed_in
def reading(public_id: str) -> ResponseReturnValue:
    """Answer the fragment that says how well a colour reads."""
    widget = settings.find(current_venue(), public_id)
    form = _typed()
    return render_template(
        "widgets/setup/_reading.html", reading=configurator.reading(form, widget), announce=True
    )


def _typed() -> WidgetForm:
    form = WidgetForm(formdata=request.args, meta={"csrf": False})
    form.validate()
    return form


def _css(text: str) -> Response:
    response = make_response(text)
    response.mimetype = "text/css"
    return response


def _nowhere(_endpoint: str, **_values: Any) -> str:
    """Stand in for url_for in the diner's templates."""
    return "#"
