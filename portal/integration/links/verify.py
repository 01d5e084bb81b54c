"""Verifying the link: ask Spektrix which customer a guest is, and save what it says (R62 to R77)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from portal import clock
from portal.bookings import link_checks
from portal.bookings.models import Booking, LinkCheck
from portal.extensions import db
from portal.findings import Code, finding
from portal.guests import rules as guest_rules, service as guests
from portal.guests.models import Guest, LinkBasis, LinkState
from portal.guests.rules import Person
from portal.integration.attributes import service as attributes
from portal.integration.connection import blocks
from portal.integration.connection.delivery import Delivery
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.links import matching
from portal.integration.links.matching import Answer
from portal.outbox import rules as outbox_rules, service as outbox
from portal.outbox.delivering import Claim
from portal.outbox.models import Kind, State
from portal.outbox.rules import Outcome
from portal.venues.models import Venue

# How long after a pause a question is looked at again. Details keep, so they are not looked at in a hurry.
_LOOK_AGAIN = {LinkBasis.BASKET: timedelta(seconds=5), LinkBasis.DETAILS: timedelta(minutes=30)}


@dataclass(frozen=True)
class Question:
    """What is asked, copied out of the database before the calls."""

    basket_id: str | None
    guest: Person
    booker: Person


def verify_link(claim: Claim) -> Outcome:
    """Outbox handler: settle one booking's question. The answer never touches the booking itself."""
    outcome = VerifyLink(claim).make()
    if outcome.due_at is None:
        return outcome
    check = _open_check(claim)
    if check is None:
        return outbox_rules.settled()
    # No wait outlives the question: at its deadline it is closed, whatever kept it.
    return replace(outcome, due_at=min(outcome.due_at, check.deadline_at))


class VerifyLink(Delivery[Answer]):
    """One try at a question."""

    pending = Code.LINK_PENDING
    question: Question

    def needless(self) -> Outcome | None:
        """A question ends when it is answered, needless or too old."""
        check = _open_check(self.claim)
        if check is None:
            return outbox_rules.settled()
        if _has_become_needless(check):
            return _close(check, verified=False, reason=None)
        is_lost = check.basis == LinkBasis.BASKET and check.basket_id is None
        if is_lost or clock.utc_now() >= check.deadline_at:
            by_basket = check.basis == LinkBasis.BASKET
            return _refuse(check, Code.DEADLINE_PASSED if by_basket else Code.DETAILS_NOT_ASKED)
        return None

    def unconnected(self) -> Outcome:
        """A venue without Spektrix has nobody to look for; a basket it should have asked about is lost."""
        check = self._check()
        if check.basis == LinkBasis.DETAILS:
            return _close(check, verified=False, reason=None)
        return _refuse(check, Code.DEADLINE_PASSED)

    def prepare_question(self, integration: Integration, now: datetime) -> None:
        """Copy out the basket and who booked."""
        check = self._check()
        country = db.session.get_one(Venue, check.venue_id).country
        guest = db.session.get_one(Guest, check.guest_id)
        self.question = Question(check.basket_id, _profile(guest, country), _booker(check.booking, country))

    def paused(self, now: datetime) -> Outcome:
        """Wait the pause out; that uses up no try."""
        return outbox_rules.wait(Code.PAUSED, now + _LOOK_AGAIN[LinkBasis(self._check().basis)])

    def is_wanted(self) -> bool:
        """The question is open."""
        return _open_check(self.claim) is not None

    def ask(self, connection: Connection) -> Answer:
        """Ask by the basket, or by the details where there is none."""
        asked = self.question
        if asked.basket_id is None:
            return matching.ask_by_details(connection, asked.guest, asked.booker)
        return matching.ask_by_basket(connection, asked.basket_id, asked.guest, asked.booker)

    def save(self, integration: Integration | None, answer: Answer) -> Outcome:
        """Link the guest, or say why not."""
        check = _open_check(self.claim)
        if check is None:
            return outbox_rules.settled()
        guest = guests.locked(check.venue_id, check.guest_id)
        db.session.refresh(check)
        if check.settled_at is not None:
            return outbox_rules.settled()
        if integration is None:
            return outbox_rules.wait(self.pending, clock.utc_now())
        blocks.lift(integration, self.claim.kind)
        if answer.customer is not None:
            attributes.note_seen(integration, answer.customer)
        if _has_become_needless(check):
            return _close(check, verified=False, reason=None)
        reason = _objection(check, guest, integration.client_name, answer)
        if reason is not None:
            return _refuse(check, reason, _evidence(self.question, answer, reason), answer)
        if answer.customer is None:
            raise AssertionError("an answer without a customer always has an objection")
        guests.link_verified(guest, integration.client_name, answer.customer.id, LinkBasis(check.basis))
        return _close(check, verified=True, reason=None)

    def try_again(self, failed: CallFailed, now: datetime) -> Outcome:
        """A basket lives minutes and is asked about in seconds; details wait as long as a visit does."""
        check = _open_check(self.claim)
        if check is None:
            return outbox_rules.settled()
        kind = Kind.VERIFY_LINK if check.basis == LinkBasis.BASKET else Kind.WRITE_BACK
        gap = outbox_rules.gap(kind, self.claim.attempts, now - (self.claim.first_failed_at or now))
        return Outcome(State.RETRYING, failed.code, due_at=now + gap)

    def _check(self) -> LinkCheck:
        return db.session.scalars(_of(self.claim)).one()


