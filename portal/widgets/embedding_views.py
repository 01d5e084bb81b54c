"""How a widget gets onto a website: its code, the lines of a policy, and a look at the page."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.htmx import wants_fragment
from portal.venues.sessions import current_staff, current_venue, signed_in
from portal.widgets import embedding, settings
from portal.widgets.service import Published

bp = Blueprint("embedding", __name__, url_prefix="/widgets")


@bp.get("/<public_id>/code")
@signed_in
def code(public_id: str) -> ResponseReturnValue:
    """Show the code with the notes of one tab; to htmx the card alone."""
    shop = Published(settings.find(current_venue(), public_id), current_venue())
    template = "widgets/_code.html" if wants_fragment() else "widgets/code.html"
    return render_template(
        template,
        code=embedding.code_of(shop, request.args.get("tab", "")),
        may_change=current_staff().is_manager,
    )
