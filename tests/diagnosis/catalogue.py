"""The catalogue of seeded faults: what is broken, what somebody then sees, and the one finding that is right.

A fault is a function that breaks the demo venue or its Spektrix; it returns the booking it is about, if any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from portal.findings import CAUSE_LABELS, FINDINGS, Cause, Code

SYMPTOMS = {
    "connection": "Test connection comes back red",
    "pre-fill": "The date is not filled in",
    "visit": "One visit is not in Spektrix",
    "writes": "The connection is saved, but no visit reaches Spektrix",
}


@dataclass(frozen=True)
class Fault:
    """One seeded fault; `code` and `cause` None for a set-up that is healthy."""

    name: str
    symptom: str
    code: Code | None
    cause: Cause | None
    seed: Callable


FAULTS: list[Fault] = []
HEALTHY: list[Fault] = []


def fault(name: str, symptom: str, code: Code, cause: Cause):
    """Add the decorated function to the catalogue of faults."""

    def add(seed):
        FAULTS.append(Fault(name, symptom, code, cause, seed))
        return seed

    return add


def healthy(name: str, symptom: str):
    """Add the decorated function to the set-ups in which nothing is wrong."""

    def add(seed):
        HEALTHY.append(Fault(name, symptom, None, None, seed))
        return seed

    return add


def table() -> str:
    """Return the catalogue as the document shows it."""
    lines = ["| # | what is broken | finding | cause | who can fix it |", "|---|---|---|---|---|"]
    number = 0
    for name, title in SYMPTOMS.items():
        lines.append(f"| | **{title}** | | | |")
        for each in (each for each in FAULTS if each.symptom == name):
            number += 1
            found = FINDINGS[each.code]
            cells = (number, each.name, found.title, CAUSE_LABELS[each.cause], found.who)
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines += ["", "Healthy set-ups, in which nothing is reported:", ""]
    lines += [f"{n}. {each.name} ({SYMPTOMS[each.symptom]})" for n, each in enumerate(HEALTHY, start=1)]
    return "\n".join(lines)