def _of(claim: Claim) -> Select[LinkCheck]:
    return select(LinkCheck).where(LinkCheck.booking_id == claim.booking_id)


def _open_check(claim: Claim) -> LinkCheck | None:
    return db.session.scalar(_of(claim).where(LinkCheck.settled_at.is_(None)))


def _has_become_needless(check: LinkCheck) -> bool:
    """Details are not asked about for a guest linked meanwhile, nor once the setting is off."""
    setting_on = db.session.get_one(Venue, check.venue_id).match_by_details
    by_details = check.basis == LinkBasis.DETAILS
    return by_details and not link_checks.may_ask_by_details(check.booking, setting_on=setting_on)


def _profile(guest: Guest, country: str) -> Person:
    first, last = guest_rules.split_name(guest.name)
    return Person(first, last, guest.email, (guest.phone,), country)


def _booker(booking: Booking, country: str) -> Person:
    first, last = guest_rules.split_name(booking.booked_name)
    return Person(first, last, booking.booked_email, (booking.booked_phone,), country)


def _objection(check: LinkCheck, guest: Guest, client_name: str, answer: Answer) -> Code | None:
    """Return what speaks against the link: a manager's word, what Spektrix answered, who else is linked."""
    if answer.customer is None:
        return answer.objection
    customer_id = answer.customer.id
    if guests.is_rejected(guest.id, client_name, customer_id):
        return Code.LINK_REJECTED
    if answer.objection is not None:
        return answer.objection
    if link_checks.basket_used_by_other(check):
        return Code.SHARED_BASKET
    if guests.verified_holder(guest.venue_id, client_name, customer_id) not in (None, guest.id):
        return Code.CUSTOMER_TAKEN
    return Code.OTHER_CUSTOMER if _linked_elsewhere(guest, client_name, customer_id) else None


def _linked_elsewhere(guest: Guest, client_name: str, customer_id: str) -> bool:
    """A link once verified is never moved to another customer by itself, nor is a conflict settled so."""
    link = guest.link
    if link is None or link.client_name != client_name or link.state == LinkState.STALE:
        return False
    if link.reason == Code.OTHER_CUSTOMER:
        return True
    return link.spektrix_customer_id not in (None, customer_id)


def _evidence(question: Question, answer: Answer, reason: Code) -> str:
    if answer.customer is None:
        return ""
    theirs = matching.person_of(answer.customer, question.booker.country)
    booker, customer = guest_rules.masked(question.booker), guest_rules.masked(theirs)
    evidence = finding(reason).evidence.format(booker=booker, customer=customer)
    # Two people of whom the same is shown would be taken for one.
    return f"{evidence}; what is not shown differs" if evidence and booker == customer else evidence


def _refuse(check: LinkCheck, reason: Code, detail: str = "", answer: Answer | None = None) -> Outcome:
    guest = guests.locked(check.venue_id, check.guest_id)
    db.session.refresh(check)
    if check.settled_at is not None:
        # The guest was erased, or Spektrix disconnected, while we waited.
        return outbox_rules.settled()
    integration = integration_of(check.venue_id)
    guests.link_refused(
        guest,
        integration.client_name if integration else "",
        reason,
        detail,
        candidate=answer.customer.id if answer and answer.customer else None,
        basis=LinkBasis(check.basis),
    )
    return _close(check, verified=False, reason=reason)


def _close(check: LinkCheck, *, verified: bool, reason: Code | None) -> Outcome:
    link_checks.settle(check, verified=verified, reason=reason)
    db.session.flush()
    outbox.wake_guest(check.guest_id)
    return outbox_rules.settled(reason)
