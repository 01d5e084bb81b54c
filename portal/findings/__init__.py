"""Everything that can be wrong with the bridge, each under one cause, with who mends it and how (R2, N1).

The one vocabulary of the checks, the badge, the history, Find the fault and the support bundle. The words are
in the five files that it puts together, by subject.
"""

from __future__ import annotations

from portal.findings.attributes import ATTRIBUTE_FINDINGS
from portal.findings.connection import CONNECTION_FINDINGS
from portal.findings.links import LINK_FINDINGS
from portal.findings.parts import (
    ADMIN,
    CAUSE_LABELS,
    GUEST,
    MANAGER,
    NOBODY,
    SPEKTRIX_SUPPORT,
    STAFF,
    SUPPORT,
    WEB,
    Cause,
    Code,
    Finding,
)
from portal.findings.visits import VISIT_FINDINGS
from portal.findings.widget import WIDGET_FINDINGS

__all__ = [
    "ADMIN",
    "CAUSE_LABELS",
    "FINDINGS",
    "GUEST",
    "MANAGER",
    "NOBODY",
    "SPEKTRIX_SUPPORT",
    "STAFF",
    "SUPPORT",
    "WEB",
    "Cause",
    "Code",
    "Finding",
    "finding",
]

FINDINGS: dict[Code, Finding] = {
    **CONNECTION_FINDINGS,
    **ATTRIBUTE_FINDINGS,
    **WIDGET_FINDINGS,
    **LINK_FINDINGS,
    **VISIT_FINDINGS,
}


def finding(code: Code) -> Finding:
    """Return what is said of `code`."""
    return FINDINGS[code]
