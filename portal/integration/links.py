"""Verifying the link: ask Spektrix who owns a booking's basket, and save what it says (R62 to R73)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock, crypto
from portal.bookings import service as bookings
from portal.bookings.models import LinkCheck
from portal.extensions import db
from portal.guests import rules as guest_rules
from portal.guests import service as guests
from portal.guests.models import Guest, LinkReason, LinkState
from portal.guests.rules import Person
from portal.integration import attributes, blocks, gateway, rules
from portal.integration.models import Integration
from portal.outbox import rules as outbox_rules
from portal.outbox import service as outbox
from portal.outbox.models import Kind
from portal.outbox.reasons import Reason
from portal.outbox.rules import Outcome
from portal.outbox.service import Claim
from portal.spektrix.client import SpektrixClient
from portal.spektrix.errors import NotFound, SpektrixError
from portal.spektrix.schemas import Customer
from portal.venues.models import Venue

_LOOK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Question:
    """All that the call needs, copied out of the database before it."""

    credentials: gateway.Credentials
    generation: int
    basket_id: str
    booker: Person
    country: str


@dataclass(frozen=True)
class Answer:
    """Who owns the basket: nobody (customer None) or a customer, who is the booker or is not."""

    customer: Customer | None
    is_booker: bool = False


def verify_link(claim: Claim) -> Outcome:
    """Outbox handler: settle one booking's question. The answer never touches the booking itself (R75)."""
    check = _check_of(claim)
    if check is None or check.settled_at is not None:
        return outbox_rules.settled()
    question = _question(check, claim)
    if isinstance(question, Outcome):
        return question
    db.session.commit()
    try:
        with gateway.spektrix(question.credentials, claim.calls) as client:
            answer = _ask(client, question)
    except SpektrixError as error:
        return _after_error(claim, question, error)
    return _save(claim, question, answer)


def _check_of(claim: Claim) -> LinkCheck | None:
    return db.session.scalar(select(LinkCheck).where(LinkCheck.booking_id == claim.booking_id))


def integration_of(venue_id: int) -> Integration | None:
    """Return the venue's integration, if it has one."""
    return db.session.scalar(select(Integration).where(Integration.venue_id == venue_id))


def _question(check: LinkCheck, claim: Claim) -> Question | Outcome:
    now = clock.utc_now()
    if now >= check.deadline_at or check.basket_id is None:
        return _refuse(check, LinkReason.DEADLINE_PASSED)
    integration = integration_of(claim.venue_id)
    if integration is None:
        return _refuse(check, LinkReason.DEADLINE_PASSED)
    if not integration.active:
        return outbox_rules.wait(Reason.PAUSED, _next_look(check, now))
    if blocks.stands_for(integration, Kind.VERIFY_LINK, now) and integration.blocked_reason:
        return outbox_rules.blocked(
            integration.blocked_reason, _until(check, integration.blocked_until or now)
        )
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return outbox_rules.blocked(
            Reason.KEY_UNREADABLE, _until(check, blocks.block(integration, Reason.KEY_UNREADABLE))
        )
    country = _country(claim.venue_id)
    return Question(credentials, integration.generation, check.basket_id, _booker(check, country), country)


def _booker(check: LinkCheck, country: str) -> Person:
    booking = check.booking
    first, last = guest_rules.split_name(booking.booked_name)
    return Person(first, last, booking.booked_email, (booking.booked_phone,), country)


def _country(venue_id: int) -> str:
    return db.session.scalar(select(Venue.country).where(Venue.id == venue_id)) or "GB"


def _ask(client: SpektrixClient, question: Question) -> Answer | None:
    """Return who owns the basket, or None when Spektrix no longer has it."""
    try:
        basket = client.basket_by_id(question.basket_id)
    except NotFound:
        # A 404 blames the basket only once the client name is known to be right (Q19).
        client.probe_client_name()
        return None
    if basket.customer_id is None:
        return Answer(None)
    customer = client.customer_by_id(basket.customer_id)
    return Answer(customer, guest_rules.same_person(question.booker, _person(customer, question.country)))


def _person(customer: Customer, country: str) -> Person:
    phones = (customer.phone, customer.mobile)
    return Person(customer.first_name, customer.last_name, customer.email, phones, country)


