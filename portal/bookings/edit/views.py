"""Changing a booking: all of it on one page, or its table alone, which a drag in the diary does too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings import editing, labels, lapsing
from portal.bookings.diary import page as diary_page, refusals
from portal.bookings.diary.views import bp, not_done, told
from portal.bookings.edit import messages, page, still_open as still_open_days
from portal.bookings.edit.forms import OWN_PLACE, EditForm, MoveForm, form_of
from portal.bookings.editing import ChangedMeanwhile, NothingToUndo, Wanted, WhoseBooking
from portal.bookings.models import Booking, Status
from portal.bookings.rules import EDITABLE, CannotEdit
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, signed_in

_REFUSED = (CannotEdit, ChangedMeanwhile, SlotTaken, NotOffered, BusyNow)


@bp.get("/bookings/<int:booking_id>/edit")
@signed_in
def edit(booking_id: int) -> ResponseReturnValue:
    venue = current_venue()
    booking = Booking.get_for(venue.id, booking_id)
    if booking.status not in EDITABLE:
        return _over(booking)
    usual = page.usual_stay(venue, booking.starts_at, booking.party_size)
    return _page(booking, form_of(venue, booking, page.places(venue, booking, booking.starts_at), usual))


@bp.post("/bookings/<int:booking_id>/edit")
@signed_in
def save_edit(booking_id: int) -> ResponseReturnValue:
    """Save all of a booking at once; whatever refuses it, what was typed stays."""
    venue = current_venue()
    booking = Booking.get_for(venue.id, booking_id)
    form = EditForm(venue, booking, page.places(venue, booking, booking.starts_at))
    if not form.validate_on_submit() or form.starts_at is None:
        return _page(booking, form), 422
    wanted = form.wanted(page.usual_stay(venue, form.starts_at, form.party_size.data))
    # For anybody but a manager the rules count, whatever is sent.
    wanted = replace(wanted, past_rules=wanted.past_rules and current_staff().is_manager)
    before = booking.edits
    try:
        editing.edit(venue, booking_id, wanted, current_staff().id, seen=form.seen_edits)
    except WhoseBooking as error:
        form.ask_whose(error)
        return _page(Booking.get_for(venue.id, booking_id), form), 422
    except _REFUSED as error:
        booking = Booking.get_for(venue.id, booking_id)
        form.form_errors.append(_said(booking, wanted, error))
        if isinstance(error, ChangedMeanwhile):
            form.seen.data = str(booking.edits)
        refused = isinstance(error, (SlotTaken, NotOffered))
        return _page(booking, form, wanted if refused else None), 422
    booking = Booking.get_for(venue.id, booking_id)
    flash(_done(booking, before))
    return redirect(url_for("bookings.show", booking_id=booking_id), 303)


@bp.get("/bookings/<int:booking_id>/move")
@signed_in
def move_table(booking_id: int) -> ResponseReturnValue:
    booking = Booking.get_for(current_venue().id, booking_id)
    return _over(booking) if booking.status not in EDITABLE else _places(booking)


@bp.post("/bookings/<int:booking_id>/move")
@signed_in
def save_move(booking_id: int) -> ResponseReturnValue:
    """Give a booking another table, and another start where the form names one."""
    venue = current_venue()
    booking = Booking.get_for(venue.id, booking_id)
    form = MoveForm()
    if not form.validate_on_submit():
        return not_done(booking_id, "Nothing was changed. Load this page again.")
    before, key = booking.edits, form.place.data or None
    if key == OWN_PLACE:
        key = editing.place_of(venue, booking)
    past_rules = form.past_rules.data == "yes" and current_staff().is_manager
    wanted = Wanted(
        form.starts_at or booking.starts_at,
        booking.party_size,
        editing.as_it_is(booking).contact,
        key,
        booking.ends_at - booking.starts_at,
        past_rules=past_rules,
    )
    try:
        editing.move_place(
            venue,
            booking_id,
            key,
            form.starts_at,
            current_staff().id,
            form.seen_edits,
            past_rules=past_rules,
        )
    except _REFUSED as error:
        booking = Booking.get_for(venue.id, booking_id)
        text = _said(booking, wanted, error)
        if wants_fragment():
            return not_done(booking_id, text)
        refused = wanted if isinstance(error, (SlotTaken, NotOffered)) else None
        return _places(booking, text, refused), 422
    booking = Booking.get_for(venue.id, booking_id)
    return told(diary_page.line(venue, booking_id), _done(booking, before), _undo_address(booking, before))


@bp.post("/bookings/<int:booking_id>/undo/<int:change_id>")
@signed_in
def undo_change(booking_id: int, change_id: int) -> ResponseReturnValue:
    """Take the latest change of a booking back."""
    venue = current_venue()
    booking = Booking.get_for(venue.id, booking_id)
    before = booking.edits
    try:
        editing.undo(venue, booking_id, change_id, current_staff().id)
    except NothingToUndo:
        return not_done(booking_id, messages.NOT_THE_LATEST)
    except _REFUSED as error:
        booking = Booking.get_for(venue.id, booking_id)
        return not_done(booking_id, _said(booking, editing.before_latest(venue, booking), error))
    booking = Booking.get_for(venue.id, booking_id)
    return told(diary_page.line(venue, booking_id), _done(booking, before), None)


@bp.get("/diary/still-open")
@signed_in
def still_open() -> ResponseReturnValue:
    """List the bookings of past days that are to be closed, each with one press."""
    return render_template("bookings/edit/still_open.html", open=still_open_days.days(current_venue()))


@bp.app_context_processor
def _template_names() -> dict[str, object]:
    return {
        "still_open_count": lambda: still_open_days.count(current_venue()),
        "lapses_at": lapsing.lapses_at,
    }


def _over(booking: Booking) -> ResponseReturnValue:
    flash(_not_editable(booking), "warn")
    return redirect(url_for("bookings.show", booking_id=booking.id), 303)


def _page(booking: Booking, form: EditForm, refused: Wanted | None = None) -> str:
    return render_template(
        "bookings/edit/edit.html", form=form, booking=booking, **_refusal(booking, refused)
    )


def _places(booking: Booking, said: str = "", refused: Wanted | None = None) -> str:
    return render_template(
        "bookings/edit/move.html",
        booking=booking,
        lines=page.places(current_venue(), booking, booking.starts_at),
        said=said,
        **_refusal(booking, refused),
    )


def _refusal(booking: Booking, refused: Wanted | None) -> dict[str, Any]:
    """Return what a page says of a time or a table that was refused."""
    if refused is None:
        return {"answer": None, "broken": [], "wanted": None}
    venue = current_venue()
    answer = page.answer_for(venue, booking, refused)
    # Nobody sits in anybody's lap, whoever says so.
    may = current_staff().is_manager and page.taken_by(venue, booking, refused) is None
    broken = refusals.broken(answer, refused.party_size) if may else []
    return {"answer": answer, "broken": broken, "wanted": refused}


def _said(booking: Booking, wanted: Wanted, error: Exception) -> str:
    venue = current_venue()
    today = diary_page.today(venue)
    if isinstance(error, CannotEdit):
        return _not_editable(booking)
    if isinstance(error, ChangedMeanwhile):
        return messages.changed_meanwhile(error, venue.timezone, today)
    answer = page.answer_for(venue, booking, wanted)
    taken_by = page.taken_by(venue, booking, wanted)
    return messages.not_seated_so(error, wanted, answer, taken_by, venue.timezone, today)


def _not_editable(booking: Booking) -> str:
    venue, change = current_venue(), diary_page.last_change(booking)
    when = labels.moment(change.at, venue.timezone, diary_page.today(venue))
    return messages.not_editable(Status(booking.status), change.who, when)


def _done(booking: Booking, before: int) -> str:
    change = editing.latest_change(booking)
    if change is None or booking.edits == before:
        return messages.NOTHING_CHANGED
    return messages.changed(booking, change, current_venue().timezone)


def _undo_address(booking: Booking, before: int) -> str | None:
    change = editing.latest_change(booking)
    if change is None or booking.edits == before:
        return None
    return url_for("bookings.undo_change", booking_id=booking.id, change_id=change.id)
