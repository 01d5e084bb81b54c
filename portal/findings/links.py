"""Why a guest is not linked to a Spektrix customer."""

from __future__ import annotations

from portal.findings.parts import GUEST, MANAGER, NOBODY, Cause, Code, Finding

_C, _S, _O = Cause.CREDENTIALS, Cause.SPEKTRIX, Cause.OURS
_SIGNED_IN_NEXT = "Their next booking made while signed in to Spektrix links them"

LINK_FINDINGS: dict[Code, Finding] = {
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
    Code.GUEST_ERASED: Finding(
        _O,
        "The guest's details were erased, so nothing is sent for them",
        NOBODY,
        "Nothing is left to do: an erased guest has no Spektrix customer",
        help="field-mapping#verified",
    ),
}