def _after_error(claim: Claim, question: Question, error: SpektrixError) -> Outcome:
    check = _check_of(claim)
    integration = integration_of(claim.venue_id)
    if check is None or integration is None or check.settled_at is not None:
        return outbox_rules.settled()
    now = clock.utc_now()
    fault = rules.fault_of(error)
    reason = Reason.CLIENT_NAME if isinstance(error, NotFound) else fault.reason
    if (fault.blocks or isinstance(error, NotFound)) and integration.generation == question.generation:
        return outbox_rules.blocked(reason, _until(check, blocks.block(integration, reason)))
    if fault.pause:
        return outbox_rules.slow_down(_until(check, now + fault.pause))
    again = outbox_rules.retry(Kind.VERIFY_LINK, reason, claim.attempts, claim.first_failed_at, now)
    return Outcome(again.state, reason, due_at=_until(check, again.due_at or now))


def _save(claim: Claim, question: Question, answer: Answer | None) -> Outcome:
    check = _check_of(claim)
    integration = integration_of(claim.venue_id)
    if check is None or integration is None or check.settled_at is not None:
        return outbox_rules.settled()
    if integration.generation != question.generation:
        return outbox_rules.wait(Reason.LINK_PENDING, clock.utc_now())
    blocks.lift(integration, Kind.VERIFY_LINK)
    if answer is not None and answer.customer is not None:
        attributes.note_seen(integration, answer.customer)
    guest = check.booking.guest
    reason = _objection(check, guest, integration.client_name, answer)
    if reason is not None:
        return _refuse(check, reason, _what_differed(question, answer, reason))
    if answer is None or answer.customer is None:
        raise AssertionError("an answer without a customer always has an objection")
    guests.link_verified(guest, integration.client_name, answer.customer.id)
    return _close(check, verified=True, reason=None)


def _objection(check: LinkCheck, guest: Guest, client_name: str, answer: Answer | None) -> LinkReason | None:
    if answer is None:
        return LinkReason.BASKET_GONE
    if answer.customer is None:
        return LinkReason.ANONYMOUS
    if not answer.is_booker:
        return LinkReason.MISMATCH
    if bookings.basket_used_by_other(check):
        return LinkReason.SHARED_BASKET
    holder = guests.verified_holder(guest.venue_id, client_name, answer.customer.id)
    if holder not in (None, guest.id):
        return LinkReason.CUSTOMER_TAKEN
    return LinkReason.OTHER_CUSTOMER if _linked_elsewhere(guest, client_name, answer.customer.id) else None


def _linked_elsewhere(guest: Guest, client_name: str, customer_id: str) -> bool:
    """A link once verified is never moved to another customer by itself."""
    link = guest.link
    if link is None or link.client_name != client_name or link.spektrix_customer_id is None:
        return False
    return link.state != LinkState.STALE and link.spektrix_customer_id != customer_id


def _what_differed(question: Question, answer: Answer | None, reason: LinkReason) -> str:
    if reason is not LinkReason.MISMATCH or answer is None or answer.customer is None:
        return ""
    theirs = guest_rules.masked(_person(answer.customer, question.country))
    return f"booked by {guest_rules.masked(question.booker)}; basket of {theirs}"


def _refuse(check: LinkCheck, reason: LinkReason, detail: str = "") -> Outcome:
    integration = integration_of(check.venue_id)
    client_name = integration.client_name if integration else ""
    guests.link_refused(check.booking.guest, client_name, reason, detail)
    return _close(check, verified=False, reason=reason)


def _close(check: LinkCheck, *, verified: bool, reason: LinkReason | None) -> Outcome:
    bookings.settle_link_check(check, verified=verified, reason=reason)
    db.session.flush()
    outbox.wake_guest(check.guest_id)
    return outbox_rules.settled(Reason(str(reason)) if reason else None)


def _next_look(check: LinkCheck, now: datetime) -> datetime:
    return _until(check, now + _LOOK_AGAIN)


def _until(check: LinkCheck, when: datetime) -> datetime:
    """No wait outlives the basket: at the deadline the question is closed, whatever kept it."""
    return min(when, check.deadline_at)
