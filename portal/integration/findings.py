"""Everything that can be wrong with the bridge, each under one cause, with who mends it and how (R2, N1).

The one vocabulary of the checks, the badge, the history, Find the fault and the support bundle.
"""

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
    """A finding. The words are in FINDINGS."""

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
        """Whether it lies inside Spektrix, so that their support is asked and not ours (R22, R23)."""
        return self.cause in {Cause.CREDENTIALS, Cause.ATTRIBUTES, Cause.SPEKTRIX}


_EDIT = "integration.edit"
_PAGE = "integration.spektrix"
_WIDGETS = "widgets.overview"
_C, _A, _W, _S, _O = Cause.CREDENTIALS, Cause.ATTRIBUTES, Cause.WIDGET, Cause.SPEKTRIX, Cause.OURS
_LATER = "Nothing here needs changing. Visits wait and are sent by themselves; check again in a few minutes"
_SIGNED_IN_NEXT = "Their next booking made while signed in to Spektrix links them"

FINDINGS: dict[Code, Finding] = {
    Code.NOT_CONNECTED: Finding(
        _C,
        "Spektrix is not connected",
        MANAGER,
        "Enter the client name, API user and API key",
        _PAGE,
        "set-up",
    ),
    Code.PAUSED: Finding(
        _O,
        "The integration is paused, so no basket is read and no visit is sent",
        MANAGER,
        "Switch Active on",
        _PAGE,
        "troubleshooting#paused",
    ),
    Code.KEY_UNREADABLE: Finding(
        _C,
        "The saved API key cannot be read any more",
        MANAGER,
        "Paste the API key again. If nobody has it, your Spektrix admin makes a new one and you paste that",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.KEY_NOT_BASE64: Finding(
        _C,
        "The saved text is not a Spektrix API key",
        MANAGER,
        "Copy the API key again, whole, and paste it",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.KEY_REFUSED: Finding(
        _C,
        "Spektrix did not accept the API user and key",
        MANAGER,
        "Check the API user name and paste the API key again. If it was replaced, your Spektrix admin makes "
        "a new key and you paste that",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.CLOCK_OFF: Finding(
        _O,
        "The clock of this portal's server is wrong",
        SUPPORT,
        "Send us the support bundle. The API key is not at fault, and calls get through meanwhile",
        "diagnosis.bundle",
        "troubleshooting#clock",
    ),
    Code.CUSTOMERS_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to read customers",
        ADMIN,
        "Recreate the API user with standard System Owner permissions",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.BASKETS_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to read baskets",
        ADMIN,
        "Recreate the API user with standard System Owner permissions",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.WRITING_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to update customers",
        ADMIN,
        "Recreate the API user with standard System Owner permissions",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.CLIENT_UNKNOWN: Finding(
        _C,
        "Spektrix has no client of that name",
        MANAGER,
        "Copy the client name from the address of your Spektrix admin pages, capitals included",
        _EDIT,
        "troubleshooting#client-name",
    ),
    Code.CLIENT_CASE: Finding(
        _C,
        "The client name is right but for its capitals",
        MANAGER,
        "Change the client name to small letters",
        _EDIT,
        "troubleshooting#client-name",
    ),
    Code.DOMAIN_UNREACHABLE: Finding(
        _C,
        "Your custom domain could not be reached",
        MANAGER,
        "Check the custom domain for a slip of the pen, or leave it empty",
        _EDIT,
        "troubleshooting#custom-domain",
    ),
    Code.DOMAIN_NOT_SPEKTRIX: Finding(
        _C,
        "Something other than Spektrix answers at your custom domain",
        MANAGER,
        "Check the custom domain, or ask your Spektrix admin which one is set up",
        _EDIT,
        "troubleshooting#custom-domain",
    ),
    Code.EDGE_BLOCK: Finding(
        _O,
        "A security filter in front of Spektrix refused this portal",
        SUPPORT,
        "Send us the support bundle; the credentials are not at fault",
        "diagnosis.bundle",
        "troubleshooting#edge",
    ),
    Code.SLOW_DOWN: Finding(
        _S, "Spektrix asked us to slow down", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.OUTAGE: Finding(
        _S, "Spektrix is having a problem at the moment", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.TIMED_OUT: Finding(
        _S, "Spektrix did not answer within 10 seconds", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.UNREACHABLE: Finding(
        _S, "Spektrix could not be reached", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.CERTIFICATE: Finding(
        _S,
        "The certificate at Spektrix's address is not right, so nothing is sent to it",
        SPEKTRIX_SUPPORT,
        "Send Spektrix support the time of this check",
        "diagnosis.bundle",
        "troubleshooting#outage",
    ),
    Code.REDIRECTED: Finding(
        _S,
        "Spektrix's address sends us elsewhere instead of answering",
        SPEKTRIX_SUPPORT,
        "Ask Spektrix support whether your system has moved to another address",
        "diagnosis.bundle",
        "troubleshooting#not-spektrix",
    ),
    Code.NOT_SPEKTRIX: Finding(
        _S,
        "Something other than Spektrix answered at its address",
        NOBODY,
        "This is often a maintenance page. Check again in a few minutes",
        help="troubleshooting#not-spektrix",
    ),
    Code.REJECTED: Finding(
        _O,
        "Spektrix refused what this portal asked",
        SUPPORT,
        "Send us the support bundle",
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
    Code.OUR_FAULT: Finding(
        _O,
        "Something went wrong in this portal",
        SUPPORT,
        "Send us the support bundle. Visits are tried again meanwhile",
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
    Code.ATTRIBUTES_NOT_SEEN: Finding(
        _A,
        "The two attributes have not been looked up in Spektrix yet",
        MANAGER,
        "Name a test customer, or wait for the first guest who books while signed in to Spektrix",
        "integration.settings",
        "set-up#attributes",
    ),
    Code.ATTRIBUTE_MISSING: Finding(
        _A,
        "A customer attribute is missing in Spektrix",
        ADMIN,
        "Create it under Settings Interface › Attributes › Customer with the exact name",
        _PAGE,
        "troubleshooting#attributes",
    ),
    Code.ATTRIBUTE_NEAR: Finding(
        _A,
        "A customer attribute is spelled differently in Spektrix",
        ADMIN,
        "Rename it to the exact name, capitals and spaces included",
        _PAGE,
        "troubleshooting#attributes",
    ),
    Code.ATTRIBUTE_TYPE: Finding(
        _A,
        "A customer attribute has a type that changes or drops what is sent",
        ADMIN,
        "Make the attribute again with type Text",
        _PAGE,
        "troubleshooting#attribute-type",
    ),
    Code.NOT_STORED: Finding(
        _A,
        "Spektrix accepted the visit and did not keep it",
        ADMIN,
        "Check the exact names of both attributes",
        _PAGE,
        "troubleshooting#attributes",
    ),
    Code.NO_WIDGET: Finding(
        _W, "There is no booking widget yet", MANAGER, "Make a widget", _WIDGETS, "set-up#widget"
    ),
    Code.WIDGET_NONE: Finding(
        _W,
        "The widget's integration is set to None",
        MANAGER,
        "Set the widget's Integration to Spektrix",
        _WIDGETS,
        "troubleshooting#widget-none",
    ),
    Code.NO_SITES: Finding(
        _W,
        "The widget may not run on any website yet",
        MANAGER,
        "Add your website to the widget",
        _WIDGETS,
        "troubleshooting#site-not-listed",
    ),
    Code.NOT_OPENED: Finding(
        _W,
        "Nobody has opened the widget on a website yet",
        WEB,
        "Check that the snippet is on the page, then open the widget there once",
        _WIDGETS,
        "troubleshooting#not-opened",
    ),
    Code.NO_BASKET: Finding(
        _W,
        "Guests open the widget before they have a ticket in their basket",
        WEB,
        "Link to the booking page from a page that comes after choosing seats",
        help="troubleshooting#no-basket",
    ),
    Code.SCRIPT_MISSING: Finding(
        _W,
        "Spektrix's own script is not on the page",
        WEB,
        "Add Spektrix's basket component to the page",
        help="troubleshooting#script",
    ),
    Code.SCRIPT_BLOCKED: Finding(
        _W,
        "The website's security policy blocks the basket",
        WEB,
        "Add the line that the widget's page names to the page's Content-Security-Policy (connect-src)",
        help="troubleshooting#script",
    ),
    Code.WRONG_HOST: Finding(
        _W,
        "The page and this portal use different Spektrix addresses",
        WEB,
        "Use one custom domain everywhere: on the page and under Connection details",
        _EDIT,
        "troubleshooting#wrong-host",
    ),
    Code.SITE_NOT_LISTED: Finding(
        _W,
        "The widget was opened on a website that is not on its list",
        MANAGER,
        "Add that website to the widget if it is yours",
        _WIDGETS,
        "troubleshooting#site-not-listed",
    ),
    Code.BASKET_TIMED_OUT: Finding(
        _S,
        "Spektrix was too slow to hand over the basket",
        NOBODY,
        "Guests can still book; the date is not filled in while Spektrix is slow",
        help="troubleshooting#outage",
    ),
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
    Code.NO_ACCOUNT: Finding(
        _O,
        "Booked without the widget, and no Spektrix account matches the guest's details",
        GUEST,
        "Their next booking through the widget while signed in links them",
        help="field-mapping#verified",
    ),
    Code.NO_BASKET_BOOKED: Finding(
        _O,
        "Booked through the widget without a Spektrix basket",
        GUEST,
        _SIGNED_IN_NEXT,
        help="field-mapping#verified",
    ),
    Code.LINK_PENDING: Finding(
        _O,
        "Spektrix has not been asked yet which customer this guest is",
        NOBODY,
        "Check again in a minute",
        help="field-mapping#verified",
    ),
    Code.LINK_PROPOSED: Finding(
        _O,
        "A Spektrix customer may be this guest, and a manager has to say so",
        MANAGER,
        "Confirm or reject the proposed link on the guest's page",
        "guests.show",
        "field-mapping#verified",
    ),
    Code.LINK_REJECTED: Finding(
        _O,
        "A manager decided that this guest is not linked to a Spektrix customer",
        MANAGER,
        "Look at the guest's page if that has changed",
        "guests.show",
        "field-mapping#verified",
    ),
    Code.ANONYMOUS: Finding(
        _O,
        "The basket was not signed in to Spektrix",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
    ),
    Code.MISMATCH: Finding(
        _O,
        "The basket belongs to another person than the one who booked",
        MANAGER,
        "Compare the two on the guest's page and decide",
        "guests.show",
        "field-mapping#verified",
    ),
    Code.SHARED_BASKET: Finding(
        _O,
        "Several guests booked with this one basket, as on a shared screen",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
    ),
    Code.OTHER_CUSTOMER: Finding(
        _O,
        "The basket's customer is not the one this guest was linked to",
        MANAGER,
        "Decide on the guest's page which account is theirs",
        "guests.show",
        "field-mapping#verified",
    ),
    Code.CUSTOMER_TAKEN: Finding(
        _O,
        "The basket's customer is linked to another guest already",
        MANAGER,
        "Check on the guest's page whether the two guests are one person",
        "guests.show",
        "field-mapping#verified",
    ),
    Code.BASKET_GONE: Finding(
        _O,
        "The basket had gone before Spektrix could be asked about it",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
    ),
    Code.DEADLINE_PASSED: Finding(
        _O,
        "Spektrix could not be asked before the basket expired",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
    ),
    Code.CUSTOMER_GONE: Finding(
        _S,
        "The linked customer no longer exists in Spektrix",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
    ),
    Code.CLIENT_CHANGED: Finding(
        _C,
        "The guest was linked under another client name",
        GUEST,
        _SIGNED_IN_NEXT,
        "guests.show",
        "field-mapping#verified",
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
    Code.GUEST_ERASED: Finding(
        _O,
        "The guest's details were erased, so nothing is sent for them",
        NOBODY,
        "Nothing is left to do: an erased guest has no Spektrix customer",
        help="field-mapping#verified",
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


def finding(code: Code) -> Finding:
    """Return what is said of `code`."""
    return FINDINGS[code]
