"""What a manager decides about a guest's customer link, and what Spektrix holds now."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.bookings.guest_pages import page as guest_page
from portal.integration.links import decisions as link_decisions, drift as drifts
from portal.integration.links.decisions import Deciding, NotDecided, Refusal
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, managers_only

bp = Blueprint("links", __name__)

_WORDS = {
    Refusal.CHANGED: "Nothing was changed. The link has changed since you opened this page. Check it again.",
    Refusal.TAKEN: (
        "Nothing was changed. Another guest is now linked to this customer. "
        "Unlink that guest first, or merge the two if they are the same person."
    ),
    Refusal.NOT_CONNECTED: (
        "Nothing was changed. This customer belongs to a client name that you no longer use."
    ),
}


@bp.route("/guests/<int:guest_id>/link/confirm", methods=["GET", "POST"])
@managers_only
def confirm(guest_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        said = "Linked. Visits completed from now on are sent to this customer."
        return _decide(guest_id, link_decisions.confirm, said)
    page = guest_page.of(current_venue(), guest_id)
    customer_id = request.args.get("customer", "")
    if customer_id not in page.candidates:
        return _back(guest_id, _WORDS[Refusal.CHANGED], "warn")
    return render_template("guests/confirm_link.html", page=page, customer_id=customer_id)


@bp.post("/guests/<int:guest_id>/link/reject")
@managers_only
def reject(guest_id: int) -> ResponseReturnValue:
    return _decide(
        guest_id, link_decisions.reject, "Rejected. This customer will not be suggested for this guest again."
    )


@bp.post("/guests/<int:guest_id>/link/unlink")
@managers_only
def unlink(guest_id: int) -> ResponseReturnValue:
    said = "Unlinked. Nothing more is sent to this customer. What was sent before is not taken back."
    return _decide(guest_id, link_decisions.unlink, said)


@bp.post("/guests/<int:guest_id>/drift")
@managers_only
def drift(guest_id: int) -> ResponseReturnValue:
    found = drifts.look(current_venue(), guest_id)
    page = guest_page.of(current_venue(), guest_id)
    name = "guests/_drift.html" if wants_fragment() else "guests/show.html"
    return render_template(name, page=page, drift=found, next_try=None)


def _decide(guest_id: int, decision: Callable[[Deciding], None], said: str) -> ResponseReturnValue:
    customer_id = request.form.get("customer", "")
    try:
        decision(Deciding(current_venue(), guest_id, customer_id, current_staff().id))
    except NotDecided as error:
        return _back(guest_id, _WORDS[error.why], "warn")
    return _back(guest_id, said)


def _back(guest_id: int, said: str, tone: str = "ok") -> ResponseReturnValue:
    flash(said, tone)
    return redirect(url_for("guests.show", guest_id=guest_id), 303)
