"""The guest list and one guest's page. Here, since a guest's visits belong to the bookings room."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.bookings.diary.forms import SearchForm
from portal.bookings.guest_pages import (
    erasing,
    export as exports,
    merging,
    page as guest_page,
    search as guest_search,
    timeline as stories,
)
from portal.bookings.guest_pages.merging import NotMerged, Refusal
from portal.bookings.guest_pages.search import GuestList
from portal.database import writing
from portal.guests.models import Guest
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

bp = Blueprint("guests", __name__)

_NOT_MERGED = {
    Refusal.SAME: "Nothing was changed. Both are the same guest.",
    Refusal.ERASED: "Nothing was changed. One of the guests is erased.",
    Refusal.TWO_CUSTOMERS: (
        "Nothing was changed. The guests are linked to different Spektrix customers. "
        "Unlink one of them first."
    ),
    Refusal.BUSY: (
        "Nothing was changed. Something is being sent to Spektrix for one of these guests. "
        "Try again in a minute."
    ),
}


@bp.get("/guests")
@signed_in
def index() -> ResponseReturnValue:
    form = SearchForm(request.args)
    if not form.validate():
        return render_template("guests/index.html", form=form, found=GuestList((), None)), 422
    mark = request.args.get("before", type=int)
    if form.q.data:
        found = guest_search.found(current_venue(), form.q.data, mark)
    else:
        found = guest_search.newest(current_venue(), mark)
    return render_template("guests/index.html", form=form, found=found)


@bp.get("/guests/<int:guest_id>")
@signed_in
def show(guest_id: int) -> ResponseReturnValue:
    page = guest_page.of(current_venue(), guest_id)
    return render_template("guests/show.html", page=page, next_try=None, drift=None)


@bp.get("/guests/<int:guest_id>/timeline")
@signed_in
def timeline(guest_id: int) -> ResponseReturnValue:
    guest = Guest.get_for(current_venue().id, guest_id)
    before = stories.mark_from(request.args.get("before", ""))
    story = stories.page(current_venue(), guest_id, before)
    return render_template("guests/timeline.html", guest=guest, story=story, is_first=before is None)


@bp.get("/guests/<int:guest_id>/export.json")
@managers_only
def export(guest_id: int) -> ResponseReturnValue:
    with writing():
        answer = jsonify(exports.of(current_venue(), guest_id, current_staff().id))
    answer.headers["Content-Disposition"] = f'attachment; filename="guest-{guest_id}.json"'
    return answer


@bp.route("/guests/<int:guest_id>/erase", methods=["GET", "POST"])
@managers_only
def erase(guest_id: int) -> ResponseReturnValue:
    guest = Guest.get_for(current_venue().id, guest_id)
    if request.method == "GET":
        return render_template("guests/erase.html", guest=guest)
    customers = erasing.erase(current_venue(), guest_id, current_staff().id)
    return render_template("guests/erased.html", guest_id=guest_id, customers=customers)


@bp.route("/guests/<int:guest_id>/merge", methods=["GET", "POST"])
@managers_only
def merge(guest_id: int) -> ResponseReturnValue:
    kept = Guest.get_for(current_venue().id, guest_id)
    other = Guest.get_for(current_venue().id, request.values.get("other", 0, type=int))
    if request.method == "GET":
        return render_template("guests/merge.html", kept=kept, other=other)
    try:
        merging.merge(current_venue(), kept.id, other.id, current_staff().id)
    except NotMerged as error:
        flash(_NOT_MERGED[error.why], "warn")
    else:
        flash("Merged. All their bookings are now on this page.")
    return redirect(url_for("guests.show", guest_id=guest_id), 303)
