"""What can be wrong with the two customer attributes in Spektrix."""

from __future__ import annotations

from portal.findings.parts import ADMIN, MANAGER, Cause, Code, Finding

_PAGE = "integration.spektrix"
_A = Cause.ATTRIBUTES

ATTRIBUTE_FINDINGS: dict[Code, Finding] = {
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
}
