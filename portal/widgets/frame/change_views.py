"""The pages on which a guest changes their own booking. Whoever holds its token is the guest."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings.editing import ChangedMeanwhile
from portal.bookings.models import Booking, Status
from portal.page_requests import wants_fragment
from portal.widgets import rules, service
from portal.widgets.frame import bookings, change_screens, changing, own_booking_views, screens
from portal.widgets.frame.changing import NotChangeable, Wanted
from portal.widgets.frame.slot_screens import Message
from portal.widgets.public import http, limits, tokens
from portal.widgets.service import PublishedWidget

_TITLE = "Change booking"
_TOO_MANY = "There were too many tries to change. Wait ten minutes and try again, or call the restaurant."
_TOO_OFTEN = "This booking was changed many times within an hour. To change it again, call the restaurant."
_EXPIRED = "This page has been open for more than two hours. Check the change and press the button again."
_FOREIGN = "The button did not belong to this booking. Check the change and press it again."
_BUSY = "We are very busy right now. Wait a few seconds and press the button again."
_KEEP = "You still have your table. Pick another time, or keep it."


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for the pages of a change."""
    path = "/w/<public_id>/bookings/<token>/change"
    bp.add_url_rule(path, "change_page", change_page)
    bp.add_url_rule(path, "change", change, methods=["POST"])


def change_page(public_id: str, token: str) -> ResponseReturnValue:
    """Show the times that the guest can have instead; with one of them, ask before anything is changed."""
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    screen = screens.own_booking(published, booking, clock.utc_now())
    if not screen.may_change:
        return own_booking_views.cannot_change(published, booking, screen)
    if not request.args.get("starts_at"):
        return _times(published, booking, request.args)
    return _check(published, booking, _read(published, booking, request.args))


@limits.for_an_address(_TOO_MANY)
@limits.for_a_booking(_TOO_OFTEN)
def change(public_id: str, token: str) -> ResponseReturnValue:
    """Change a booking as was asked. Sent twice, it is changed once."""
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    fields = http.form_fields()
    wanted = _read(published, booking, fields)
    now = clock.utc_now()
    try:
        tokens.require_key(public_id, fields.get("form_token", ""), _purpose(token))
        changing.change(published, booking, wanted, now)
    except tokens.TokenExpired:
        return _check(published, booking, wanted, _EXPIRED, 422)
    except tokens.TokenForeign:
        return _check(published, booking, wanted, _FOREIGN, 422)
    except NotChangeable:
        screen = screens.own_booking(published, booking, now)
        return own_booking_views.cannot_change(published, booking, screen)
    except ChangedMeanwhile:
        return _changed_meanwhile(published, booking)
    except (SlotTaken, NotOffered) as error:
        return _gone(published, booking, wanted, is_taken=isinstance(error, SlotTaken))
    except BusyNow:
        return _check(published, booking, wanted, _BUSY, 503)
    path = url_for("public.confirmation", public_id=public_id, token=token, changed="yes")
    if wants_fragment():
        return own_booking_views.changed_screen(published, booking)
    return redirect(path, 303)


def _purpose(token: str) -> str:
    return f"change {token}"


def _read(published: PublishedWidget, booking: Booking, asked: Any) -> Wanted:
    within = service.bounds(published, clock.utc_now())
    starts_at = rules.read_instant(asked.get("starts_at", ""), "starts_at", "Time")
    typed = asked.get("party", "")
    # Staff may have booked for more than anybody can here.
    size = booking.party_size if typed == str(booking.party_size) else rules.read_party_size(typed, within)
    seen = asked.get("seen", "")
    return Wanted(starts_at, size, int(seen) if seen.isdecimal() and len(seen) < 10 else booking.edits)


def _times(
    published: PublishedWidget, booking: Booking, asked: Any, gone: Message | None = None, status: int = 200
) -> Response:
    screen = change_screens.change(published, booking, asked, clock.utc_now())
    html = http.screen(
        "frame/change",
        _TITLE,
        published,
        screen=screen,
        times=screen.times,
        own=booking.public_token,
        gone=gone,
        typed=None,
    )
    return own_booking_views.in_frame(html, status)


def _check(
    published: PublishedWidget, booking: Booking, wanted: Wanted, fault: str = "", status: int = 200
) -> Response:
    screen = change_screens.check(published, booking, wanted, clock.utc_now())
    token = booking.public_token
    form_token = tokens.issue(published.widget.public_id, _purpose(token)).text
    html = http.screen(
        "frame/change_check",
        _TITLE,
        published,
        screen=screen,
        token=token,
        form_token=form_token,
        fault=fault,
    )
    return own_booking_views.in_frame(html, status)


def _gone(
    published: PublishedWidget, booking: Booking, wanted: Wanted, *, is_taken: bool
) -> ResponseReturnValue:
    """Say that a time cannot be had, and show those that can, for what the guest had chosen."""
    limits.excuse()
    chosen = screens.chosen_time(published, wanted.starts_at, wanted.party_size, booking.show_starts_at)
    what = "has just been booked by someone else" if is_taken else "cannot be booked any more"
    asked = {"date": chosen.day, "party": str(wanted.party_size)}
    return _times(published, booking, asked, Message(f"{chosen.time} {what}", _KEEP), 422)


def _changed_meanwhile(published: PublishedWidget, booking: Booking) -> ResponseReturnValue:
    """Say what the booking is by now, as somebody else has changed it since it was shown."""
    if booking.status == Status.CANCELLED:
        return own_booking_views.cancelled_screen(published, booking)
    limits.excuse()
    at = screens.own_booking(published, booking, clock.utc_now()).table
    text = f"It is now {at.title}, {at.text}. Nothing you chose was changed. Pick a time to change it."
    message = Message("Your booking has changed since you opened this page", text)
    return _times(published, booking, {}, message, 409)
