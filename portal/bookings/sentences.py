"""The one sentence that every Completed booking carries: in Spektrix, or why not and who mends it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.outbox.models import State
from portal.outbox.reasons import NOBODY, WORDS, Reason

BECAUSE: dict[Reason, str] = {
    Reason.GRACE: "it is sent in a few seconds, so that Undo can stop it",
    Reason.LINK_PENDING: "we are still learning which Spektrix customer this guest is",
    Reason.PAUSED: "it was completed while the integration was paused",
    Reason.NOT_CONNECTED: "Spektrix was not connected",
    Reason.KEY_REFUSED: "Spektrix does not accept the API user and key",
    Reason.KEY_UNREADABLE: "the saved API key cannot be read",
    Reason.BASKETS_REFUSED: "the API user is not allowed to read baskets",
    Reason.CUSTOMERS_REFUSED: "the API user is not allowed to update customers",
    Reason.CLIENT_NAME: "Spektrix knows no client of the saved name",
    Reason.CLOCK_OFF: "the clock of our server is wrong",
    Reason.EDGE_BLOCK: "a security filter in front of Spektrix refuses us",
    Reason.CERTIFICATE: "the certificate at Spektrix’s address is not right",
    Reason.SLOW_DOWN: "Spektrix asked us to slow down",
    Reason.SPEKTRIX_TROUBLE: "Spektrix is having a problem",
    Reason.TIMED_OUT: "Spektrix did not answer in time",
    Reason.UNREACHABLE: "Spektrix could not be reached",
    Reason.NOT_SPEKTRIX: "something other than Spektrix answered",
    Reason.OUR_FAULT: "something went wrong on our side",
    Reason.REJECTED: "Spektrix refused the values",
    Reason.ATTRIBUTES_MISSING: "Spektrix has no attribute of the exact name",
    Reason.SET_BACK: "it was set back before it was sent",
    Reason.DISCARDED: "a manager discarded it",
    Reason.NO_BASKET: "the guest booked without a Spektrix basket, and no account matches",
    Reason.NO_ACCOUNT: "no Spektrix account has the guest’s details",
    Reason.DETAILS_DIFFER: "an account has the email address, but neither surname nor phone number agree",
    Reason.LINK_PROPOSED: "nobody has said yet whether a Spektrix customer is this guest",
    Reason.LINK_REJECTED: "a manager said that the Spektrix customer is somebody else",
    Reason.UNLINKED: "a manager unlinked the guest",
    Reason.ANONYMOUS: "the basket was not signed in to Spektrix",
    Reason.MISMATCH: "the basket belongs to someone else",
    Reason.SHARED_BASKET: "the basket was used by another guest too",
    Reason.OTHER_CUSTOMER: "the basket’s customer is not the one this guest was linked to",
    Reason.CUSTOMER_TAKEN: "the customer is linked to another guest",
    Reason.BASKET_GONE: "the basket had gone before we could ask about it",
    Reason.DEADLINE_PASSED: "Spektrix could not be asked before the basket expired",
    Reason.CUSTOMER_GONE: "the linked Spektrix customer no longer exists",
    Reason.CLIENT_CHANGED: "the guest was linked under another Spektrix client name",
    Reason.ERASED: "the guest’s details were erased",
    Reason.GIVEN_UP: "it was tried for 21 days without success",
}


@dataclass(frozen=True)
class Sentence:
    """What is said of one Completed booking; `who` does `step` about it, both "" where it has landed.

    `reason` is why it has not, where the log names one.
    """

    text: str
    who: str = ""
    step: str = ""
    reason: Reason | None = None

    @property
    def landed(self) -> bool:
        return not self.who

    @property
    def needs_somebody(self) -> bool:
        """Whether there is a fault to find: what passes by itself, or was decided, is none."""
        return not self.landed and self.who != NOBODY


# Completed before this portal kept a record of visits, or brought in from elsewhere.
UNKNOWN = Sentence("Not in Spektrix because no visit was recorded for it", NOBODY)


def sentence_for(state: State, reason: Reason | None) -> Sentence:
    """Say whether the visit of a Completed booking is in Spektrix, else why not and who mends it."""
    if state is State.CONFIRMED:
        day_only = reason is Reason.KEPT_DAY_ONLY
        return Sentence("In Spektrix, the day without the time" if day_only else "In Spektrix")
    if reason is None:
        return Sentence("Not in Spektrix because it is being sent just now", NOBODY)
    words = WORDS[reason]
    text = f"Not in Spektrix because {BECAUSE.get(reason) or words.short}"
    if reason is Reason.STORED_CHANGED:
        text = "In Spektrix, but with another value than was sent"
    return Sentence(text, words.who or NOBODY, words.step, reason)
