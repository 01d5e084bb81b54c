"""Which finding stands behind the reason that a visit or a link carries. Every reason has one."""

from __future__ import annotations

from portal.findings import Code
from portal.guests.models import LinkReason
from portal.outbox.reasons import Reason, reason_of_link

# GRACE and KEPT_DAY_ONLY belong to visits that are on their way or have landed.
CODE_OF_REASON: dict[Reason, Code] = {
    Reason.GRACE: Code.VISIT_WAITING,
    Reason.LINK_PENDING: Code.LINK_PENDING,
    Reason.PAUSED: Code.PAUSED,
    Reason.NOT_CONNECTED: Code.NOT_CONNECTED,
    Reason.KEY_REFUSED: Code.KEY_REFUSED,
    Reason.KEY_UNREADABLE: Code.KEY_UNREADABLE,
    Reason.BASKETS_REFUSED: Code.BASKETS_REFUSED,
    Reason.CUSTOMERS_REFUSED: Code.WRITING_REFUSED,
    Reason.CLIENT_NAME: Code.CLIENT_UNKNOWN,
    Reason.CLOCK_OFF: Code.CLOCK_OFF,
    Reason.EDGE_BLOCK: Code.EDGE_BLOCK,
    Reason.CERTIFICATE: Code.CERTIFICATE,
    Reason.SLOW_DOWN: Code.SLOW_DOWN,
    Reason.SPEKTRIX_TROUBLE: Code.OUTAGE,
    Reason.TIMED_OUT: Code.TIMED_OUT,
    Reason.UNREACHABLE: Code.UNREACHABLE,
    Reason.NOT_SPEKTRIX: Code.NOT_SPEKTRIX,
    Reason.OUR_FAULT: Code.OUR_FAULT,
    Reason.REJECTED: Code.REJECTED,
    Reason.ATTRIBUTES_MISSING: Code.ATTRIBUTE_MISSING,
    Reason.STORED_CHANGED: Code.ATTRIBUTE_TYPE,
    Reason.KEPT_DAY_ONLY: Code.VISIT_WAITING,
    Reason.SET_BACK: Code.SET_BACK,
    Reason.DISCARDED: Code.VISIT_DISCARDED,
    Reason.NO_BASKET: Code.NO_BASKET_BOOKED,
    Reason.NO_ACCOUNT: Code.NO_ACCOUNT,
    Reason.DETAILS_DIFFER: Code.LINK_PROPOSED,
    Reason.LINK_PROPOSED: Code.LINK_PROPOSED,
    Reason.LINK_REJECTED: Code.LINK_REJECTED,
    Reason.UNLINKED: Code.LINK_REJECTED,
    Reason.ANONYMOUS: Code.ANONYMOUS,
    Reason.MISMATCH: Code.MISMATCH,
    Reason.SHARED_BASKET: Code.SHARED_BASKET,
    Reason.OTHER_CUSTOMER: Code.OTHER_CUSTOMER,
    Reason.CUSTOMER_TAKEN: Code.CUSTOMER_TAKEN,
    Reason.BASKET_GONE: Code.BASKET_GONE,
    Reason.DEADLINE_PASSED: Code.DEADLINE_PASSED,
    Reason.CUSTOMER_GONE: Code.CUSTOMER_GONE,
    Reason.CLIENT_CHANGED: Code.CLIENT_CHANGED,
    Reason.ERASED: Code.GUEST_ERASED,
    Reason.GIVEN_UP: Code.VISIT_GIVEN_UP,
}


def code_of_link(reason: LinkReason) -> Code:
    """Return the finding behind the reason why a guest is not linked."""
    return CODE_OF_REASON[reason_of_link(reason)]
