"""The pages of the opening hours: the week, one period, and copying a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability import periods
from portal.availability.models import ServicePeriod
from portal.availability.periods import HasBookings, Overlaps
from portal.availability.reading import weekdays_of
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.days import WEEKDAYS, days_text, local_today
from portal.restaurant.forms import agrees_to, notice_text, number_shown
from portal.restaurant.hours import service, undo_check, week, whole_week
from portal.restaurant.hours.forms import CopyForm, PeriodForm
from portal.restaurant.hours.subjects import PERIOD, columns, values_of
from portal.restaurant.hours.whole_week import WEEK
from portal.restaurant.saving import SavedMeanwhile
from portal.restaurant.seats import seats_left_out
from portal.restaurant.views import after_save, bp
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only

saving.look_before_undo(PERIOD, undo_check.look)

_USUAL = {
    "slot_minutes": 15,
    "stay_2": 90,
    "stay_4": 105,
    "stay_6": 120,
    "stay_minutes": 150,
}

_BEGUN_LIKE = (*_USUAL, "covers", "most_covers", "most_parties")


@bp.get("/hours")
@managers_only
def hours() -> ResponseReturnValue:
    return _week_page(current_venue())


@bp.route("/hours/new", methods=["GET", "POST"])
@managers_only
def new_period() -> ResponseReturnValue:
    """Add a period."""
    venue = current_venue()
    begun_like = _newest(venue)
    form = PeriodForm() if request.method == "POST" else PeriodForm.of(_begin(venue, begun_like))
    if request.method == "POST":
        saving.hold(venue)
    _use(venue, form, None)
    if request.method == "GET":
        return _period_page(venue, form, None, begun_like=begun_like)
    if not form.validate_on_submit():
        return _period_page(venue, form, None), 422
    values = form.values()
    then = columns(values)
    if _overlaps(venue, form, then, None):
        return _period_page(venue, form, None), 422
    found = service.of_change(venue, None, then, None, clock.utc_now())
    if found and not agrees_to(found.mark):
        return _period_page(venue, form, None, found=found), 409
    notes = service.notes_on(venue, None, then, local_today(venue))
    row, saved = service.add(venue, values, current_staff().id)
    flash(" ".join([f"Added {row.name}.", *(f"{note}." for note in notes)]), "ok")
    return redirect(url_for("restaurant.hours", on=_day_to_show(venue, row), saved=saved.id), 303)


@bp.route("/hours/<int:row_id>", methods=["GET", "POST"])
@managers_only
def period(row_id: int) -> ResponseReturnValue:
    """Show and save one period."""
    venue = current_venue()
    if request.method == "POST":
        saving.hold(venue)
    row = periods.get(venue, row_id)
    form = PeriodForm() if request.method == "POST" else PeriodForm.of(values_of(row))
    _use(venue, form, row)
    if request.method == "GET":
        return _period_page(venue, form, row)
    if not form.validate_on_submit():
        return _period_page(venue, form, row), 422
    values = form.values()
    from_on = _from_on(form, row, values)
    then = columns(values) | ({"valid_from": from_on} if from_on else {})
    if _overlaps(venue, form, then, row):
        return _period_page(venue, form, row), 422
    found = service.of_change(venue, row, columns(values), from_on, clock.utc_now())
    is_current = number_shown() == saving.number_of(venue, PERIOD.kind, row_id)
    if found and is_current and not agrees_to(found.mark):
        return _period_page(venue, form, row, found=found), 409
    try:
        saved = service.save(venue, row, values, from_on, number_shown(), current_staff().id)
    except SavedMeanwhile as error:
        merged = PeriodForm.of(error.other.merged | {"change_from": form.change_from.data})
        row = periods.get(venue, row_id)
        _use(venue, merged, row)
        return _period_page(venue, merged, row, other_save=error.other), 409
    if saved is None or from_on is None or from_on <= (row.valid_from or date.min):
        return after_save(PERIOD, saved, row_id)
    new = next(each for each in periods.versions(venue, row) if each.valid_from == from_on)
    return redirect(url_for("restaurant.hours", on=from_on.isoformat(), changed=new.id), 303)


@bp.post("/hours/notes")
@managers_only
def period_notes() -> ResponseReturnValue:
    """Say of a service, while it is typed, what else runs at its times and which days it opens."""
    venue = current_venue()
    row_id = request.form.get("of_row", type=int)
    row = periods.get(venue, row_id) if row_id else None
    form = PeriodForm()
    _use(venue, form, row)
    form.validate()
    notes = []
    if not any(
        form[name].errors for name in ("weekdays", "opens", "last_seating", "valid_from", "valid_until")
    ):
        notes = service.notes_on(venue, row, form.hours(), local_today(venue))
    return render_template("restaurant/hours/_notes.html", notes=notes)


@bp.post("/hours/<int:row_id>/delete")
@managers_only
def delete_period(row_id: int) -> ResponseReturnValue:
    """Delete a period that nobody booked, or a change that is still to come."""
    venue = current_venue()
    saving.hold(venue)
    row = periods.get(venue, row_id)
    today = local_today(venue)
    name = row.name
    if number_shown() != saving.number_of(venue, PERIOD.kind, row_id):
        flash(f"{name} was changed meanwhile, so it was not deleted. Look at it again first.", "warn")
        return redirect(url_for("restaurant.period", row_id=row_id), 303)
    found = service.of_delete(venue, row, today, clock.utc_now())
    if found and not agrees_to(found.mark):
        form = PeriodForm.of(values_of(row))
        _use(venue, form, row)
        return _period_page(venue, form, row, found_on_delete=found), 409
    try:
        done, saved = service.delete(venue, row, today, current_staff().id)
    except HasBookings:
        db.session.rollback()
        flash(
            f"{name} has been booked, so it cannot be deleted. Set its last day instead.",
            "warn",
        )
        return redirect(url_for("restaurant.period", row_id=row_id, _anchor="valid_until"), 303)
    except Overlaps as error:
        other = error.other
        warning = (
            f"Without this change {name} would run at the same time as another {other.name}, on "
            f"{days_text(values_of(other)['weekdays'])}, {other.opens:%H:%M} to {other.last_seating:%H:%M}. "
            "Change that one first."
        )
        db.session.rollback()
        flash(warning, "warn")
        return redirect(url_for("restaurant.period", row_id=row_id), 303)
    flash(f"{done[0].upper()}{done[1:]}.", "ok")
    return redirect(url_for("restaurant.hours", saved=saved.id), 303)


@bp.post("/hours/copy")
@managers_only
def copy_day() -> ResponseReturnValue:
    """Make days of the week like another one."""
    venue = current_venue()
    saving.hold(venue)
    form = CopyForm()
    form.use(local_today(venue))
    if not form.validate_on_submit():
        return _week_page(venue, form), 422
    if request.form.get("week") != whole_week.mark(venue):
        return _week_page(venue, form, is_another=True), 409
    from_on = form.copy_from.day or local_today(venue)
    asked = form.copied_day.data, form.targets.data, from_on
    found = service.of_copy(venue, *asked, clock.utc_now())
    if found and not agrees_to(found.mark):
        return _week_page(venue, form, found=found), 409
    saved = service.copy_day(venue, *asked, current_staff().id)
    others = days_text([day for day in form.targets.data if day != form.copied_day.data])
    if saved:
        flash(f"{others} copied from {WEEKDAYS[form.copied_day.data]}.", "ok")
    else:
        flash(f"{others} had the same hours as {WEEKDAYS[form.copied_day.data]} already.", "info")
    on, save_id = from_on.isoformat(), saved.id if saved else None
    return redirect(url_for("restaurant.hours", on=on, saved=save_id), 303)


def _newest(venue: Venue) -> ServicePeriod | None:
    """Return the service that was added last."""
    return max(periods.weekly(venue), key=lambda row: row.id, default=None)


def _begin(venue: Venue, like: ServicePeriod | None) -> dict[str, Any]:
    """Return what a new service begins with: how guests come and stay as at another one, but not when."""
    if like:
        return {name: values_of(like)[name] for name in _BEGUN_LIKE}
    return _USUAL | {"covers": periods.sizes(venue).seats or None}


def _use(venue: Venue, form: PeriodForm, row: ServicePeriod | None) -> None:
    last = periods.versions(venue, row)[-1] if row else None
    form.use(
        periods.sizes(venue),
        local_today(venue),
        row,
        is_booked=row is not None and periods.is_booked(venue, row),
        is_last=last is None or row is None or last.id == row.id,
    )


def _from_on(form: PeriodForm, row: ServicePeriod, values: dict[str, Any]) -> date | None:
    """Return from when a change counts, None where it is of the row's own dates alone."""
    now = values_of(row)
    changed = {name for name, value in values.items() if now[name] != value}
    return form.from_on if changed - service.ABOUT_DATES else None


