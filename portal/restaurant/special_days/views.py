"""The page of the special days, and the page of one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability import special_days
from portal.availability.models import NOTE_LENGTH, SpecialDay
from portal.availability.special_days import Plan
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.days import local_today
from portal.restaurant.forms import agrees_to, number_shown
from portal.restaurant.kept import Consequences, Kept, bookings_of
from portal.restaurant.saving import CannotUndo, SavedMeanwhile
from portal.restaurant.special_days import added, overview, undo_check
from portal.restaurant.special_days.added import ADDED
from portal.restaurant.special_days.forms import SpecialDayForm
from portal.restaurant.special_days.subjects import (
    DELETED,
    KINDS,
    SPECIAL_DAY,
    period_values,
    periods_text,
    plan,
    values_of,
)
from portal.restaurant.views import after_save, bp
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only

saving.look_before_undo(SPECIAL_DAY, undo_check.look)
saving.look_before_undo(DELETED, undo_check.look_at_deleted)


@bp.get("/special-days", endpoint="special_days")
@managers_only
def list_days() -> ResponseReturnValue:
    venue = current_venue()
    return _list_page(venue)


@bp.post("/special-days/bank-holidays")
@managers_only
def close_bank_holidays() -> ResponseReturnValue:
    """Close the venue on the bank holidays that were ticked."""
    venue = current_venue()
    saving.hold(venue)
    wanted = set(request.form.getlist("closed_on"))
    chosen = [each for each in overview.bank_holidays(venue) if each.on.isoformat() in wanted]
    kept = [one for each in chosen for one in _kept(venue, each.on, Plan(closed=True))]
    found = Consequences(kept)
    if found and not agrees_to(found.mark):
        return _list_page(venue, found=found, ticked={each.on for each in chosen}), 409
    if not chosen:
        db.session.rollback()
        flash("Tick a day first.", "warn")
        return redirect(url_for("restaurant.special_days"), 303)
    plans = {each.on: Plan(closed=True, note=each.name[:NOTE_LENGTH]) for each in chosen}
    saved = added.add(venue, plans, ", ".join(map(_long, plans)), current_staff().id)
    db.session.commit()
    flash(f"Closed on {len(chosen)} bank holiday{'' if len(chosen) == 1 else 's'}.", "ok")
    return after_save(ADDED, saved)


@bp.route("/special-days/new", methods=["GET", "POST"])
@managers_only
def new_special_day() -> ResponseReturnValue:
    """Add a special day."""
    venue = current_venue()
    if request.method == "GET":
        return _blank_page(venue)
    saving.hold(venue)
    form = _form(venue)
    if "remove" in request.form:
        return _page_without(venue, form)
    if "show_hours" in request.form:
        return _page(venue, form, hours_of=_show_usual_hours(venue, form))
    if not form.validate_on_submit():
        return _page(venue, form, hours_of=_show_usual_hours(venue, form)), 422
    values, days = plan(form.values()), form.days
    found = Consequences([one for day in days for one in _kept(venue, day, values)])
    if found and not agrees_to(found.mark):
        return _page(venue, form, found=found), 409
    if taken := next((row for day in days if (row := special_days.on(venue, day))), None):
        said = f"{_long(taken.service_on)} is a special day already. Edit that one instead"
        form.service_on.errors = (said,)
        return _page(venue, form, taken=taken), 422
    said = _long(days[0]) + (f" to {_long(days[-1])}, {len(days)} days" if days[1:] else "")
    saved = added.add(venue, dict.fromkeys(days, values), said, current_staff().id)
    db.session.commit()
    flash(f"Added {said}.", "ok")
    return after_save(ADDED, saved)


@bp.route("/special-days/<int:row_id>", methods=["GET", "POST"])
@managers_only
def special_day(row_id: int) -> ResponseReturnValue:
    """Show and save one special day."""
    venue = current_venue()
    if request.method == "POST":
        saving.hold(venue)
    row = SpecialDay.get_for(venue.id, row_id)
    if request.method == "GET":
        return _page(venue, _form(venue, values_of(venue, row), row.service_on), row)
    form = _form(venue, day=row.service_on)
    if "remove" in request.form:
        return _page_without(venue, form, row)
    if not form.validate_on_submit():
        return _page(venue, form, row), 422
    values = form.values()
    found = Consequences(_kept(venue, row.service_on, plan(values)))
    if found and not agrees_to(found.mark):
        return _page(venue, form, row, found=found), 409
    try:
        saved = saving.save(venue, SPECIAL_DAY, values, number_shown(), current_staff().id, row_id)
    except SavedMeanwhile as error:
        merged = _form(venue, error.other.merged, row.service_on)
        return _page(venue, merged, row, other_save=error.other), 409
    except CannotUndo as error:
        db.session.rollback()
        form.form_errors.append(str(error))
        return _page(venue, form, row), 422
    return after_save(SPECIAL_DAY, saved, row_id)


@bp.route("/special-days/<int:row_id>/delete", methods=["GET", "POST"])
@managers_only
def delete_special_day(row_id: int) -> ResponseReturnValue:
    """Say what deleting a special day does, and let the day be like any other again."""
    venue = current_venue()
    if request.method == "POST":
        saving.hold(venue)
    row = SpecialDay.get_for(venue.id, row_id)
    day = row.service_on
    found = Consequences(_kept(venue, day, None))
    if request.method == "GET":
        return _question_page(venue, row, found)
    if found and not agrees_to(found.mark):
        return _question_page(venue, row, found), 409
    before = DELETED.read(venue, day.toordinal())
    special_days.delete(row)
    detail = f"Special day deleted: {_long(day)}"
    audit.record(venue.id, current_staff().id, Action.RESTAURANT_CHANGED, detail)
    saved = saving.count(venue, DELETED, before, {"day": None}, current_staff().id, day.toordinal())
    db.session.commit()
    flash(f"Deleted. {_long(day)} is a day like any other now.", "ok")
    return after_save(DELETED, saved)


@bp.post("/special-days/touched")
@managers_only
def special_day_touches() -> ResponseReturnValue:
    """Say which bookings to come a special day would leave where they no longer fit, while it is typed."""
    venue = current_venue()
    form = _form(venue, day=_day(request.form.get("of_day")))
    kept = None
    if form.validate():
        to_be = plan(form.values())
        kept = [one for day in form.days for one in _kept(venue, day, to_be)]
    return render_template("restaurant/special_days/_touched.html", touched=kept)


def _list_page(venue: Venue, **more: Any) -> str:
    return render_template(
        "restaurant/special_days/special_days.html",
        days=overview.next_ones(venue),
        kinds=KINDS,
        year=overview.year(venue, request.args.get("year", type=int)),
        bank_holidays=overview.bank_holidays(venue),
        last_change=saving.last_change(venue, ADDED),
        **more,
    )


def _question_page(venue: Venue, row: SpecialDay, found: Consequences) -> str:
    usual = special_days.usual_periods(venue, row.service_on)
    return render_template(
        "restaurant/special_days/delete.html",
        row=row,
        found=found,
        usual=periods_text([period_values(each) for each in usual]),
    )


def _blank_page(venue: Venue) -> ResponseReturnValue:
    """Return the form of a new day, begun with what its weekday has; of a special one, that one's page."""
    day = _day(request.args.get("on"))
    if day and (there := special_days.on(venue, day)):
        return redirect(url_for("restaurant.special_day", row_id=there.id))
    values = {
        "service_on": day.isoformat() if day else "",
        "kind": "closed",
        "periods": _usual_hours(venue, day),
        "note": request.args.get("note", ""),
    }
    return _page(venue, _form(venue, values), hours_of=day)


