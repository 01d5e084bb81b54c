"""Verifying the link: ask Spektrix which customer a guest is, and save what it says (R62 to R77)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import current_app
from sqlalchemy import select

from portal import clock, crypto
from portal.bookings import questions
from portal.bookings.models import LinkCheck
from portal.extensions import db
from portal.guests import rules as guest_rules
from portal.guests import service as guests
from portal.guests.models import Guest, LinkBasis, LinkReason, LinkState
from portal.guests.rules import Person
from portal.integration.attributes import service as attributes
from portal.integration.connection import blocks, gateway, rules
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.links import matching
from portal.integration.links.matching import Answer
from portal.outbox import rules as outbox_rules
from portal.outbox import service as outbox
from portal.outbox.models import Kind, State
from portal.outbox.reasons import Reason, reason_of_link
from portal.outbox.rules import Outcome
from portal.outbox.service import Claim
from portal.spektrix.client import SpektrixClient
from portal.spektrix.errors import NotFound, SpektrixError
from portal.venues.models import Venue

# How long after a pause a question is looked at again. Details keep, so they are not looked at in a hurry.
_LOOK_AGAIN = {LinkBasis.BASKET: timedelta(seconds=5), LinkBasis.DETAILS: timedelta(minutes=30)}
# The share of a lease that must be left before a call: enough for it and for saving the answer.
_MARGIN = 0.3


@dataclass(frozen=True)
class Question:
    """All that the calls need, copied out of the database before them."""

    credentials: gateway.Credentials
    generation: int
    basket_id: str | None
    booker: Person


class StoppedMeanwhile(Exception):
    """Between claiming and asking the lease ran out, or somebody paused, erased or changed the set-up."""


def verify_link(claim: Claim) -> Outcome:
    """Outbox handler: settle one booking's question. The answer never touches the booking itself."""
    question = _question(claim)
    if isinstance(question, Outcome):
        return question
    db.session.commit()
    try:
        fence = partial(_require_unchanged, claim, question.generation)
        with gateway.spektrix(question.credentials, claim.calls, fence=fence) as client:
            answer = _ask(client, question)
    except StoppedMeanwhile:
        return _question_again(claim)
    except SpektrixError as error:
        return _after_error(claim, question, error)
    return _save(claim, question, answer)


def _check_of(claim: Claim) -> LinkCheck | None:
    return db.session.scalar(select(LinkCheck).where(LinkCheck.booking_id == claim.booking_id))


def _question(claim: Claim) -> Question | Outcome:
    """Check whether there is something to ask, and whether it may be asked now."""
    check = _check_of(claim)
    if check is None or check.settled_at is not None:
        return outbox_rules.settled()
    now = clock.utc_now()
    venue = db.session.get_one(Venue, claim.venue_id)
    if _has_become_needless(check, venue):
        return _close(check, verified=False, reason=None)
    integration = integration_of(claim.venue_id)
    if now >= check.deadline_at or (check.basis == LinkBasis.BASKET and check.basket_id is None):
        return _refuse(check, LinkReason.DEADLINE_PASSED)
    if integration is None:
        return _unconnected(check)
    standing = _stopped(check, integration, now)
    if standing is not None:
        return standing
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return outbox_rules.blocked(
            Reason.KEY_UNREADABLE, _until(check, blocks.block(integration, Reason.KEY_UNREADABLE))
        )
    return Question(credentials, integration.generation, check.basket_id, _booker(check, venue.country))


def _has_become_needless(check: LinkCheck, venue: Venue) -> bool:
    """Details are not asked about for a guest linked meanwhile, nor once the setting is off."""
    by_details = check.basis == LinkBasis.DETAILS
    return by_details and not questions.may_ask_by_details(check.booking, setting_on=venue.match_by_details)


def _unconnected(check: LinkCheck) -> Outcome:
    """A venue without Spektrix has nobody to look for; a basket it should have asked about is lost."""
    if check.basis == LinkBasis.DETAILS:
        return _close(check, verified=False, reason=None)
    return _refuse(check, LinkReason.DEADLINE_PASSED)


def _stopped(check: LinkCheck, integration: Integration, now: datetime) -> Outcome | None:
    """Wait out a pause or a fault of the set-up; neither uses up a try."""
    if not integration.active:
        look_again = _LOOK_AGAIN[LinkBasis(check.basis)]
        return outbox_rules.wait(Reason.PAUSED, _until(check, now + look_again))
    if blocks.stands_for(integration, Kind.VERIFY_LINK, now) and integration.blocked_reason:
        return outbox_rules.blocked(
            integration.blocked_reason, _until(check, integration.blocked_until or now)
        )
    return None


def _booker(check: LinkCheck, country: str) -> Person:
    booking = check.booking
    first, last = guest_rules.split_name(booking.booked_name)
    return Person(first, last, booking.booked_email, (booking.booked_phone,), country)


def _ask(client: SpektrixClient, question: Question) -> Answer:
    if question.basket_id is None:
        return matching.ask_by_details(client, question.booker)
    return matching.ask_by_basket(client, question.basket_id, question.booker)


