"""How a widget gets onto a website: its code, the lines for a security policy, and Check a page."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user

from portal.extensions import limiter
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in
from portal.widgets.page_check import service as checking
from portal.widgets.page_check.service import Report
from portal.widgets.rules import NotUsable
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import embedding, settings

bp = Blueprint("embedding", __name__, url_prefix="/widgets")

_TOO_MANY = "Too many pages were checked in a short time. Wait a minute, then check again."


# Asked before anybody is let in, so there may be nobody.
def _person() -> str:
    return f"page checks of {current_staff().id if current_user.is_authenticated else 'nobody'}"


def _venue() -> str:
    return f"page checks at {current_venue().id if current_user.is_authenticated else 'none'}"


@bp.get("/<public_id>/code")
@signed_in
def code(public_id: str) -> ResponseReturnValue:
    """Show the code with the notes of one tab; to htmx only the card."""
    published = PublishedWidget(settings.find(current_venue(), public_id), current_venue())
    template = "widgets/setup/_code.html" if wants_fragment() else "widgets/setup/code.html"
    return render_template(
        template,
        code=embedding.code_of(published, request.args.get("tab", "")),
        may_change=current_staff().is_manager,
    )


@bp.post("/<public_id>/check")
@managers_only
@limiter.limit("10 per minute", key_func=_person)
@limiter.limit("30 per minute; 300 per hour", key_func=_venue, deduct_when=lambda r: r.status_code == 200)
def check(public_id: str) -> ResponseReturnValue:
    """Check a page of a website on the list; to htmx only the answer."""
    published = PublishedWidget(settings.find(current_venue(), public_id), current_venue())
    name, typed = published.widget.name, request.form.get("address", "")
    try:
        return _answer(public_id, name, typed, report=checking.check(published, typed))
    except NotUsable as error:
        return _answer(public_id, name, typed, problem=f"{error}."), 422


@bp.errorhandler(RateLimitExceeded)
def _too_many(_error: RateLimitExceeded) -> ResponseReturnValue:
    public_id = str((request.view_args or {})["public_id"])
    answer = _answer(public_id, "This widget", request.form.get("address", ""), problem=_TOO_MANY)
    return answer, 422 if wants_fragment() else 429


def _answer(public_id: str, name: str, typed: str, *, report: Report | None = None, problem: str = "") -> str:
    return render_template(
        "widgets/page_check/_check.html" if wants_fragment() else "widgets/page_check/check.html",
        public_id=public_id,
        name=name,
        address=report.address if report else typed[:2000],
        report=report,
        problem=problem,
    )
