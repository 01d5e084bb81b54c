"""Writing a completed visit to its Spektrix customer, and reading it back (R79 to R98, N2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock
from portal.bookings import link_checks, service as bookings
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.guests.models import CustomerLink, LinkState
from portal.integration.attributes import service as attributes
from portal.integration.attributes.rules import (
    NAMES,
    Keeps,
    kept,
    may_take_another_form,
    shows_unset,
    value_of,
)
from portal.integration.connection import blocks, gateway
from portal.integration.connection.delivery import Delivery
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection
from portal.integration.connection.models import Integration
from portal.integration.visits import exchange
from portal.integration.visits.exchange import Exchange
from portal.outbox import rules as outbox_rules, service as outbox
from portal.outbox.delivering import Claim
from portal.outbox.models import State
from portal.outbox.rules import EMPTIED, Outcome, Sent
from portal.spektrix.resolve import (
    LAST_DINED_AT,
    key_to_write,
    near_misses,
    other_keys,
    resolve_attribute_key,
)
from portal.spektrix.schemas import AttributeUpdate, AttributeValues, Customer
from portal.venues.models import Venue

# The wake-up comes when the link is settled; this is in case it is lost.
_LOOK_AGAIN = timedelta(seconds=20)


@dataclass(frozen=True)
class Visit:
    """What is sent and how it is judged, copied out of the database before the calls.

    Args:
        keys: by attribute, the key that an earlier record showed.
        stored_under: by attribute, the key that stores although another one is shown, "" for none.
        absence_proves: whether a record that does not show an attribute proves that there is none.
        sent_to: recognises the customer.
        set_back: earlier visits that were set back by the time the values were worked out.
    """

    customer_id: str
    values: Sent
    zone: str
    keys: Mapping[str, str]
    stored_under: Mapping[str, str]
    absence_proves: bool
    sent_to: str
    set_back: tuple[int, ...]

    def update(self, keys: tuple[str, str]) -> AttributeValues:
        """Return both values under the keys of the two attributes."""
        if self.values == EMPTIED:
            return AttributeValues(keys[0], None, keys[1], None)
        return AttributeUpdate(keys[0], self.values.last_dined, keys[1], self.values.visits)


@dataclass(frozen=True)
class ReadBack:
    """What the customer holds after the send, and what became of each value whose attribute exists.

    `sent_under` names the keys, where this try has sent.
    """

    customer: Customer
    kept: Mapping[str, Keeps]
    sent_under: Mapping[str, str] | None = None

    @property
    def landed(self) -> bool:
        return all(name in self.kept and self.kept[name].lands for name in NAMES)

    @property
    def why_not_stored(self) -> tuple[Code, list[str]]:
        """What became of values that did not land, and the attributes it is about."""
        missing = attributes.missing_names(self.customer)
        if missing:
            return Code.ATTRIBUTE_MISSING, missing
        changed = [name for name in NAMES if self.kept[name] is Keeps.CHANGED]
        if changed:
            return Code.ATTRIBUTE_TYPE, changed
        dropped = [name for name in NAMES if self.kept[name] is Keeps.NOTHING]
        return Code.KEPT_NOTHING if len(dropped) == len(NAMES) else Code.KEPT_ONE, dropped

    def judged_against(self, before: Mapping[str, str]) -> ReadBack:
        """Judge again, knowing the first record: a value that has not moved was not stored.

        Args:
            before: what the record held at first, by key.
        """
        judged = dict(self.kept)
        for name in NAMES:
            key = resolve_attribute_key(name, self.customer)
            if not key or judged.get(name) is not Keeps.CHANGED:
                continue
            if before.get(key) == exchange.text(self.customer.attributes[key]):
                judged[name] = Keeps.NOTHING
        return replace(self, kept=judged)


class WriteBack(Delivery[ReadBack | None]):
    """One try at a visit."""

    pending = Code.VISIT_WAITING
    visit: Visit

    def __init__(self, claim: Claim) -> None:
        super().__init__(claim)
        self._exchange = Exchange(claim.calls)
        # What the calls were made with: a try that was stopped prepares the visit anew to learn why.
        self._asked: Visit | None = None
        # What the record held before the send; known once Spektrix has had all its time to show it.
        self._first_shown: Mapping[str, str] | None = None

    def make(self) -> Outcome:
        """Make the try, and note with its outcome what was sent and what the record held before."""
        outcome = super().make()
        if self._asked is None:
            return outcome
        outcome = self._still_to_be_shown(outcome)
        return replace(self._exchange.noted(outcome, self._asked.values), sent_to=self._asked.sent_to)

    def _still_to_be_shown(self, outcome: Outcome) -> Outcome:
        """Keep note that a value has yet to be shown, where this try has failed to look for it."""
        looks_again = outcome.state is State.RETRYING or outcome.reason is self.pending
        if looks_again and self._was_just_sent() and not self.update_has_left:
            return replace(outcome, reason=Code.VISIT_NOT_SHOWN_YET)
        return outcome

    @property
    def update_has_left(self) -> bool:
        """Whether this try has sent the values."""
        return self._exchange.update_has_left

    @property
    def is_reading_back(self) -> bool:
        """Whether what this try has sent is being read back."""
        return self._exchange.is_reading_back

    def needless(self) -> Outcome | None:
        """A visit that was set back is not sent."""
        return None if self.holds() else outbox_rules.not_sent(Code.SET_BACK)

    def holds(self) -> bool:
        """Tell whether the bookings are still as they were when this was owed."""
        return self.booking().status == Status.COMPLETED

    def unconnected(self) -> Outcome:
        """A visit of a venue that has left Spektrix is not sent."""
        return outbox_rules.not_sent(Code.NOT_CONNECTED)

    def prepare_question(self, integration: Integration, now: datetime) -> Outcome | None:
        """Find the customer (R82, R83), and work the values out now (Q4, R93)."""
        booking = self.booking()
        customer_id = _verified_customer(booking, integration)
        if isinstance(customer_id, Outcome):
            return customer_id
        zone, sent_to = _zone(self.claim.venue_id), guests.recipient(booking.guest.link)
        # Looked at before the values are worked out, so that the values leave every one of these out.
        set_back = outbox.set_back_visits(booking.guest_id, sent_to)
        self.visit = Visit(
            customer_id=customer_id,
            values=self.values(booking, zone),
            zone=zone,
            keys={check.name: check.server_key for check in integration.attributes},
            stored_under={check.name: check.stored_under for check in integration.attributes},
            absence_proves=integration.attributes_always_shown,
            sent_to=sent_to,
            set_back=set_back,
        )
        if self._was_just_sent():
            looks = exchange.looks_since_update(self.claim.entry_id)
            if outbox_rules.not_shown_yet(looks, self.visit.values, now) is None:
                self._first_shown = exchange.first_shown(self.claim.entry_id, self.claim.guest_id)
        return None

    def values(self, booking: Booking, zone: str) -> Sent:
        """Work out what holds now (R86, R89)."""
        last, visits = bookings.visit_totals(booking.guest_id)
        return Sent(clock.iso_with_offset(last or booking.ends_at, zone), visits)

    def paused(self, now: datetime) -> Outcome:
        """Park the visit until a manager sends or discards it (Q8)."""
        return outbox_rules.held()

    def is_wanted(self) -> bool:
        """The visit stands, and its guest is linked to the customer still (P2)."""
        link = self.booking().guest.link
        linked = link is not None and link.state == LinkState.VERIFIED
        same = link is not None and link.spektrix_customer_id == self.visit.customer_id
        return linked and same and self.holds()

    def ask(self, connection: Connection) -> ReadBack | None:
        """Read, send, read back. Returns None where Spektrix has no such customer any more."""
        self._asked = self.visit
        return gateway.found(connection, lambda: self._send(connection))

    def _send(self, connection: Connection) -> ReadBack:
        visit = self.visit
        customer = self._exchange.read(connection, visit.customer_id)
        if self.claim.may_have_landed:
            found = _compare(customer, visit)
            if found.landed or self._would_be_dropped(customer):
                return found
            if self._was_just_sent():
                return self._in_another_form(connection, found)
        return self._send_under(connection, self._keys(customer), customer)

    def _keys(self, customer: Customer) -> tuple[str, str]:
        stored, known = self.visit.stored_under, self.visit.keys
        last, count = (
            stored.get(name) or key_to_write(name, customer, known.get(name, "")) for name in NAMES
        )
        return last, count

    def _send_under(self, connection: Connection, keys: tuple[str, str], before: Customer) -> ReadBack:
        visit = self.visit
        self._exchange.update(connection, visit.customer_id, visit.update(keys))
        after = _compare(self._exchange.read(connection, visit.customer_id), visit, before)
        return replace(after, sent_under=dict(zip(NAMES, keys, strict=True)))

    def _in_another_form(self, connection: Connection, found: ReadBack) -> ReadBack:
        """Once Spektrix has had its time and kept nothing, try each other form of the keys, once.

        A failure here costs the attempt at this form and no more.
        """
        if self._first_shown is None or self.visit.values == EMPTIED:
            return found
        before = found.customer
        found = found.judged_against(self._first_shown)
        for keys in other_keys(self._keys(before)):
            proves = self.visit.absence_proves
            if not may_take_another_form(found.customer, found.kept, absence_proves=proves):
                break
            try:
                found = self._send_under(connection, keys, before)
            except CallFailed:
                continue
        return found

    def _would_be_dropped(self, customer: Customer) -> bool:
        """Do not resend while the record still proves the attribute missing."""
        return (
            self.claim.last_state is State.NOT_STORED
            and self.visit.absence_proves
            and bool(attributes.missing_names(customer))
        )

    def _was_just_sent(self) -> bool:
        """Do not resend to the same customer before Spektrix had time to show what was sent."""
        just_sent = self.claim.last_reason is Code.VISIT_NOT_SHOWN_YET
        to_them = self.claim.sent_to == self.visit.sent_to
        return just_sent and to_them and self.claim.last_sent == self.visit.values

    def save(self, integration: Integration | None, answer: ReadBack | None) -> Outcome:
        """Confirm what landed; say what did not."""
        if answer is None:
            return self._without_customer(integration)
        if not self.update_has_left:
            # This try only read.
            answer = answer.judged_against(exchange.first_shown(self.claim.entry_id, self.claim.guest_id))
        values, now = self.visit.values, clock.utc_now()
        not_yet = None if answer.landed else self._not_shown_yet(answer, now)
        if integration is not None:
            blocks.lift(integration, self.claim.kind)
            # That a value was emptied shows nothing of what the type keeps.
            judged = None if not_yet or values == EMPTIED else answer.kept
            attributes.note_seen(integration, answer.customer, judged, answer.sent_under)
        if not_yet is not None:
            return not_yet
        if answer.landed:
            outbox.note_no_longer_shown(self.visit.set_back)
            return self.confirmed(answer)
        return self.not_stored(answer, now)

    def confirmed(self, answer: ReadBack) -> Outcome:
        """The values are there."""
        day_only = answer.kept[LAST_DINED_AT] is Keeps.DAY
        return outbox_rules.confirmed(self.visit.values, Code.DAY_ONLY if day_only else None)

    def not_stored(self, answer: ReadBack, now: datetime) -> Outcome:
        """They are not, and there is nothing more to wait for."""
        code, names = answer.why_not_stored
        return outbox_rules.not_stored(code, " and ".join(names), self.visit.values, now)

    def _not_shown_yet(self, answer: ReadBack, now: datetime) -> Outcome | None:
        """Wait for Spektrix to show what it has accepted; None once there is nothing to wait for."""
        missing = attributes.missing_names(answer.customer)
        proved = self.visit.absence_proves or shows_unset(answer.customer)
        misspelled = all(near_misses(name, answer.customer) for name in missing)
        if (missing and (proved or misspelled)) or self.claim.last_state is State.NOT_STORED:
            return None
        if self._first_shown is not None:
            return None
        looks = 0 if self.update_has_left else exchange.looks_since_update(self.claim.entry_id)
        return outbox_rules.not_shown_yet(looks, self.visit.values, now)

    def _without_customer(self, integration: Integration | None) -> Outcome:
        """The client may have changed meanwhile: then try again there."""
        if integration is None:
            return outbox_rules.wait(self.pending, clock.utc_now())
        link = self.booking().guest.link
        if link is not None and link.spektrix_customer_id == self.visit.customer_id:
            guests.mark_stale(link, Code.CUSTOMER_GONE)
        return outbox_rules.not_sent(Code.CUSTOMER_GONE)

    def try_again(self, failed: CallFailed, now: datetime) -> Outcome:
        """Hand over to a person what Spektrix refused twice."""
        if failed.final and self.claim.attempts > 1:
            return outbox_rules.needs_attention(failed.code)
        return outbox_rules.retry(
            self.claim.kind, failed.code, self.claim.attempts, self.claim.first_failed_at, now
        )

    def booking(self) -> Booking:
        """The booking that it is about, as it stands now."""
        return Booking.get_for(self.claim.venue_id, self.claim.booking_id)


def _verified_customer(booking: Booking, integration: Integration) -> str | Outcome:
    link = booking.guest.link
    verified = link is not None and link.state == LinkState.VERIFIED
    if not verified and link_checks.are_open_for(booking.guest_id):
        return outbox_rules.wait(Code.LINK_PENDING, clock.utc_now() + _LOOK_AGAIN)
    if link is None:
        return outbox_rules.not_sent(Code.NO_BASKET_BOOKED)
    if not verified or link.spektrix_customer_id is None:
        return outbox_rules.not_sent(_why_not_linked(link))
    if link.client_name != integration.client_name:
        return outbox_rules.not_sent(Code.CLIENT_CHANGED)
    return link.spektrix_customer_id


def _why_not_linked(link: CustomerLink) -> Code:
    return Code(link.reason) if link.reason else Code.NO_BASKET_BOOKED


def _zone(venue_id: int) -> str:
    return db.session.scalars(select(Venue.timezone).where(Venue.id == venue_id)).one()


def _compare(customer: Customer, visit: Visit, before: Customer | None = None) -> ReadBack:
    values = visit.values
    if values == EMPTIED:
        unset = {name: value_of(name, customer) in (None, "") for name in NAMES}
        return ReadBack(customer, {name: Keeps.ALL if unset[name] else Keeps.NOTHING for name in NAMES})
    return ReadBack(customer, kept(values.last_dined, values.visits, customer, visit.zone, before))
