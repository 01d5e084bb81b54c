"""Everything that can be wrong with the bridge: one code each, with every wording and who mends it (R2, N1).

The codes are in codes.py; they are what the database stores. The words are in the files that this one puts
together, by subject. Whoever shows a code reads its finding here and words nothing of its own.
"""

from __future__ import annotations

from portal.findings.attributes import ATTRIBUTE_FINDINGS
from portal.findings.codes import Code
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
    Badge,
    Cause,
    Finding,
    Mend,
)
from portal.findings.programme import PROGRAMME_FINDINGS
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
    "Badge",
    "Cause",
    "Code",
    "Finding",
    "Mend",
    "finding",
]

FINDINGS: dict[Code, Finding] = {
    **CONNECTION_FINDINGS,
    **ATTRIBUTE_FINDINGS,
    **WIDGET_FINDINGS,
    **LINK_FINDINGS,
    **VISIT_FINDINGS,
    **PROGRAMME_FINDINGS,
}


def finding(code: Code | str) -> Finding:
    """Return what is said of `code`, which may come as the database stores it."""
    return FINDINGS[Code(code)]
