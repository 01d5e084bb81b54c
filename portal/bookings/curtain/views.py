"""The curtain sheet, and the page of a performance that moved or was cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, config, mail
from portal.bookings import labels
from portal.bookings.curtain import changed_shows, sheet
from portal.bookings.curtain.changed_shows import Dealt, Notice
from portal.bookings.diary import page
from portal.bookings.diary.forms import DayForm
from portal.bookings.diary.views import bp
from portal.venues.sessions import current_staff, current_venue, signed_in

_WAYS = ("write", "settle")


@bp.app_context_processor
def _template_names() -> dict[str, Callable[..., object]]:
    return {"shows_changed_on": _shows_changed_on}


@bp.get("/diary/curtain")
@signed_in
def curtain() -> ResponseReturnValue:
    """Show which tables belong to which performance of a day, to be printed on one page."""
    form = DayForm(request.args)
    if not form.validate():
        return redirect(url_for("bookings.curtain"))
    venue = current_venue()
    evening = sheet.evening(venue, form.date.data or page.today(venue))
    return render_template("bookings/curtain/sheet.html", evening=evening, printed_at=clock.utc_now())


@bp.get("/diary/changed-shows/<int:changed_show_id>")
@signed_in
def changed_show(changed_show_id: int) -> ResponseReturnValue:
    """Show the bookings that a changed performance concerns, and the letter to their guests."""
    venue = current_venue()
    notice = changed_shows.notice(venue, changed_show_id)
    concerned = changed_shows.concerned(venue, notice.change) if notice.is_open else []
    on = clock.local_date(notice.change.was_at, venue.timezone)
    return render_template(
        "bookings/curtain/changed_show.html",
        notice=notice,
        concerned=concerned,
        on=on,
        can_email=mail.is_set_up(config.current()),
    )


@bp.post("/diary/changed-shows/<int:changed_show_id>")
@signed_in
def deal_with_changed_show(changed_show_id: int) -> ResponseReturnValue:
    """Write to the guests, or note that somebody has told them. Pressed twice it is done once."""
    way = request.form.get("do")
    changed_shows.notice(current_venue(), changed_show_id)
    if way not in _WAYS:
        abort(400)
    dealt = changed_shows.deal_with(
        current_venue(), changed_show_id, current_staff().id, write=way == "write"
    )
    if dealt is None:
        flash("Somebody has dealt with this already. Nothing was sent again.", "warn")
    elif way == "write":
        flash(f"Dealt with. {_written(dealt)}.")
    else:
        flash("Dealt with. Nothing was sent.")
    return redirect(url_for("bookings.changed_show", changed_show_id=changed_show_id), 303)


def _written(dealt: Dealt) -> str:
    others = f"{labels.people(dealt.others)} {'is' if dealt.others == 1 else 'are'} not written to"
    if not dealt.letters:
        return f"No letter leaves: {others}"
    leave = "1 letter leaves" if dealt.letters == 1 else f"{dealt.letters} letters leave"
    return f"{leave} in a moment" + (f". {others[0].upper()}{others[1:]}" if dealt.others else "")


def _shows_changed_on(on: date) -> list[Notice]:
    return changed_shows.open_of_day(current_venue(), on)
