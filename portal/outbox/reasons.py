"""Why an entry stands where it stands, and how that is said: what happened, who mends it, the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """A reason code. The words for people are in WORDS."""

    GRACE = "grace"
    LINK_PENDING = "link_pending"
    PAUSED = "paused"
    NOT_CONNECTED = "not_connected"
    KEY_REFUSED = "key_refused"
    KEY_UNREADABLE = "key_unreadable"
    BASKETS_REFUSED = "baskets_refused"
    CUSTOMERS_REFUSED = "customers_refused"
    CLIENT_NAME = "client_name"
    EDGE_BLOCK = "edge_block"
    SLOW_DOWN = "slow_down"
    SPEKTRIX_TROUBLE = "spektrix_trouble"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    NOT_SPEKTRIX = "not_spektrix"
    OUR_FAULT = "our_fault"
    REJECTED = "rejected"
    ATTRIBUTES_MISSING = "attributes_missing"
    STORED_CHANGED = "stored_changed"
    KEPT_DAY_ONLY = "kept_day_only"
    SET_BACK = "set_back"
    NO_BASKET = "no_basket"
    ANONYMOUS = "anonymous"
    MISMATCH = "mismatch"
    SHARED_BASKET = "shared_basket"
    OTHER_CUSTOMER = "other_customer"
    CUSTOMER_TAKEN = "customer_taken"
    BASKET_GONE = "basket_gone"
    DEADLINE_PASSED = "deadline_passed"
    CUSTOMER_GONE = "customer_gone"
    CLIENT_CHANGED = "client_changed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Words:
    """`short` fits a table cell; `who` and `step` complete the sentence on a page."""

    short: str
    who: str = ""
    step: str = ""


ADMIN = "Your Spektrix admin"
MANAGER = "A manager of this venue"
NOBODY = "Nobody needs to do anything"

WORDS: dict[Reason, Words] = {
    Reason.GRACE: Words("Sends in a few seconds, so that Undo can stop it", NOBODY),
    Reason.LINK_PENDING: Words("Waiting to learn which Spektrix customer this guest is", NOBODY),
    Reason.PAUSED: Words("Held while the integration is paused", MANAGER, "Switch Active on"),
    Reason.NOT_CONNECTED: Words("Spektrix is not connected", MANAGER, "Enter the credentials"),
    Reason.KEY_REFUSED: Words(
        "Waiting for a working key: Spektrix did not accept the API user and key (401)",
        MANAGER,
        "Check the API user name and paste the key again",
    ),
    Reason.KEY_UNREADABLE: Words(
        "Waiting for a working key: the saved key cannot be read", MANAGER, "Paste the API key again"
    ),
    Reason.BASKETS_REFUSED: Words(
        "This API user is not allowed to read baskets (403)", ADMIN, "Give it System Owner permissions"
    ),
    Reason.CUSTOMERS_REFUSED: Words(
        "This API user is not allowed to update customers (403)", ADMIN, "Give it System Owner permissions"
    ),
    Reason.CLIENT_NAME: Words(
        "Spektrix has no client of that name (404)", MANAGER, "Check the client name, capitals included"
    ),
    Reason.EDGE_BLOCK: Words(
        "A security filter in front of Spektrix refused us (403)",
        "Our support",
        "Send us the time of this visit",
    ),
    Reason.SLOW_DOWN: Words("Spektrix asked us to slow down (429)", NOBODY, "The next try is set"),
    Reason.SPEKTRIX_TROUBLE: Words("Spektrix is having a problem", NOBODY, "The next try is set"),
    Reason.TIMED_OUT: Words("Spektrix did not answer in time", NOBODY, "The next try is set"),
    Reason.UNREACHABLE: Words("We could not reach Spektrix", NOBODY, "The next try is set"),
    Reason.NOT_SPEKTRIX: Words("Something other than Spektrix answered", NOBODY, "The next try is set"),
    Reason.OUR_FAULT: Words("Something went wrong on our side", "Our support", "The next try is set"),
    Reason.REJECTED: Words("Spektrix refused the values", "Our support", "Send us the time of this visit"),
    Reason.ATTRIBUTES_MISSING: Words(
        "Sent, but Spektrix has no attribute of that exact name",
        ADMIN,
        "Create the attribute with the exact name; this visit is then sent again",
    ),
    Reason.STORED_CHANGED: Words(
        "Sent, but Spektrix keeps another value", ADMIN, "Check the type of the two attributes"
    ),
    Reason.KEPT_DAY_ONLY: Words("Spektrix keeps the day without the time", NOBODY),
    Reason.SET_BACK: Words("Set back before sending", NOBODY),
    Reason.NO_BASKET: Words("Booked without a Spektrix basket, and no account matches", NOBODY),
    Reason.ANONYMOUS: Words(
        "Basket was not signed in to Spektrix",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.MISMATCH: Words(
        "Basket belongs to someone else", "The guest", "Their next booking made while signed in links them"
    ),
    Reason.SHARED_BASKET: Words(
        "Basket was used by another guest too",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.OTHER_CUSTOMER: Words(
        "The basket's customer is not the one this guest was linked to",
        MANAGER,
        "Check which account is theirs",
    ),
    Reason.CUSTOMER_TAKEN: Words(
        "The basket's customer is linked to another guest",
        MANAGER,
        "Check whether the two guests are one person",
    ),
    Reason.BASKET_GONE: Words(
        "Basket had gone before we could ask",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.DEADLINE_PASSED: Words(
        "Spektrix could not be asked before the basket expired",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.CUSTOMER_GONE: Words(
        "The linked Spektrix customer no longer exists",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.CLIENT_CHANGED: Words(
        "Linked under another Spektrix client name",
        "The guest",
        "Their next booking made while signed in links them",
    ),
    Reason.GIVEN_UP: Words("Tried for 21 days without success", MANAGER, "Send again"),
}
