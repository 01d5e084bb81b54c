"""The log of visits: what was sent, what waits, and what a manager decides about it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal.bookings.diary.page import Send
from portal.clock import to_local
from portal.database import writing
from portal.integration.connection import queries
from portal.integration.visits import (
    csv_export as visit_csv,
    decisions as visit_decisions,
    log as visits,
)
from portal.integration.visits.forms import DiscardForm, LogForm, chosen
from portal.integration.visits.questions import Question, questions
from portal.integration.visits.rules import Wanted
from portal.outbox.models import Correction
from portal.venues.return_paths import safe_next
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

bp = Blueprint("visits", __name__)

_DISCARDED = "discarded_visits"
_PAUSED = "Spektrix is paused, so nothing was sent. Switch Active on first."
_CHANGED = (
    "Nothing was sent, since the visit, the guest’s link or their bookings have changed. Check it again."
)
_NOT_CONNECTED = "Spektrix is not connected, so nothing was sent. Enter the details first."


@bp.get("/integrations/spektrix/visits")
@signed_in
def index() -> ResponseReturnValue:
    form = LogForm(request.args)
    right = form.validate()
    return _log_page(form), 200 if right else 422


@bp.get("/integrations/spektrix/visits.csv")
@managers_only
def csv() -> ResponseReturnValue:
    form = LogForm(request.args)
    if not form.validate():
        return _log_page(form), 422
    venue, wanted = current_venue(), form.wanted
    with writing():
        visit_decisions.note_export(venue, current_staff().id, _in_words(wanted))
    most = visit_csv.MOST_ROWS
    rows, hint = visits.every_row(venue, wanted, most + 1)
    lines = visit_csv.lines(rows, most, venue.timezone, hint)
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="spektrix-visits.csv"'
    return answer


@bp.get("/integrations/spektrix/visits/<int:entry_id>")
@signed_in
def show(entry_id: int) -> ResponseReturnValue:
    return render_template("integration/visits/visit.html", visit=visits.one(current_venue(), entry_id))


@bp.post("/integrations/spektrix/visits/<int:entry_id>/send")
@managers_only
def send(entry_id: int) -> ResponseReturnValue:
    if visit_decisions.send(current_venue(), entry_id):
        flash("This visit is being sent now.")
    else:
        flash("Nothing was done. This visit is being sent already or does not need sending.", "info")
    return _back(url_for("visits.show", entry_id=entry_id))


@bp.post("/integrations/spektrix/visits/<int:entry_id>/send-what-holds")
@managers_only
def send_what_holds(entry_id: int) -> ResponseReturnValue:
    """Put right what Spektrix shows of a visit that was set back."""
    return _correct(entry_id, Correction.NEWEST, "The current values are being sent.")


@bp.route("/integrations/spektrix/visits/<int:entry_id>/empty", methods=["GET", "POST"])
@managers_only
def empty(entry_id: int) -> ResponseReturnValue:
    """Ask once more before both values are emptied."""
    if request.method == "POST":
        return _correct(entry_id, Correction.EMPTY, "Both values are being emptied.")
    visit = visits.one(current_venue(), entry_id)
    if visit.row.asks is None or not visit.row.asks.empties:
        flash(_CHANGED, "info")
        return redirect(url_for("visits.show", entry_id=entry_id), 303)
    return render_template("integration/visits/empty.html", row=visit.row)


@bp.app_template_filter()
def visit_question(sends: Sequence[Send]) -> Question | None:
    """Let a booking ask what its visit asks."""
    asked = questions(current_venue().id, [send.entry for send in sends])
    return next(iter(asked.values()), None)


@bp.post("/integrations/spektrix/visits/send")
@managers_only
def send_all() -> ResponseReturnValue:
    sent = visit_decisions.send_all(current_venue(), current_staff().id)
    flash(f"{_visits(sent)} that waited {_is(sent)} being sent now." if sent else "No visit is waiting.")
    return _back(url_for("integration.spektrix"))


@bp.get("/integrations/spektrix/held")
@signed_in
def held() -> ResponseReturnValue:
    form = LogForm(request.args)
    right = form.validate()
    return _held_page(DiscardForm(), form), 200 if right else 422


@bp.post("/integrations/spektrix/held/send")
@managers_only
def send_held() -> ResponseReturnValue:
    """Resume if paused, and send all held visits or those that were ticked."""
    ids = _ticked()
    if ids == []:
        flash("Tick the visits to send first.", "warn")
        return redirect(url_for("visits.held"), 303)
    sent = visit_decisions.send_held(current_venue(), current_staff().id, ids)
    if sent:
        flash(f"Spektrix is active. {_visits(sent)} that {_was(sent)} held {_is(sent)} being sent now.")
    else:
        flash("Spektrix is active. No visits were held.")
    return redirect(url_for("visits.held" if ids else "integration.spektrix"), 303)


@bp.post("/integrations/spektrix/held/discard")
@managers_only
def discard() -> ResponseReturnValue:
    ids, form = _ticked(), DiscardForm()
    if ids == []:
        form.form_errors.append("Tick the visits to discard first")
    if not form.validate_on_submit() or ids == []:
        return _held_page(form, LogForm(), ids or []), 422
    done = visit_decisions.discard(current_venue(), current_staff().id, form.why.data, ids)
    session[_DISCARDED] = done.can_be_taken_back
    if not done.can_be_taken_back:
        flash(f"{_visits(done.number)} discarded." if done.number else "No visits were held.")
    return redirect(url_for("visits.held"), 303)


@bp.post("/integrations/spektrix/held/take-back")
@managers_only
def take_back() -> ResponseReturnValue:
    """Hold visits again that were discarded by mistake."""
    ids = _ids(request.form.getlist("entry"))
    taken = visit_decisions.take_back(current_venue(), current_staff().id, ids)
    flash(f"{_visits(taken)} {_is(taken)} held again." if taken else "No visit was discarded.")
    return _back(url_for("visits.held"))


@bp.errorhandler(visit_decisions.Paused)
def _is_paused(_error: visit_decisions.Paused) -> ResponseReturnValue:
    flash(_PAUSED, "warn")
    return _back(url_for("integration.spektrix"))


@bp.errorhandler(visit_decisions.Resting)
def _is_resting(error: visit_decisions.Resting) -> ResponseReturnValue:
    until = to_local(error.until, current_venue().timezone)
    flash(
        "Spektrix asked us to wait, so nothing was sent. Waiting visits are sent automatically at "
        f"{until:%H:%M}.",
        "warn",
    )
    return _back(url_for("integration.spektrix"))


@bp.errorhandler(queries.NotConnected)
def _is_not_connected(_error: queries.NotConnected) -> ResponseReturnValue:
    flash(_NOT_CONNECTED, "warn")
    return redirect(url_for("integration.spektrix"), 303)


def _correct(entry_id: int, correction: Correction, said: str) -> ResponseReturnValue:
    owed = visit_decisions.send_what_holds(current_venue(), entry_id, current_staff().id, correction)
    flash(said) if owed else flash(_CHANGED, "info")
    return _back(url_for("visits.show", entry_id=entry_id))


def _log_page(form: LogForm) -> str:
    older, newer = form.places
    found = visits.log(current_venue(), form.wanted, older_than=older, newer_than=newer)
    return render_template("integration/visits/visits.html", form=form, log=found, asked=_asked(form.wanted))


def _held_page(discarding: DiscardForm, form: LogForm, ticked: list[int] | None = None) -> str:
    older, _ = form.places
    return render_template(
        "integration/visits/held.html",
        form=form,
        discarding=discarding,
        held=visits.held(current_venue(), older),
        ticked=ticked or [],
        discarded=session.pop(_DISCARDED, []),
    )


def _ticked() -> list[int] | None:
    """Return the visits that were ticked; None where all of them are meant."""
    return _ids(request.form.getlist("entry")) if request.form.get("which") == "ticked" else None


def _ids(numbers: list[str]) -> list[int]:
    try:
        return chosen(numbers)
    except ValueError:
        abort(400)


def _back(otherwise: str) -> ResponseReturnValue:
    """Go back to the page of ours that the button was on."""
    asked = request.form.get("next")
    return redirect(safe_next(asked) if asked else otherwise, 303)


def _asked(wanted: Wanted) -> dict[str, str | None]:
    """Return the search values that the page's links keep."""
    return {
        "q": wanted.q or None,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
    }


def _in_words(wanted: Wanted) -> str:
    """Describe the export without the search text, which may be a guest's name."""
    days = f"{wanted.since or 'the last 90 days'} to {wanted.until or 'today'}"
    return f"{wanted.show}, {days}{', by a search' if wanted.q else ''}"


def _visits(number: int) -> str:
    return f"{number:,} visit{'' if number == 1 else 's'}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
