"""Reading a customer again after an update whose outcome is not known, and putting right what it overtook.

Such an update may take effect minutes later, over what a newer visit has written and read back since.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select

from portal import clock
from portal.bookings import service as bookings
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.guests.models import CustomerLink, LinkState
from portal.integration.attributes import service as attributes
from portal.integration.attributes.rules import NAMES, kept, value_of
from portal.integration.connection import blocks, gateway, rules
from portal.integration.connection.delivery import Delivery
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection
from portal.integration.connection.models import Integration
from portal.integration.visits.exchange import Exchange, values_sent
from portal.integration.visits.write_back import ReadBack
from portal.outbox import rules as outbox_rules, service as outbox
from portal.outbox.delivering import Claim
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.outbox.rules import EMPTIED, Outcome, Sent
from portal.spektrix.resolve import LAST_DINED_AT
from portal.spektrix.schemas import Customer
from portal.venues.models import Venue

_LOOK_AGAIN = timedelta(minutes=30)
_VISITS_COMPARED = 20
_UPDATES_COMPARED = 100
# A visit in one of these is sent and read back by its own next try.
_ON_ITS_WAY = (State.WAITING, State.RETRYING, State.BLOCKED)


def read_again(claim: Claim) -> Outcome:
    """Outbox handler: compare what the customer holds with what was last confirmed."""
    return ReadAgain(claim).make()


class ReadAgain(Delivery[Customer | None]):
    """One reading. It writes nothing; what has to be put right is sent by the visit's own next try."""

    pending = Code.LINK_PENDING
    customer_id: str
    sent_to: str

    def needless(self) -> Outcome | None:
        """Where there is no linked customer, nothing of ours can be put right."""
        return None if self._link() is not None else outbox_rules.settled()

    def unconnected(self) -> Outcome:
        """The same where the venue has left Spektrix."""
        return outbox_rules.settled()

    def prepare_question(self, integration: Integration, now: datetime) -> Outcome | None:
        """Copy out the customer's id, unless it is another client's."""
        link = self._link()
        if link is None or link.client_name != integration.client_name or link.spektrix_customer_id is None:
            return outbox_rules.settled()
        self.customer_id, self.sent_to = link.spektrix_customer_id, guests.recipient(link)
        return None

    def paused(self, now: datetime) -> Outcome:
        """Wait the pause out."""
        return outbox_rules.wait(Code.PAUSED, now + _LOOK_AGAIN)

    def is_wanted(self) -> bool:
        """The guest is linked to the same customer still."""
        link = self._link()
        return link is not None and link.spektrix_customer_id == self.customer_id

    def ask(self, connection: Connection) -> Customer | None:
        """Read the customer."""
        return gateway.found(
            connection, lambda: Exchange(self.claim.calls).read(connection, self.customer_id)
        )

    def save(self, integration: Integration | None, answer: Customer | None) -> Outcome:
        """Have the newest visit sent once more where Spektrix holds other values."""
        now = clock.utc_now()
        if integration is None:
            return outbox_rules.wait(self.pending, now)
        blocks.lift(integration, self.claim.kind)
        if answer is not None:
            attributes.note_seen(integration, answer)
            if not self._put_right(answer):
                self._notice_what_was_set_back(answer)
            self._notice_what_came_late(answer)
        # Another update may have left meanwhile, which starts the waits anew.
        owed = db.session.get_one(
            OutboxEntry, self.claim.entry_id, populate_existing=True, with_for_update={"key_share": True}
        )
        next_at = outbox_rules.read_again_at(owed.created_at, now)
        return outbox_rules.wait(self.pending, next_at) if next_at else outbox_rules.settled()

    def try_again(self, failed: CallFailed, now: datetime) -> Outcome:
        """Give up in the end: by then the next visit has written both values anew."""
        failing_for = now - (self.claim.first_failed_at or now)
        if failing_for > outbox_rules.KEEP_TRYING_FOR:
            return outbox_rules.settled()
        gap = outbox_rules.gap(self.claim.kind, self.claim.attempts, failing_for)
        return Outcome(State.RETRYING, failed.code, due_at=now + gap)

    def _put_right(self, customer: Customer) -> bool:
        last = db.session.scalar(self._visits(State.CONFIRMED))
        if last is None or _holds(customer, last, self._zone()) or self._is_one_on_its_way():
            return False
        if not self._holds_ours(customer, last):
            return False
        # A visit that was set back after it was sent is not sent again; the newest that stands is.
        standing = (Booking.status == Status.COMPLETED, Booking.completion_no == OutboxEntry.completion_no)
        newest = db.session.scalar(
            self._visits(State.CONFIRMED)
            .join(Booking, Booking.id == OutboxEntry.booking_id)
            .where(*standing)
            .with_for_update(of=OutboxEntry, key_share=True)
        )
        if newest is None and last.correction is not None:
            newest = db.session.get_one(
                OutboxEntry,
                last.id,
                populate_existing=True,
                with_for_update={"of": OutboxEntry, "key_share": True},
            )
        if newest is None:
            return False
        outbox.send_once_more(newest)
        return True

    def _holds_ours(self, customer: Customer, last: OutboxEntry) -> bool:
        """Tell whether the values are of an earlier update: what somebody has typed since is left (S45)."""
        updates = db.session.scalars(
            select(Attempt.sent)
            .join(OutboxEntry, OutboxEntry.id == Attempt.entry_id)
            .where(*self._of_visits(), Attempt.sent != "")
            .order_by(Attempt.id.desc())
            .limit(_UPDATES_COMPARED)
        )
        sent = {each for each in map(values_sent, updates) if each is not None}
        return any(_shows(customer, each, self._zone()) for each in sent) or self._holds_unnoted(
            customer, last
        )

    def _holds_unnoted(self, customer: Customer, last: OutboxEntry) -> bool:
        """Tell whether the date is another visit's: a worker that died saved nothing of what it had sent."""
        shown = value_of(LAST_DINED_AT, customer)
        ends = db.session.scalars(
            select(Booking.ends_at)
            .join(OutboxEntry, OutboxEntry.booking_id == Booking.id)
            .where(*self._of_visits())
            .order_by(OutboxEntry.id.desc())
            .limit(_VISITS_COMPARED)
        )
        others = {clock.iso_with_offset(each, self._zone()) for each in ends} - {last.sent_last_dined}
        return any(rules.same_instant(each, shown, self._zone()).kept for each in others)

    def _notice_what_was_set_back(self, customer: Customer) -> None:
        """Let a visit that was set back ask what is to be sent, once its update is seen to have landed."""
        visits = db.session.execute(
            self._visits(State.NOT_SENT, State.NEEDS_ATTENTION)
            .add_columns(Booking.ends_at)
            .join(Booking, Booking.id == OutboxEntry.booking_id)
            .where(OutboxEntry.set_back_at.is_not(None), Booking.status != Status.COMPLETED)
            .limit(_VISITS_COMPARED)
            .with_for_update(of=OutboxEntry, key_share=True)
        )
        for visit, ends_at in visits:
            end = clock.iso_with_offset(ends_at, self._zone())
            if rules.same_instant(end, value_of(LAST_DINED_AT, customer), self._zone()).kept:
                if visit.sent_last_dined is None:
                    # A worker that died saved nothing of what it had sent.
                    visit.sent_last_dined, visit.sent_to = end, self.sent_to
                    visit.sent_visits = bookings.visit_totals(visit.guest_id)[1]
                visit.state, visit.reason, visit.closed_at = State.CONFIRMED, None, clock.utc_now()
                return

    def _notice_what_came_late(self, customer: Customer) -> None:
        """Let a visit that was called not stored be read back again, once what it sent is there after all."""
        visit = db.session.scalar(self._visits(State.NOT_STORED))
        if visit is not None and _holds(customer, visit, self._zone()):
            outbox.wake(OutboxEntry.id == visit.id, states=(State.NOT_STORED,))

    def _zone(self) -> str:
        return db.session.get_one(Venue, self.claim.venue_id).timezone

    def _visits(self, *states: State) -> Select[OutboxEntry]:
        return (
            select(OutboxEntry)
            .where(*self._of_visits(), OutboxEntry.state.in_(states))
            .order_by(OutboxEntry.closed_at.desc(), OutboxEntry.id.desc())
            .limit(1)
        )

    def _of_visits(self) -> tuple[ColumnElement[bool], ...]:
        return (
            OutboxEntry.guest_id == self.claim.guest_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.sent_to.in_(("", self.sent_to)),
        )

    def _is_one_on_its_way(self) -> bool:
        return db.session.scalar(self._visits(*_ON_ITS_WAY)) is not None

    def _link(self) -> CustomerLink | None:
        return db.session.scalar(
            select(CustomerLink).where(
                CustomerLink.guest_id == self.claim.guest_id, CustomerLink.state == LinkState.VERIFIED
            )
        )


def _holds(customer: Customer, visit: OutboxEntry, zone: str) -> bool:
    if visit.sent_last_dined is None or visit.sent_visits is None:
        return True
    return _shows(customer, Sent(visit.sent_last_dined, visit.sent_visits), zone)


def _shows(customer: Customer, sent: Sent, zone: str) -> bool:
    if sent == EMPTIED:
        return all(value_of(name, customer) in (None, "") for name in NAMES)
    return ReadBack(customer, kept(sent.last_dined, sent.visits, customer, zone)).landed
