"""Why the theatre's programme could not be read. All other faults of Spektrix are those of the connection."""

from __future__ import annotations

from dataclasses import replace

from portal.findings.codes import Code
from portal.findings.parts import NOBODY, SUPPORT, Cause, Finding

_BUNDLE = "Send us the support bundle. Your settings are fine"
_AGAIN_BY_ITSELF = (
    "You do not need to change anything. The portal reads the programme again within 15 minutes"
)
_TITLES = {
    Code.TIMED_OUT: "Spektrix did not send its programme in time",
    Code.REJECTED: "Spektrix does not let this portal read its public programme",
    Code.OUR_FAULT: "Something went wrong in this portal while it read the programme",
}

PROGRAMME_FINDINGS: dict[Code, Finding] = {
    Code.PROGRAMME_TOO_LARGE: Finding(
        cause=Cause.OURS,
        title="The theatre’s programme is larger than this portal reads",
        because="the theatre’s programme is larger than this portal reads",
        who=SUPPORT,
        step=_BUNDLE,
        action="diagnosis.bundle",
        help="troubleshooting#ours",
    ),
    Code.PROGRAMME_OVERDUE: Finding(
        cause=Cause.OURS,
        title="The programme has not been read for more than two hours. It should be read every hour",
        because="the programme has not been read for more than two hours",
        who=SUPPORT,
        step="Press Read the programme again. If that does not help, send us the support bundle",
        action="diagnosis.bundle",
        help="troubleshooting#ours",
    ),
}


def about_programme(code: Code, found: Finding) -> Finding:
    """Return the finding of `code` as it is said of a programme that could not be read for it."""
    if code in PROGRAMME_FINDINGS:
        return found
    steps = {NOBODY: _AGAIN_BY_ITSELF, SUPPORT: _BUNDLE}
    return replace(found, title=_TITLES.get(code, found.title), step=steps.get(found.who, found.step))
