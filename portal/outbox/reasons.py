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
    CLOCK_OFF = "clock_off"
    EDGE_BLOCK = "edge_block"
    CERTIFICATE = "certificate"
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
    DISCARDED = "discarded"
    NO_BASKET = "no_basket"
    NO_ACCOUNT = "no_account"
    DETAILS_DIFFER = "details_differ"
    LINK_PROPOSED = "link_proposed"
    LINK_REJECTED = "link_rejected"
    UNLINKED = "unlinked"
    ANONYMOUS = "anonymous"
    MISMATCH = "mismatch"
    SHARED_BASKET = "shared_basket"
    OTHER_CUSTOMER = "other_customer"
    CUSTOMER_TAKEN = "customer_taken"
    BASKET_GONE = "basket_gone"
    DEADLINE_PASSED = "deadline_passed"
    CUSTOMER_GONE = "customer_gone"
    CLIENT_CHANGED = "client_changed"
    ERASED = "erased"
    GIVEN_UP = "given_up"


# A link's own word where an entry's reason of that name means something else.
_OF_LINKS = {"rejected": Reason.LINK_REJECTED}


def reason_of_link(reason: str) -> Reason:
    """Return why a visit is not sent, from why its guest is not linked (a LinkReason's value)."""
    return _OF_LINKS.get(reason) or Reason(reason)


@dataclass(frozen=True)
class Words:
    """`short` fits a table cell; `who` and `step` complete the sentence on a page."""

    short: str
    who: str = ""
    step: str = ""


ADMIN = "Your Spektrix admin"
MANAGER = "A manager of this venue"
NOBODY = "Nobody needs to do anything"
_SIGNED_IN_NEXT = "Their next booking made while signed in links them"

WORDS: dict[Reason, Words] = {
    Reason.GRACE: Words("Sends in a few seconds, so that Undo can stop it", NOBODY),
    Reason.LINK_PENDING: Words("Waiting to learn which Spektrix customer this guest is", NOBODY),
    Reason.PAUSED: Words(
        "Held since Spektrix was paused", MANAGER, "Resume, if it is still paused, and send what is held"
    ),
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
    Reason.CLOCK_OFF: Words(
        "Waiting for our clock to be set: Spektrix refused a signature of the wrong time (401)",
        "Our support",
        "Send us the time of this visit",
    ),
    Reason.EDGE_BLOCK: Words(
        "A security filter in front of Spektrix refused us (403)",
        "Our support",
        "Send us the time of this visit",
    ),
    Reason.CERTIFICATE: Words(
        "Nothing is sent while the certificate at Spektrix's address is not right",
        "Spektrix support",
        "Send them the time of this visit",
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
    Reason.DISCARDED: Words("Discarded by a manager", NOBODY),
    Reason.NO_BASKET: Words("Booked without a Spektrix basket, and no account matches", NOBODY),
    Reason.NO_ACCOUNT: Words("No Spektrix account has the guest's details", "The guest", _SIGNED_IN_NEXT),
    Reason.DETAILS_DIFFER: Words(
        "A Spektrix account has the email address, but neither surname nor phone number agree",
        MANAGER,
        "Compare the two on the guest's page",
    ),
    Reason.LINK_PROPOSED: Words(
        "A Spektrix customer may be this guest, and nobody has said so yet",
        MANAGER,
        "Confirm or reject the link on the guest's page",
    ),
    Reason.LINK_REJECTED: Words(
        "A manager said that the Spektrix customer is somebody else",
        MANAGER,
        "Look at the guest's page if that has changed",
    ),
    Reason.UNLINKED: Words(
        "A manager took the link to the Spektrix customer away", "The guest", _SIGNED_IN_NEXT
    ),
    Reason.ANONYMOUS: Words(
        "Basket was not signed in to Spektrix",
        "The guest",
        _SIGNED_IN_NEXT,
    ),
    Reason.MISMATCH: Words("Basket belongs to someone else", "The guest", _SIGNED_IN_NEXT),
    Reason.SHARED_BASKET: Words(
        "Basket was used by another guest too",
        "The guest",
        _SIGNED_IN_NEXT,
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
        _SIGNED_IN_NEXT,
    ),
    Reason.DEADLINE_PASSED: Words(
        "Spektrix could not be asked before the basket expired",
        "The guest",
        _SIGNED_IN_NEXT,
    ),
    Reason.CUSTOMER_GONE: Words(
        "The linked Spektrix customer no longer exists",
        "The guest",
        _SIGNED_IN_NEXT,
    ),
    Reason.CLIENT_CHANGED: Words(
        "Linked under another Spektrix client name",
        "The guest",
        _SIGNED_IN_NEXT,
    ),
    Reason.ERASED: Words("The guest's details were erased", NOBODY),
    Reason.GIVEN_UP: Words("Tried for 21 days without success", MANAGER, "Send again"),
}
