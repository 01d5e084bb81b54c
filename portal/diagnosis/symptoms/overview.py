"""The four symptoms, in the article's order (R3), in the words of whoever looks for help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """One symptom.

    Args:
        endpoint: the page that finds its fault.
        title: what somebody sees.
        looks_at: what is checked, in the order in which it is.
        all_well: the message when nothing is wrong.
        help: section of the troubleshooting article.
        managers: whether only managers may run it.
    """

    endpoint: str
    title: str
    looks_at: str
    all_well: str
    help: str
    managers: bool = True


CONNECTION = Symptom(
    "diagnosis.connection",
    "Test connection comes back red",
    "Checks that Spektrix answers, knows your client name, accepts the API user and key, and lets it work.",
    "Nothing is wrong with the connection",
    "connection",
)
PRE_FILL = Symptom(
    "diagnosis.pre_fill",
    "The date is not filled in",
    "Checks the widget’s integration, the guest’s basket, Spektrix’s script on your page, the Active switch.",
    "Dates are filled in",
    "pre-fill",
)
VISIT = Symptom(
    "diagnosis.visit",
    "One visit is not in Spektrix",
    "Checks one booking: its status, where it came from, the guest’s link, "
    "the two attributes and the Active switch.",
    "This visit is in Spektrix",
    "visits",
    managers=False,
)
WRITES = Symptom(
    "diagnosis.writes",
    "The connection is saved, but no visit reaches Spektrix",
    "Checks the two attributes letter by letter, then the right to write, then what came of the last visits.",
    "Nothing stands in the way of visits",
    "writes",
)
SYMPTOMS = (CONNECTION, PRE_FILL, VISIT, WRITES)
