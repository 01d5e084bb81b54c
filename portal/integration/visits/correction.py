"""Sending what holds now in place of a visit that was set back after it had reached Spektrix (S43).

A person asks for it once. Whatever makes it needless or impossible ends it, and the question stands again.
"""

from __future__ import annotations

from datetime import datetime

from portal.bookings import service as bookings
from portal.bookings.models import Booking, Status
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.visits.write_back import ReadBack, WriteBack
from portal.outbox import rules as outbox_rules
from portal.outbox.delivering import Claim
from portal.outbox.models import Correction
from portal.outbox.rules import EMPTIED, Outcome, Sent


def write_back(claim: Claim) -> Outcome:
    """Outbox handler: send both values in one update and judge by reading back."""
    return (SendWhatHolds(claim) if claim.correction else WriteBack(claim)).make()


class SendWhatHolds(WriteBack):
    """One try at the values of the newest completed visit, or at emptying both where none remains."""

    def needless(self) -> Outcome | None:
        """Bookings that have changed since leave it to their own visits, or to another press."""
        return None if self.holds() else outbox_rules.not_sent(Code.BOOKINGS_CHANGED)

    def holds(self) -> bool:
        """Tell whether the booking is still set back, and completed visits remain or not as they did then."""
        booking = self.booking()
        last, _ = bookings.visit_totals(booking.guest_id)
        return booking.status != Status.COMPLETED and (last is None) == self._empties

    @property
    def _empties(self) -> bool:
        return self.claim.correction is Correction.EMPTY

    def prepare_question(self, integration: Integration, now: datetime) -> Outcome | None:
        """Find the customer, who has to be the one that shows the visit (P2)."""
        ended = super().prepare_question(integration, now)
        if ended is None and self.visit.sent_to != self.claim.sent_to:
            return outbox_rules.not_sent(Code.LINKED_ELSEWHERE)
        return ended

    def is_wanted(self) -> bool:
        """The same, and the values are still what holds: they are sent for their own sake."""
        return super().is_wanted() and self.values(self.booking(), self.visit.zone) == self.visit.values

    def values(self, booking: Booking, zone: str) -> Sent:
        """Work out what holds now, which is nothing where no completed visit remains."""
        return EMPTIED if self._empties else super().values(booking, zone)

    def paused(self, now: datetime) -> Outcome:
        """Send nothing, and hold nothing either: switching Active on is no word about this visit."""
        return outbox_rules.not_sent(Code.PAUSED)

    def confirmed(self, answer: ReadBack) -> Outcome:
        """The values are there, or gone."""
        if self._empties:
            return outbox_rules.confirmed(EMPTIED, Code.EMPTIED)
        return super().confirmed(answer)

    def not_stored(self, answer: ReadBack, now: datetime) -> Outcome:
        """Values that Spektrix does not give up are left to a person."""
        if self._empties:
            return outbox_rules.needs_attention(Code.NOT_EMPTIED, EMPTIED)
        return super().not_stored(answer, now)
