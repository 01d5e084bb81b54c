"""The two customer attributes: look them up, compare a name, make a trial write."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.integration.attributes import trial
from portal.integration.attributes.forms import CompareForm
from portal.integration.attributes.looks import look_up
from portal.integration.attributes.rows import said_of
from portal.integration.attributes.spelling import compare_best
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, managers_only

bp = Blueprint("attributes", __name__)


@bp.post("/integrations/spektrix/attributes")
@managers_only
def check() -> ResponseReturnValue:
    look = look_up(current_venue())
    flash(look.sentence, look.tone)
    return _back()


@bp.route("/integrations/spektrix/attributes/compare", methods=["GET", "POST"])
@managers_only
def compare() -> ResponseReturnValue:
    form = CompareForm()
    valid = form.validate_on_submit()
    comparison = compare_best(form.name.data or "") if valid else None
    template = "_comparison" if wants_fragment() else "compare"
    page = render_template(f"integration/attributes/{template}.html", form=form, comparison=comparison)
    return page, 200 if valid or request.method == "GET" else 422


@bp.post("/integrations/spektrix/attributes/trial", endpoint="trial")
@managers_only
def trial_write() -> ResponseReturnValue:
    """Make a trial write, or with `do` "undo" put back the old values that an earlier one replaced."""
    what = request.form.get("do", "write")
    if what not in {"write", "undo"}:
        abort(400)
    act = trial.put_back if what == "undo" else trial.run
    try:
        tone, sentence = said_of(act(current_venue(), current_staff().id))
    except trial.NotNow as refusal:
        tone, sentence = "warn", refusal.reason
    flash(f"Trial write: {sentence}", tone)
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("integration.spektrix") + "#_attributes", 303)
