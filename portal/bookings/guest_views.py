"""The guest list and one guest's page. Here, since a guest's visits belong to the bookings room."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.bookings import page
from portal.bookings.forms import SearchForm
from portal.venues.sessions import current_venue, signed_in

bp = Blueprint("guests", __name__)


@bp.get("/guests")
@signed_in
def index() -> ResponseReturnValue:
    form = SearchForm(request.args)
    if not form.validate():
        return render_template("guests/index.html", form=form, found=page.GuestList((), None)), 422
    before = request.args.get("before", type=int)
    found = page.guests(current_venue(), form.q.data, before)
    return render_template("guests/index.html", form=form, found=found)


@bp.get("/guests/<int:guest_id>")
@signed_in
def show(guest_id: int) -> ResponseReturnValue:
    return render_template("guests/show.html", page=page.guest(current_venue(), guest_id), next_try=None)
