"""Change or cancel a booking: the pages behind its token. Whoever holds the token is the diner."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability.service import BusyNow
from portal.bookings.models import Booking, Status
from portal.extensions import limiter
from portal.htmx import wants_fragment
from portal.widgets.frame import booked, cancelling, own_booking, placing
from portal.widgets.frame.cancelling import NotCancellable
from portal.widgets.frame.own_booking import OwnBooking
from portal.widgets.public import http, tokens
from portal.widgets.service import PublishedWidget

_TOO_MANY = (
    "Too many cancellations were tried from here in a short time. Wait ten minutes, then try again, or call."
)
_EXPIRED = "This page has been open for more than two hours. Check the booking and press the button again."
_FOREIGN = "The button did not belong to this booking. Check the booking and press it again."
_BUSY = "Many people are booking at this moment. Wait a few seconds and press the button again."


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for the pages of a booking."""
    path = "/w/<public_id>/bookings/<token>"
    bp.add_url_rule(f"{path}/change-or-cancel", "own_booking", own_booking_page)
    bp.add_url_rule(f"{path}/cancel", "cancel_page", cancel_page)
    bp.add_url_rule(f"{path}/cancel", "cancel", cancel, methods=["POST"])


def own_booking_page(public_id: str, token: str) -> ResponseReturnValue:
    """Offer the two ways: another time, or no table at all."""
    published = http.find_widget(public_id)
    booking = placing.confirmed(published, token)
    found = own_booking.shown(published, booking, clock.utc_now())
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    if found.closed:
        return _closed(published, booking, found)
    sealed = booked.seal(public_id, booking) if found.may_change else ""
    title = "Change or cancel booking"
    return http.screen("frame/own_booking", title, published, screen=found, token=token, sealed=sealed)


def cancel_page(public_id: str, token: str) -> ResponseReturnValue:
    """Show what would be cancelled. Only the button on this page cancels it."""
    published = http.find_widget(public_id)
    booking = placing.confirmed(published, token)
    return (
        cancelled_screen(published, booking)
        if booking.status == Status.CANCELLED
        else _ask(published, booking)
    )


@limiter.limit("20 per 10 minutes", error_message=_TOO_MANY)
@limiter.limit("120 per minute", key_func=http.widget_key, error_message=_TOO_MANY)
def cancel(public_id: str, token: str) -> ResponseReturnValue:
    """Cancel a booking. Sent twice, or for one that is cancelled, it says so and changes nothing."""
    published = http.find_widget(public_id)
    booking = placing.confirmed(published, token)
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    fault = _fault(public_id, token)
    if fault:
        return _ask(published, booking, fault, 422)
    try:
        cancelling.cancel(published, booking, clock.utc_now())
    except NotCancellable:
        return _ask(published, booking)
    except BusyNow:
        return _ask(published, booking, _BUSY, 503)
    if wants_fragment():
        return cancelled_screen(published, booking)
    return redirect(url_for("public.cancel_page", public_id=public_id, token=token), 303)


def cancelled_screen(published: PublishedWidget, booking: Booking) -> str:
    """Return the last screen of a booking that was cancelled, by whomever."""
    found = own_booking.shown(published, booking, clock.utc_now())
    return http.screen("frame/cancelled", "Booking cancelled", published, screen=found)


def _fault(public_id: str, token: str) -> str:
    """Return what is wrong with the signed text that was sent, "" for one made for this very button."""
    try:
        made_for = tokens.key_of(public_id, http.form_fields().get("form_token", ""))
    except tokens.TokenExpired:
        return _EXPIRED
    except tokens.TokenForeign:
        return _FOREIGN
    return "" if made_for == _purpose(token) else _FOREIGN


def _purpose(token: str) -> str:
    return f"cancel {token}"


def _ask(
    published: PublishedWidget, booking: Booking, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    """Show what would be cancelled with its button, and what went wrong; or why it cannot be."""
    found = own_booking.shown(published, booking, clock.utc_now())
    if found.closed:
        return _closed(published, booking, found)
    public_id, token = published.widget.public_id, booking.public_token
    signed = tokens.issue(public_id, _purpose(token)).text
    html = http.screen(
        "frame/cancel", "Cancel booking", published, screen=found, token=token, form_token=signed, fault=fault
    )
    response = _in_place(html, status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _closed(published: PublishedWidget, booking: Booking, found: OwnBooking) -> Response:
    html = http.screen(
        "frame/closed", "Change or cancel booking", published, screen=found, token=booking.public_token
    )
    return _in_place(html, 409)


def _in_place(html: str, status: int) -> Response:
    response = make_response(html, status)
    if status >= 400:
        response.headers.update(http.SHOW_IN_FRAME)
    return response
