"""What a finding is made of: its cause, its wordings, who mends it. The words are in the files beside it."""

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

ADMIN = "Your Spektrix admin"
MANAGER = "A manager of this venue"
WEB = "Whoever looks after your website"
GUEST = "The guest"
STAFF = "Anybody who works the diary"
SUPPORT = "Our support"
SPEKTRIX_SUPPORT = "Spektrix support"
NOBODY = "Nobody needs to do anything"


class Mend(StrEnum):
    """How the Spektrix page helps to mend a fault of the connection."""

    KEY = "key"
    PERMISSION = "permission"
    NAME = "name"
    CASE = "case"
    DOMAIN = "domain"
    WAIT_AND_TEST = "wait_and_test"
    SUPPORT = "support"


@dataclass(frozen=True)
class Badge:
    """What the Spektrix page shows under its title: the badge's tone and word, and the line beside it.

    `proved_lead` is the line where visits have reached Spektrix before, "" where it is the same one.
    """

    tone: str
    word: str
    lead: str
    proved_lead: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that can be wrong, or keep a visit from Spektrix, with every wording.

    Args:
        cause: the one it is filed under.
        title: what is wrong, as a sentence without full stop.
        short: the same for a table cell; without one the title is short enough.
        because: completes "Not in Spektrix because ...".
        says: what a completed booking says in place of that, where nothing keeps its visit from Spektrix.
        who: who can mend it.
        step: the one next step, as an instruction without full stop.
        advice: all that is to be done, as sentences; without any it is the step alone.
        action: endpoint of the page on which the step is done, "" where that is outside of the portal.
        help: article and section of the help centre, as `troubleshooting#key-refused`.
        tag: tone and word of the tag that a booking carries, None for that of its state.
        evidence: what differed, with {booker} and {customer} for the two as far as they may be shown.
        badge: what the Spektrix page shows, None for what is no matter of the connection.
        mend: how the Spektrix page helps to mend it, likewise.
        status: the HTTP status that always comes with it, None where several may or none does.
        stops: whether nothing of the venue is sent to Spektrix until somebody has mended it.
        passes: whether it passes by itself.
    """

    cause: Cause
    title: str
    short: str = ""
    because: str
    says: str = ""
    who: str
    step: str
    advice: tuple[str, ...] = ()
    action: str = ""
    help: str = "troubleshooting"
    tag: tuple[str, str] | None = None
    evidence: str = ""
    badge: Badge | None = None
    mend: Mend | None = None
    status: int | None = None
    stops: bool = False
    passes: bool = False

    def __post_init__(self) -> None:
        # Frozen, so what is left out is filled in past the lock.
        object.__setattr__(self, "short", self.short or self.title)
        object.__setattr__(self, "advice", self.advice or (f"{self.step}.",))

    @property
    def is_theirs(self) -> bool:
        """Whether it lies inside Spektrix, so that their support is asked and not ours (R22, R23)."""
        return self.cause in {Cause.CREDENTIALS, Cause.ATTRIBUTES, Cause.SPEKTRIX}
