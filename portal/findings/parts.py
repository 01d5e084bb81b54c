"""What a finding is made of: its cause, its code, who mends it. The words are in the files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """The article's three causes, Spektrix itself, and this portal (R2)."""

    CREDENTIALS = "credentials"
    ATTRIBUTES = "attributes"
    WIDGET = "widget"
    SPEKTRIX = "spektrix"
    OURS = "ours"


CAUSE_LABELS = {
    Cause.CREDENTIALS: "API credentials",
    Cause.ATTRIBUTES: "Customer attributes in Spektrix",
    Cause.WIDGET: "Widget setting",
    Cause.SPEKTRIX: "Spektrix itself",
    Cause.OURS: "Booking, guest or this portal",
}


class Code(StrEnum):
    """A finding. Its words are in one of the files beside this one."""

    NOT_CONNECTED = "not_connected"
    PAUSED = "paused"
    KEY_UNREADABLE = "key_unreadable"
    KEY_NOT_BASE64 = "key_not_base64"
    KEY_REFUSED = "key_refused"
    CLOCK_OFF = "clock_off"
    CUSTOMERS_REFUSED = "customers_refused"
    BASKETS_REFUSED = "baskets_refused"
    WRITING_REFUSED = "writing_refused"
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_CASE = "client_case"
    DOMAIN_UNREACHABLE = "domain_unreachable"
    DOMAIN_NOT_SPEKTRIX = "domain_not_spektrix"
    EDGE_BLOCK = "edge_block"
    SLOW_DOWN = "slow_down"
    OUTAGE = "outage"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    REDIRECTED = "redirected"
    NOT_SPEKTRIX = "not_spektrix"
    REJECTED = "rejected"
    OUR_FAULT = "our_fault"

    ATTRIBUTES_NOT_SEEN = "attributes_not_seen"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_NEAR = "attribute_near"
    ATTRIBUTE_TYPE = "attribute_type"
    NOT_STORED = "not_stored"

    NO_WIDGET = "no_widget"
    WIDGET_NONE = "widget_none"
    NO_SITES = "no_sites"
    NOT_OPENED = "not_opened"
    NO_BASKET = "no_basket"
    SCRIPT_MISSING = "script_missing"
    SCRIPT_BLOCKED = "script_blocked"
    WRONG_HOST = "wrong_host"
    SITE_NOT_LISTED = "site_not_listed"
    BASKET_TIMED_OUT = "basket_timed_out"

    NOT_COMPLETED = "not_completed"
    SET_BACK = "set_back"
    NO_ACCOUNT = "no_account"
    NO_BASKET_BOOKED = "no_basket_booked"
    LINK_PENDING = "link_pending"
    LINK_PROPOSED = "link_proposed"
    LINK_REJECTED = "link_rejected"
    ANONYMOUS = "anonymous"
    MISMATCH = "mismatch"
    SHARED_BASKET = "shared_basket"
    OTHER_CUSTOMER = "other_customer"
    CUSTOMER_TAKEN = "customer_taken"
    BASKET_GONE = "basket_gone"
    DEADLINE_PASSED = "deadline_passed"
    CUSTOMER_GONE = "customer_gone"
    CLIENT_CHANGED = "client_changed"
    VISIT_WAITING = "visit_waiting"
    VISIT_SENT_AGAIN = "visit_sent_again"
    VISIT_HELD = "visit_held"
    VISIT_DISCARDED = "visit_discarded"
    VISIT_GIVEN_UP = "visit_given_up"
    CHANGED_SINCE = "changed_since"
    GUEST_ERASED = "guest_erased"


ADMIN = "Your Spektrix admin"
MANAGER = "A manager of this venue"
WEB = "Whoever looks after your website"
GUEST = "The guest"
STAFF = "Anybody who works the diary"
SUPPORT = "Our support"
SPEKTRIX_SUPPORT = "Spektrix support"
NOBODY = "Nobody needs to do anything"


@dataclass(frozen=True)
class Finding:
    """One thing that can be wrong.

    Args:
        cause: the one it is filed under.
        headline: what is wrong, as a sentence without full stop.
        who: who can mend it.
        step: the one next step, as an instruction.
        action: endpoint of the page on which the step is done, "" where that is outside of the portal.
        help: article and section of the help centre, as `troubleshooting#key-refused`.
    """

    cause: Cause
    headline: str
    who: str
    step: str
    action: str = ""
    help: str = "troubleshooting"

    @property
    def is_theirs(self) -> bool:
        """Whether it lies inside Spektrix, so that their support is asked and not ours."""
        return self.cause in {Cause.CREDENTIALS, Cause.ATTRIBUTES, Cause.SPEKTRIX}
