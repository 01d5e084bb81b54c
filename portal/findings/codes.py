"""What can be wrong, or keep a visit from Spektrix: one code each. The words are in the files beside it.

The value of a code is what the database stores.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A finding. `portal.findings.finding` has its words."""

    # The connection: connection.py
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

    # The two customer attributes: attributes.py
    ATTRIBUTES_NOT_SEEN = "attributes_not_seen"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_NEAR = "attribute_near"
    ATTRIBUTE_TYPE = "attribute_type"
    KEPT_NOTHING = "kept_nothing"
    KEPT_ONE = "kept_one"
    NOT_STORED = "not_stored"

    # The widget and the page that carries it: widget.py
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

    # The link between a guest and a customer: links.py
    NO_ACCOUNT = "no_account"
    NO_BASKET_BOOKED = "no_basket_booked"
    LINK_PENDING = "link_pending"
    LINK_PROPOSED = "link_proposed"
    BASKET_UNSURE = "basket_unsure"
    LINK_REJECTED = "link_rejected"
    UNLINKED = "unlinked"
    ANONYMOUS = "anonymous"
    MISMATCH = "mismatch"
    SHARED_BASKET = "shared_basket"
    OTHER_CUSTOMER = "other_customer"
    CUSTOMER_TAKEN = "customer_taken"
    BASKET_GONE = "basket_gone"
    DEADLINE_PASSED = "deadline_passed"
    DETAILS_NOT_ASKED = "details_not_asked"
    CUSTOMER_GONE = "customer_gone"
    CLIENT_CHANGED = "client_changed"
    GUEST_ERASED = "guest_erased"

    # A visit: visits.py
    NOT_COMPLETED = "not_completed"
    SET_BACK = "set_back"
    STILL_SHOWN = "still_shown"
    BOOKINGS_CHANGED = "bookings_changed"
    LINKED_ELSEWHERE = "linked_elsewhere"
    EMPTIED = "emptied"
    NOT_EMPTIED = "not_emptied"
    VISIT_WAITING = "visit_waiting"
    VISIT_NOT_SHOWN_YET = "visit_not_shown_yet"
    VISIT_OVERTAKEN = "visit_overtaken"
    VISIT_SENT_AGAIN = "visit_sent_again"
    VISIT_HELD = "visit_held"
    VISIT_DISCARDED = "visit_discarded"
    VISIT_GIVEN_UP = "visit_given_up"
    DAY_ONLY = "day_only"
    CHANGED_SINCE = "changed_since"

    # The theatre's programme: programme.py
    PROGRAMME_TOO_LARGE = "programme_too_large"
    PROGRAMME_OVERDUE = "programme_overdue"
