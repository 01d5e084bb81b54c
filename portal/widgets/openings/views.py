"""The one anonymous signal that an opened widget sends: how its date was filled in, or why it was not.

The script that opens the widget looks for a basket at once and decides in this order. It sends the reason
once: as soon as the date is filled in or cannot be; else when the guest chooses a date, closes the window or
leaves the page, and after ten seconds at the latest.

=============== ==============================================================================================
off             the widget's integration is None; neither page nor Spektrix was looked at
paused          the widget is set to Spektrix, which is paused or not connected
not_listed      this website is not on the widget's list. The page sees no more than settings it cannot read;
                it is the portal that compares the Origin of the signal with the list, whatever the page says
filled          a basket named the start of its first show
wrong_host      Spektrix's components and embedded pages on the page, or else what its script left in local
                storage within a day, use another host or another client than this portal does. A component
                that names no host uses Spektrix's own; beside one of our client, another's say nothing
blocked         the browser reported that the page's Content-Security-Policy stopped the call for the basket,
                or for the widget's settings; or the call failed at once although Spektrix's script is there,
                and a second one that asks for no permission failed too, as with a content blocker
timed_out       no answer within two seconds
failed          Spektrix answered with an error, with something that is no basket, or without the permission
                (CORS) for this website to read it, although its script is there: an error page of the edge
                network, or a website it does not know
script_missing  the call failed, and no script of Spektrix's is on the page, nor a basket it had stored
no_basket       Spektrix answered: nothing in the basket, or nothing with a date
=============== ==============================================================================================

What cannot be known: a browser that keeps Spektrix's cookies from a theatre without a custom domain looks
like `no_basket`. A page whose policy stops the script or the frame sends nothing at all. Where the policy
stops only the calls, the frame sends the signal for the page. A basket that is found after the signal was
sent still fills in the date, but no second signal is sent.

Stored are page (without query), reason, version of the script and hour. No cookie is read or set.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from portal import page_requests
from portal.extensions import limiter
from portal.widgets import service
from portal.widgets.openings import counting, rules as opening_rules
from portal.widgets.public import http

_LARGEST = 2048
_TYPES = {"application/x-www-form-urlencoded", "text/plain"}
_TOO_LARGE = "The signal is larger than 2 KB, so it was not counted."
_NOT_READABLE = (
    "The signal could not be read, so it was not counted. Send page, reason and snippet as a form."
)
_TOO_MANY = "The widget was opened too often in a short time, so this was not counted."


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint take the signal."""
    bp.add_url_rule("/w/<public_id>/opened", view_func=opened, methods=["POST"])


# No limit for the widget as a whole: a flood would use it up for everybody else.
@limiter.limit("240 per minute", error_message=_TOO_MANY)
def opened(public_id: str) -> ResponseReturnValue:
    """Count one opening. Whatever is well-formed gets 204, counted or not, so that nothing can be probed."""
    opening = opening_rules.read_opening(_fields())
    widget = service.find_published(public_id).widget
    sender = _senders_origin()
    ours = sender is not None and page_requests.is_ours(sender)
    reason = opening_rules.true_reason(opening, sender, ours=ours, sites=widget.sites)
    if reason:
        counting.count_opening(widget, opening, reason)
    return "", 204


def _fields() -> dict[str, str]:
    """Return the fields of the body, under either content type that browsers send. Raises http.Refused."""
    if request.mimetype not in _TYPES:
        raise http.Refused(415, _NOT_READABLE)
    request.max_content_length = _LARGEST
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise http.Refused(413, _TOO_LARGE) from None
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=True, errors="strict", max_num_fields=10)
    except ValueError:
        raise http.Refused(400, _NOT_READABLE) from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise http.Refused(400, _NOT_READABLE)
    return fields


def _senders_origin() -> str | None:
    """Return the origin that the browser names, in either header; None where a referrer policy hides it."""
    origin = request.headers.get("Origin", "null")
    if origin != "null":
        return origin
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