def _overlaps(venue: Venue, form: PeriodForm, then: dict[str, Any], row: ServicePeriod | None) -> bool:
    other = periods.overlapping(venue, then, row.id if row else None)
    if other is None:
        return False
    form.name.errors = (
        (
            f"Another {other.name} runs at that time on {days_text(values_of(other)['weekdays'])}, "
            f"{other.opens:%H:%M} to {other.last_seating:%H:%M}. Choose another name, days or times"
        ),
    )
    return True


def _day_to_show(venue: Venue, row: ServicePeriod) -> str | None:
    today = local_today(venue)
    return row.valid_from.isoformat() if row.valid_from and row.valid_from > today else None


def _week_page(venue: Venue, copy_form: CopyForm | None = None, **more: Any) -> str:
    today = local_today(venue)
    every = [
        row for row in periods.weekly(venue) if (row.valid_until or date.max) >= (row.valid_from or today)
    ]
    changes = _dates_of_change(every, today)
    shown = _asked_day(today)
    on = max((day for day in changes if day <= shown), default=today)
    rows = [row for row in every if periods.runs_at(row, on)]
    changed = _changed_now(rows)
    if copy_form is None:
        copy_form = CopyForm(formdata=None)
        copy_form.use(today)
        copy_form.copy_from.data = on.isoformat()
        copy_form.copied_day.data = min((day for row in rows for day in weekdays_of(row.weekdays)), default=0)
    return render_template(
        "restaurant/hours/hours.html",
        week=week.drawn(rows),
        rows=rows,
        days_text=days_text,
        values_of=values_of,
        on=on,
        today=today,
        changes=changes,
        copy_form=copy_form,
        changed=changed,
        changed_number=saving.number_of(venue, PERIOD.kind, changed.id) if changed else 0,
        week_mark=whole_week.mark(venue),
        left_out=seats_left_out(venue, today),
        last_change=saving.last_change(venue, WEEK),
        page_form=copy_form if copy_form.errors else None,
        **more,
    )