def _require_unchanged(claim: Claim, generation: int) -> None:
    """The fence: raise StoppedMeanwhile unless the next call may still leave (P10, P04)."""
    margin = current_app.extensions["settings"].lease_seconds * _MARGIN
    integration = integration_of(claim.venue_id)
    check = _check_of(claim)
    fine = (
        outbox.still_held(claim, margin)
        and integration is not None
        and integration.active
        and integration.generation == generation
        and check is not None
        and check.settled_at is None
    )
    db.session.rollback()
    if not fine:
        raise StoppedMeanwhile


def _question_again(claim: Claim) -> Outcome:
    """Look at the conditions afresh and say which one stopped the question; wait if all hold again."""
    question = _question(claim)
    if isinstance(question, Outcome):
        return question
    return outbox_rules.wait(Reason.LINK_PENDING, clock.utc_now())


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
        blocks.rest(integration, now + fault.pause)
        return outbox_rules.slow_down(_until(check, now + fault.pause))
    return Outcome(State.RETRYING, reason, due_at=_until(check, now + _gap(check, claim, now)))


def _gap(check: LinkCheck, claim: Claim, now: datetime) -> timedelta:
    """A basket lives minutes and is asked about in seconds; details wait as long as a visit does."""
    kind = Kind.VERIFY_LINK if check.basis == LinkBasis.BASKET else Kind.WRITE_BACK
    return outbox_rules.gap(kind, claim.attempts, now - (claim.first_failed_at or now))


def _save(claim: Claim, question: Question, answer: Answer) -> Outcome:
    check = _check_of(claim)
    if check is None:
        return outbox_rules.settled()
    guest = guests.locked(check.venue_id, check.guest_id)
    db.session.refresh(check)
    integration = integration_of(claim.venue_id)
    if integration is None or check.settled_at is not None:
        return outbox_rules.settled()
    if integration.generation != question.generation:
        return outbox_rules.wait(Reason.LINK_PENDING, clock.utc_now())
    blocks.lift(integration, Kind.VERIFY_LINK)
    if answer.customer is not None:
        attributes.note_seen(integration, answer.customer)
    if _has_become_needless(check, db.session.get_one(Venue, claim.venue_id)):
        return _close(check, verified=False, reason=None)
    reason = _objection(check, guest, integration.client_name, answer)
    if reason is not None:
        return _refuse(check, reason, _evidence(question, answer, reason), answer)
    if answer.customer is None:
        raise AssertionError("an answer without a customer always has an objection")
    guests.link_verified(guest, integration.client_name, answer.customer.id, LinkBasis(check.basis))
    return _close(check, verified=True, reason=None)


def _objection(check: LinkCheck, guest: Guest, client_name: str, answer: Answer) -> LinkReason | None:
    """Return what speaks against the link: a manager's word, what Spektrix answered, who else is linked."""
    if answer.customer is None:
        return answer.objection
    customer_id = answer.customer.id
    if guests.is_rejected(guest.id, client_name, customer_id):
        return LinkReason.REJECTED
    if answer.objection is not None:
        return answer.objection
    if questions.basket_used_by_other(check):
        return LinkReason.SHARED_BASKET
    if guests.verified_holder(guest.venue_id, client_name, customer_id) not in (None, guest.id):
        return LinkReason.CUSTOMER_TAKEN
    return LinkReason.OTHER_CUSTOMER if _linked_elsewhere(guest, client_name, customer_id) else None


def _linked_elsewhere(guest: Guest, client_name: str, customer_id: str) -> bool:
    """A link once verified is never moved to another customer by itself, nor is a conflict settled so."""
    link = guest.link
    if link is None or link.client_name != client_name or link.state == LinkState.STALE:
        return False
    if link.reason == LinkReason.OTHER_CUSTOMER:
        return True
    return link.spektrix_customer_id not in (None, customer_id)


_MASKED_EVIDENCE = {
    LinkReason.MISMATCH: "booked by {booker}; basket of {customer}",
    LinkReason.DETAILS_DIFFER: "booked by {booker}; account of {customer}",
    LinkReason.OTHER_CUSTOMER: "booked by {booker}; this time {customer}",
}


def _evidence(question: Question, answer: Answer, reason: LinkReason) -> str:
    if reason not in _MASKED_EVIDENCE or answer.customer is None:
        return ""
    theirs = matching.person_of(answer.customer, question.booker.country)
    return _MASKED_EVIDENCE[reason].format(
        booker=guest_rules.masked(question.booker), customer=guest_rules.masked(theirs)
    )


def _refuse(check: LinkCheck, reason: LinkReason, detail: str = "", answer: Answer | None = None) -> Outcome:
    integration = integration_of(check.venue_id)
    guests.link_refused(
        check.booking.guest,
        integration.client_name if integration else "",
        reason,
        detail,
        candidate=answer.customer.id if answer and answer.customer else None,
        basis=LinkBasis(check.basis),
    )
    return _close(check, verified=False, reason=reason)


def _close(check: LinkCheck, *, verified: bool, reason: LinkReason | None) -> Outcome:
    questions.settle(check, verified=verified, reason=reason)
    db.session.flush()
    outbox.wake_guest(check.guest_id)
    return outbox_rules.settled(reason_of_link(reason) if reason else None)


def _until(check: LinkCheck, when: datetime) -> datetime:
    """No wait outlives the question: at its deadline it is closed, whatever kept it."""
    return min(when, check.deadline_at)