def _page_without(venue: Venue, form: SpecialDayForm, row: SpecialDay | None = None) -> str:
    """Return the form as it was typed, without the hours whose button was pressed. Saves nothing."""
    form.remove(request.form.get("remove", 0, type=int))
    return _page(venue, form, row, hours_of=_day(request.form.get("hours_of")), has_removed=True)


def _show_usual_hours(venue: Venue, form: SpecialDayForm) -> date | None:
    """Fill in what runs on the chosen date unless other hours were typed; return whose hours are shown."""
    before, day = _day(request.form.get("hours_of")), _day(form.service_on.data)
    # A year that is still being typed is long past.
    if day is None or day < local_today(venue) or not form.has_hours(_usual_hours(venue, before)):
        return before
    form.show_hours(_usual_hours(venue, day))
    return day


def _usual_hours(venue: Venue, day: date | None) -> list[dict[str, Any]]:
    return [period_values(each) for each in special_days.usual_periods(venue, day)] if day else []


def _form(venue: Venue, values: dict[str, Any] | None = None, day: date | None = None) -> SpecialDayForm:
    form = SpecialDayForm() if values is None else SpecialDayForm.of(values)
    form.use(special_days.tables(venue), local_today(venue), day)
    return form


def _kept(venue: Venue, day: date, to_be: Plan | None) -> list[Kept]:
    unfit = special_days.newly_unfit(venue, day, to_be, clock.utc_now())
    return bookings_of(venue, unfit)


def _page(venue: Venue, form: SpecialDayForm, row: SpecialDay | None = None, **more: Any) -> str:
    row_id = row.id if row else 0
    number = saving.number_of(venue, SPECIAL_DAY.kind, row_id) if row else 0
    if "other_save" in more:
        number = more["other_save"].number
    elif request.method == "POST":
        number = number_shown()
    return render_template(
        "restaurant/special_days/special_day.html",
        form=form,
        row=row,
        row_id=row_id,
        number=number,
        is_over=row is not None and row.service_on < local_today(venue),
        page_form=form if form.errors else None,
        **more,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _long(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
