"""What can be wrong with the two customer attributes in Spektrix."""

from __future__ import annotations

from portal.findings.codes import Code
from portal.findings.parts import ADMIN, MANAGER, Badge, Cause, Finding

_PAGE = "integration.spektrix"
_NOT_STORED = Badge("warn", "Needs attention", "Connected, but visits are not being stored.")

ATTRIBUTE_FINDINGS: dict[Code, Finding] = {
    Code.ATTRIBUTES_NOT_SEEN: Finding(
        cause=Cause.ATTRIBUTES,
        title="The two attributes have not been looked up in Spektrix yet",
        because="the two attributes have not been looked up in Spektrix yet",
        who=MANAGER,
        step="Name a test customer, or wait for the first guest who books while signed in to Spektrix",
        action="integration.settings",
        help="set-up#attributes",
        badge=Badge(
            "warn",
            "Needs attention",
            "Connected, but the two attributes have not been seen in Spektrix yet.",
        ),
    ),
    Code.ATTRIBUTE_MISSING: Finding(
        cause=Cause.ATTRIBUTES,
        title="A customer attribute is missing in Spektrix",
        short="Sent, but Spektrix has no attribute with that exact name",
        because="Spektrix has no attribute with the exact name",
        who=ADMIN,
        step="Create it under Settings Interface › Attributes › Customer with the exact name",
        action=_PAGE,
        help="troubleshooting#attributes",
        badge=_NOT_STORED,
    ),
    Code.ATTRIBUTE_NEAR: Finding(
        cause=Cause.ATTRIBUTES,
        title="A customer attribute is spelled differently in Spektrix",
        because="an attribute is spelled differently in Spektrix",
        who=ADMIN,
        step="Rename it to the exact name, capitals and spaces included",
        action=_PAGE,
        help="troubleshooting#attributes",
        badge=_NOT_STORED,
    ),
    Code.ATTRIBUTE_TYPE: Finding(
        cause=Cause.ATTRIBUTES,
        title="A customer attribute has a type that changes or drops what is sent",
        short="Sent, but Spektrix keeps another value",
        because="Spektrix keeps a different value from the one sent",
        tag=("warn", "Stored, but changed"),
        who=ADMIN,
        step="Make the attribute again with type Text",
        action=_PAGE,
        help="troubleshooting#attribute-type",
        badge=_NOT_STORED,
    ),
    Code.KEPT_NOTHING: Finding(
        cause=Cause.ATTRIBUTES,
        title="Spektrix accepted a visit and kept neither of its values",
        short="Sent, but Spektrix kept neither value",
        because="Spektrix accepted it and kept neither value",
        who=ADMIN,
        step="Check that both attributes have type Text. If they have, ask Spektrix support",
        action=_PAGE,
        help="troubleshooting#attribute-type",
        badge=_NOT_STORED,
    ),
    Code.KEPT_ONE: Finding(
        cause=Cause.ATTRIBUTES,
        title="Spektrix kept one of a visit’s two values and dropped the other",
        short="Sent, but Spektrix kept one of the two values",
        because="Spektrix kept one of the two values and dropped the other",
        who=ADMIN,
        step="Find the attribute whose value was dropped, and make it again with type Text",
        action=_PAGE,
        help="troubleshooting#attribute-type",
        badge=_NOT_STORED,
    ),
    Code.NOT_STORED: Finding(
        cause=Cause.ATTRIBUTES,
        title="Spektrix accepted the visit and did not keep it",
        because="Spektrix accepted it and did not keep it",
        who=ADMIN,
        step="Check the exact names of both attributes",
        action=_PAGE,
        help="troubleshooting#attributes",
        badge=_NOT_STORED,
    ),
}
