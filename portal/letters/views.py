"""What pages of other rooms show of letters, and the letters that staff press for."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.bookings.models import Booking
from portal.letters import service
from portal.letters.service import CannotAsk
from portal.outbox.models import LetterKind
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, signed_in

bp = Blueprint("guest_letters", __name__)

_LAST_LOOK = 20


@bp.app_context_processor
def _template_names() -> dict[str, Callable[..., object]]:
    return {
        "said_of_confirmation": service.said_of_confirmation,
        "letters_of": service.card_of,
        "letter_of_changed_show": service.of_changed_show,
    }


@bp.get("/bookings/<int:booking_id>/letters")
@signed_in
def letters_of_booking(booking_id: int) -> ResponseReturnValue:
    """Show how the letters of a booking stand; the card asks again while one is leaving."""
    if not wants_fragment():
        booking = Booking.get_for(current_venue().id, booking_id)
        return redirect(url_for("bookings.show", booking_id=booking.id, _anchor="_of_booking"))
    look = request.args.get("look", 1, type=int) + 1
    return _card(booking_id, look if look <= _LAST_LOOK else None)


@bp.post("/bookings/<int:booking_id>/letters/<kind>")
@signed_in
def ask(booking_id: int, kind: str) -> ResponseReturnValue:
    """Send a letter once more, or say that a booking had to be moved."""
    if kind not in service.PRESSED:
        abort(404)
    try:
        service.ask(current_venue(), booking_id, LetterKind(kind), current_staff().id)
        said, tone = "The letter leaves in a moment.", "ok"
    except CannotAsk as error:
        said, tone = f"{error}.", "warn"
    if wants_fragment():
        return _card(booking_id, 1, said)
    flash(said, tone)
    return redirect(url_for("bookings.show", booking_id=booking_id, _anchor="_of_booking"), 303)


def _card(booking_id: int, look: int | None, said: str = "") -> str:
    booking = Booking.get_for(current_venue().id, booking_id)
    return render_template("letters/_of_booking.html", booking=booking, look=look, said=said)
