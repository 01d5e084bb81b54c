"""What can keep a visit from its customer record, or has become of it."""

from __future__ import annotations

from portal.findings.parts import ADMIN, MANAGER, NOBODY, STAFF, Cause, Code, Finding

_A, _S, _O = Cause.ATTRIBUTES, Cause.SPEKTRIX, Cause.OURS

VISIT_FINDINGS: dict[Code, Finding] = {
    Code.NOT_COMPLETED: Finding(
        _O,
        "The booking is not Completed, and only Completed sends a visit",
        STAFF,
        "Mark the booking Completed once the guests have been",
        "bookings.show",
        "troubleshooting#visits",
    ),
    Code.SET_BACK: Finding(
        _O,
        "The booking was set back before its visit was sent",
        STAFF,
        "Mark the booking Completed again if the guests have been",
        "bookings.show",
        "troubleshooting#visits",
    ),
    Code.VISIT_WAITING: Finding(
        _O, "The visit is on its way", NOBODY, "Check again in a minute", help="troubleshooting#visits"
    ),
    Code.VISIT_SENT_AGAIN: Finding(
        _A,
        "Both attributes are right now, and the visit is being sent again",
        NOBODY,
        "It goes by itself within a minute",
        "visits.index",
        "troubleshooting#attributes",
    ),
    Code.VISIT_HELD: Finding(
        _O,
        "The visit was completed while the integration was paused, and is held",
        MANAGER,
        "Send or discard the held visits",
        "visits.held",
        "troubleshooting#paused",
    ),
    Code.VISIT_DISCARDED: Finding(
        _O,
        "A manager discarded this visit while it was held",
        NOBODY,
        "The guest's next visit carries the right totals",
        help="troubleshooting#paused",
    ),
    Code.CHANGED_SINCE: Finding(
        _S,
        "The visit reached Spektrix, and the customer holds other values now",
        ADMIN,
        "Ask who changed them by hand. The guest's next visit sets both again",
        help="troubleshooting#visits",
    ),
    Code.VISIT_GIVEN_UP: Finding(
        _O,
        "The visit was tried for 21 days without success",
        MANAGER,
        "Send it again",
        "visits.index",
        "troubleshooting#visits",
    ),
}
