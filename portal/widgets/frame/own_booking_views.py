"""A guest's own booking, and cancelling it: the pages behind its token. Whoever holds that is the guest."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability.locks import BusyNow
from portal.bookings.models import Booking, Status
from portal.page_requests import wants_fragment
from portal.widgets.frame import bookings, screens
from portal.widgets.frame.bookings import NotCancellable
from portal.widgets.frame.screens import OwnBookingScreen
from portal.widgets.public import http, limits, tokens
from portal.widgets.service import PublishedWidget

_TOO_MANY = "There were too many tries to cancel. Wait ten minutes and try again, or call the restaurant."
_EXPIRED = "This page has been open for more than two hours. Check the booking and press the button again."
_FOREIGN = "The button did not belong to this booking. Check the booking and press it again."
_BUSY = "We are very busy right now. Wait a few seconds and press the button again."


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for the pages of a booking."""
    path = "/w/<public_id>/bookings/<token>"
    bp.add_url_rule(f"{path}/change-or-cancel", "own_booking", own_booking_page)
    bp.add_url_rule(f"{path}/cancel", "cancel_page", cancel_page)
    bp.add_url_rule(f"{path}/cancel", "cancel", cancel, methods=["POST"])


def own_booking_page(public_id: str, token: str) -> ResponseReturnValue:
    """Show the booking and all that can be done with it: the page to which its letters lead."""
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    screen = screens.own_booking(published, booking, clock.utc_now())
    if screen.closed:
        return _closed(published, booking, screen)
    return http.screen("frame/own_booking", "Your booking", published, screen=screen, token=token)


def cancel_page(public_id: str, token: str) -> ResponseReturnValue:
    """Show what would be cancelled. Only the button on this page cancels it."""
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    return _ask(published, booking)


@limits.for_an_address(_TOO_MANY)
def cancel(public_id: str, token: str) -> ResponseReturnValue:
    """Cancel a booking. Sent twice, or for one that is cancelled, it says so and changes nothing."""
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    try:
        tokens.require_key(public_id, http.form_fields().get("form_token", ""), _purpose(token))
        bookings.cancel(published, booking, clock.utc_now())
    except tokens.TokenExpired:
        return _ask(published, booking, _EXPIRED, 422)
    except tokens.TokenForeign:
        return _ask(published, booking, _FOREIGN, 422)
    except NotCancellable:
        return _ask(published, booking)
    except BusyNow:
        return _ask(published, booking, _BUSY, 503)
    if wants_fragment():
        return cancelled_screen(published, booking)
    return redirect(url_for("public.cancel_page", public_id=public_id, token=token), 303)


def cancelled_screen(published: PublishedWidget, booking: Booking) -> str:
    """Return the last screen of a booking that was cancelled, whoever cancelled it."""
    screen = screens.own_booking(published, booking, clock.utc_now())
    return http.screen("frame/cancelled", "Booking cancelled", published, screen=screen)


def changed_screen(published: PublishedWidget, booking: Booking) -> str:
    """Return the last screen of a booking that its guest has just changed."""
    screen = screens.confirmation(published, booking, changed=True)
    sealed = bookings.seal(published.widget.public_id, booking) if screen.may_cancel else ""
    return http.screen(
        "frame/confirmation",
        screen.title,
        published,
        screen=screen,
        token=booking.public_token,
        sealed=sealed,
    )


def cannot_change(
    published: PublishedWidget, booking: Booking, screen: OwnBookingScreen
) -> ResponseReturnValue:
    """Return why a booking cannot be changed: it is cancelled, over, or not confirmed yet."""
    if booking.status == Status.CANCELLED:
        return cancelled_screen(published, booking)
    return _closed(published, booking, screen)


def in_frame(html: str, status: int) -> Response:
    """Return a screen with its status; one that refuses is shown in the frame all the same."""
    response = make_response(html, status)
    if status >= 400:
        response.headers.update(http.SHOW_IN_FRAME)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _purpose(token: str) -> str:
    return f"cancel {token}"


def _ask(
    published: PublishedWidget, booking: Booking, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    """Show what would be cancelled, with its button and what went wrong; or why it cannot be cancelled."""
    screen = screens.own_booking(published, booking, clock.utc_now())
    if screen.closed:
        return _closed(published, booking, screen)
    token = booking.public_token
    form_token = tokens.issue(published.widget.public_id, _purpose(token)).text
    html = http.screen(
        "frame/cancel",
        "Cancel booking",
        published,
        screen=screen,
        token=token,
        form_token=form_token,
        fault=fault,
    )
    return in_frame(html, status)


def _closed(published: PublishedWidget, booking: Booking, screen: OwnBookingScreen) -> Response:
    html = http.screen(
        "frame/closed", "Change or cancel booking", published, screen=screen, token=booking.public_token
    )
    return in_frame(html, 409)