def _changed_now(rows: list[ServicePeriod]) -> ServicePeriod | None:
    """Return the change that led to this page, if it can be taken back."""
    changed = request.args.get("changed", type=int)
    return next((row for row in rows if row.id == changed and row.follows_id), None)


def _dates_of_change(rows: list[ServicePeriod], today: date) -> list[date]:
    """Return today, and every day from which the week will be another."""
    begins = {row.valid_from for row in rows if row.valid_from}
    ends = {row.valid_until + timedelta(days=1) for row in rows if row.valid_until}
    return [today, *sorted(day for day in begins | ends if day > today)]


def _asked_day(today: date) -> date:
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today


def _period_page(venue: Venue, form: PeriodForm, row: ServicePeriod | None, **more: Any) -> str:
    row_id = row.id if row else 0
    number = saving.number_of(venue, PERIOD.kind, row_id) if row else 0
    if "other_save" in more:
        number = more["other_save"].number
    elif request.method == "POST" and "found_on_delete" not in more:
        number = number_shown()
    rules = periods.online_rules(venue)
    return render_template(
        "restaurant/hours/period.html",
        form=form,
        row=row,
        row_id=row_id,
        number=number,
        versions=periods.versions(venue, row) if row else [],
        rules=rules,
        venue_notice=notice_text(rules.notice_minutes),
        seats=periods.sizes(venue).seats,
        runs_on=days_text(weekdays_of(row.weekdays), None) if row else "",
        page_form=form if form.errors else None,
        **more,
    )
