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
from portal.widgets.public import edge, tokens
from portal.widgets.service import Published

_TOO_MANY = (
    "Too many cancellations were tried from here in a short time. Wait ten minutes, then try again, or call."
)
_EXPIRED = "This page has been open for more than two hours. Check the booking and press the button again."
_FOREIGN = "The button did not belong to this booking. Check the booking and press it again."
_BUSY = "Many people are booking at this moment. Wait a few seconds and press the button again."


def add_to(bp: Blueprint) -> None:
    """Let the public blueprint answer for the pages of a booking."""
    path = "/w/<public_id>/bookings/<token>"
    bp.add_url_rule(f"{path}/change-or-cancel", "own_booking", own_booking_page)
    bp.add_url_rule(f"{path}/cancel", "cancel_page", cancel_page)
    bp.add_url_rule(f"{path}/cancel", "cancel", cancel, methods=["POST"])


def own_booking_page(public_id: str, token: str) -> ResponseReturnValue:
    """Offer the two ways: another time, or no table at all."""
    shop = edge.shop_of(public_id)
    booking = placing.confirmed(shop, token)
    found = own_booking.shown(shop, booking, clock.utc_now())
    if booking.status == Status.CANCELLED:
        return cancelled_screen(shop, booking)
    if found.closed:
        return _closed(shop, booking, found)
    sealed = booked.seal(public_id, booking) if found.may_change else ""
    title = "Change or cancel booking"
    return edge.screen("frame/own_booking", title, shop, screen=found, token=token, sealed=sealed)


def cancel_page(public_id: str, token: str) -> ResponseReturnValue:
    """Show what would be cancelled. Only the button on this page cancels it."""
    shop = edge.shop_of(public_id)
    booking = placing.confirmed(shop, token)
    return cancelled_screen(shop, booking) if booking.status == Status.CANCELLED else _ask(shop, booking)


@limiter.limit("20 per 10 minutes", error_message=_TOO_MANY)
@limiter.limit("120 per minute", key_func=edge.widget_named, error_message=_TOO_MANY)
def cancel(public_id: str, token: str) -> ResponseReturnValue:
    """Cancel a booking. Sent twice, or for one that is cancelled, it says so and changes nothing."""
    shop = edge.shop_of(public_id)
    booking = placing.confirmed(shop, token)
    if booking.status == Status.CANCELLED:
        return cancelled_screen(shop, booking)
    fault = _fault(public_id, token)
    if fault:
        return _ask(shop, booking, fault, 422)
    try:
        cancelling.cancel(shop, booking, clock.utc_now())
    except NotCancellable:
        return _ask(shop, booking)
    except BusyNow:
        return _ask(shop, booking, _BUSY, 503)
    if wants_fragment():
        return cancelled_screen(shop, booking)
    return redirect(url_for("public.cancel_page", public_id=public_id, token=token), 303)


def cancelled_screen(shop: Published, booking: Booking) -> str:
    """Return the last screen of a booking that was cancelled, by whomever."""
    found = own_booking.shown(shop, booking, clock.utc_now())
    return edge.screen("frame/cancelled", "Booking cancelled", shop, screen=found)


def _fault(public_id: str, token: str) -> str:
    """Return what is wrong with the signed text that was sent, "" for one made for this very button."""
    try:
        made_for = tokens.key_of(public_id, edge.typed().get("form_token", ""))
    except tokens.TokenExpired:
        return _EXPIRED
    except tokens.TokenForeign:
        return _FOREIGN
    return "" if made_for == _purpose(token) else _FOREIGN


def _purpose(token: str) -> str:
    return f"cancel {token}"


def _ask(shop: Published, booking: Booking, fault: str = "", status: int = 200) -> ResponseReturnValue:
    """Show what would be cancelled with its button, and what went wrong; or why it cannot be."""
    found = own_booking.shown(shop, booking, clock.utc_now())
    if found.closed:
        return _closed(shop, booking, found)
    public_id, token = shop.widget.public_id, booking.public_token
    signed = tokens.issue(public_id, _purpose(token)).text
    html = edge.screen(
        "frame/cancel", "Cancel booking", shop, screen=found, token=token, form_token=signed, fault=fault
    )
    response = _in_place(html, status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _closed(shop: Published, booking: Booking, found: OwnBooking) -> Response:
    html = edge.screen(
        "frame/closed", "Change or cancel booking", shop, screen=found, token=booking.public_token
    )
    return _in_place(html, 409)


def _in_place(html: str, status: int) -> Response:
    response = make_response(html, status)
    if status >= 400:
        response.headers.update(edge.IN_PLACE)
    return response
