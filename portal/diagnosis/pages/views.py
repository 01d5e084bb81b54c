"""Find the fault: four symptoms, each with a page that looks for its cause and names the next step."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user

from portal import clock
from portal.bookings.models import Booking
from portal.diagnosis.pages import sending_progress, widgets_set_to_none
from portal.diagnosis.pages.forms import ExpectedForm
from portal.diagnosis.pages.missing_visits import missing_visits
from portal.diagnosis.pages.next_steps import Place
from portal.diagnosis.pages.page import Page
from portal.diagnosis.pages.sending_progress import Sending
from portal.diagnosis.pages.widgets_set_to_none import SwitchedOff
from portal.diagnosis.support import bundle as bundles
from portal.diagnosis.support.desk import desk_for
from portal.diagnosis.symptoms import overview as symptoms
from portal.diagnosis.symptoms.connection import diagnose_connection
from portal.diagnosis.symptoms.pre_fill import choose, diagnose_pre_fill
from portal.diagnosis.symptoms.visit import diagnose_visit, newest_visit_id
from portal.diagnosis.symptoms.writes import diagnose_writes
from portal.extensions import limiter
from portal.findings import Code
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

bp = Blueprint("diagnosis", __name__)


def _person() -> str:
    return f"{getattr(current_user, 'id', '')} {get_remote_address()}"


# Seconds for which a page looks again by itself.
_LOOKS_FOR = 60
# Each run asks Spektrix a few questions; a person who waits for each answer stays well below.
live_runs = limiter.shared_limit("20 per minute", scope="find-the-fault", key_func=_person, methods=["POST"])


@bp.get("/find-the-fault")
@signed_in
def index() -> ResponseReturnValue:
    missing = missing_visits(current_venue())
    return render_template("diagnosis/index.html", symptoms=symptoms.SYMPTOMS, missing=missing)


@bp.route("/find-the-fault/connection", methods=["GET", "POST"])
@live_runs
@managers_only
def connection() -> ResponseReturnValue:
    diagnosis = diagnose_connection(current_venue(), live=_live())
    return _show(
        Page(
            symptoms.CONNECTION, diagnosis, url_for("diagnosis.connection"), Place(), manager=True, was=_was()
        )
    )


@bp.route("/find-the-fault/pre-fill", methods=["GET", "POST"])
@live_runs
@managers_only
def pre_fill() -> ResponseReturnValue:
    wanted = request.values.get("widget", ""), request.values.get("page", "")
    choice = choose(current_venue(), *wanted)
    chosen = {"widget": choice.widget.public_id, "page": choice.page} if choice.widget else {}
    diagnosis = diagnose_pre_fill(current_venue(), choice, live=_live())
    place = Place(widget=chosen.get("widget"))
    page = Page(
        symptoms.PRE_FILL,
        diagnosis,
        url_for("diagnosis.pre_fill"),
        place,
        manager=True,
        again=chosen,
        was=_was(),
    )
    return _show(page, "diagnosis/pre_fill.html", choice=choice)


@bp.route("/find-the-fault/writes", methods=["GET", "POST"])
@live_runs
@managers_only
def writes() -> ResponseReturnValue:
    diagnosis = diagnose_writes(current_venue(), live=_live())
    return _show(
        Page(symptoms.WRITES, diagnosis, url_for("diagnosis.writes"), Place(), manager=True, was=_was())
    )


@bp.route("/bookings/<int:booking_id>/find-the-fault", methods=["GET", "POST"])
@live_runs
@signed_in
def visit(booking_id: int) -> ResponseReturnValue:
    booking = Booking.get_for(current_venue().id, booking_id)
    place = Place(booking.id, booking.guest_id, newest_visit_id(booking))
    diagnosis = diagnose_visit(current_venue(), booking, live=_live())
    here = url_for("diagnosis.visit", booking_id=booking_id)
    page = Page(symptoms.VISIT, diagnosis, here, place, current_staff().is_manager, was=_was())
    # A page that looks again by itself, and has nothing new to show, is left alone so that focus stays.
    if request.args.get("until") and request.args.get("since") == page.diagnosis.code:
        over = clock.utc_now().timestamp() > request.args.get("until", 0, type=int)
        # 286 tells htmx to look no more.
        return "", 286 if over else 204, {"HX-Reswap": "none"}
    if page.offers_sending and page.manager and sending_progress.may_be_sent(current_venue(), place.entry_id):
        page = replace(page, send_now=url_for("visits.send", entry_id=place.entry_id))
    return _show(page, "diagnosis/visit.html", booking=booking)


@bp.route("/find-the-fault/bundle", methods=["GET", "POST"])
@managers_only
def bundle() -> ResponseReturnValue:
    """Show the bundle with what somebody expected in it, or hand it over as a file."""
    form = ExpectedForm()
    fits = request.method == "GET" or form.validate_on_submit()
    expected = (form.expected.data or "") if fits else ""
    venue = current_venue()
    findings = _findings(request.values.get("booking", type=int))
    written = bundles.write(venue, findings, expected)
    if fits and request.values.get("as") == "file":
        headers = {"Content-Disposition": 'attachment; filename="support-bundle.txt"'}
        return Response(written, content_type="text/plain; charset=utf-8", headers=headers)
    found = next((diagnosis.finding for _, diagnosis in findings if diagnosis.finding), None)
    page = render_template(
        "diagnosis/bundle.html", form=form, text=written, found=found, desk=desk_for(venue, found, expected)
    )
    return page, 200 if fits else 422


@bp.get("/find-the-fault/sending")
@signed_in
def sending() -> ResponseReturnValue:
    """Answer the closing line anew, as it asks for it."""
    look = min(max(request.args.get("try", 0, type=int), 0), sending_progress.LOOKS)
    return render_template("diagnosis/_sending.html", sending=sending_progress.sending(current_venue(), look))


@bp.app_template_global()
def visits_on_their_way() -> Sending:
    """Let the Spektrix page end a fix with how many visits it sends."""
    return sending_progress.sending(current_venue())


@bp.app_template_global()
def widget_that_was_filling() -> SwitchedOff | None:
    """Let the diary say that a widget which guests used was set to None."""
    return widgets_set_to_none.was_filling(current_venue())


@bp.app_template_global()
def widget_set_to_none() -> SwitchedOff | None:
    """Let the Spektrix page say since when no widget uses it."""
    return widgets_set_to_none.last_of_all(current_venue())


def _findings(booking_id: int | None) -> bundles.Findings:
    """Say what is known of each symptom; of a visit only where the bundle is made for one."""
    venue = current_venue()
    found = [
        (symptoms.CONNECTION, diagnose_connection(venue, live=False)),
        (symptoms.PRE_FILL, diagnose_pre_fill(venue, choose(venue, "", ""), live=False)),
        (symptoms.WRITES, diagnose_writes(venue, live=False)),
    ]
    if booking_id is not None:
        booking = Booking.get_for(venue.id, booking_id)
        found.insert(0, (symptoms.VISIT, diagnose_visit(venue, booking, live=False)))
    return found


def _live() -> bool:
    return request.method == "POST"


def _was() -> Code | None:
    """Return what the page said was wrong when its button was pressed."""
    code = request.values.get("was", "")
    return Code(code) if code in {*Code} else None


def _show(page: Page, template: str = "diagnosis/result.html", **names: object) -> str:
    desk = desk_for(current_venue(), page.finding)
    names |= {"page": page, "desk": desk, "look_until": int(clock.utc_now().timestamp()) + _LOOKS_FOR}
    if wants_fragment():
        return render_template("diagnosis/_result.html", updates=True, **names)
    return render_template(template, **names)
