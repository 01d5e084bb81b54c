"""Writing a completed visit to its Spektrix customer, and reading it back (R79 to R98, N2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from portal import clock, crypto
from portal.bookings import questions
from portal.bookings import service as bookings
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import CustomerLink, LinkReason, LinkState
from portal.integration.attributes import service as attributes
from portal.integration.attributes.rules import NAMES, Keeps, kept
from portal.integration.connection import blocks, gateway, rules
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.visits.exchange import Exchange
from portal.outbox import rules as outbox_rules
from portal.outbox import service as outbox
from portal.outbox.models import Kind, State
from portal.outbox.reasons import Reason, reason_of_link
from portal.outbox.rules import Outcome, Sent
from portal.outbox.service import Claim
from portal.spektrix.client import SpektrixClient
from portal.spektrix.errors import NotFound, SpektrixError
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, key_to_write
from portal.spektrix.schemas import AttributeUpdate, Customer
from portal.venues.models import Venue

# The wake-up comes when the link is settled; this is for the case that it is lost.
_LOOK_AGAIN = timedelta(seconds=20)
# The share of a lease that must be left before the update: enough for it and for reading back.
_MARGIN = 0.45


@dataclass(frozen=True)
class Visit:
    """All that the calls need, copied out of the database before them.

    Args:
        keys: by attribute, the key that an earlier record showed.
        absence_proves: whether a record that does not show an attribute proves that there is none.
    """

    credentials: gateway.Credentials
    generation: int
    customer_id: str
    values: Sent
    zone: str
    keys: Mapping[str, str]
    absence_proves: bool


@dataclass(frozen=True)
class ReadBack:
    """What the customer holds after the send, and what became of each value whose attribute exists."""

    customer: Customer
    kept: Mapping[str, Keeps]

    @property
    def landed(self) -> bool:
        return all(name in self.kept and self.kept[name].lands for name in NAMES)


class StoppedMeanwhile(Exception):
    """Between claiming and sending the lease ran out, or somebody paused, set back or changed the set-up."""


def write_back(claim: Claim) -> Outcome:
    """Outbox handler: send both values in one update and judge by reading back."""
    visit = _visit(claim)
    if isinstance(visit, Outcome):
        return visit
    db.session.commit()
    exchange = Exchange(claim.calls)
    return exchange.noted(_try(claim, visit, exchange), visit.values)


def _try(claim: Claim, visit: Visit, exchange: Exchange) -> Outcome:
    try:
        with gateway.spektrix(visit.credentials, claim.calls) as client:
            found = _send(client, claim, visit, exchange)
    except StoppedMeanwhile:
        return _visit_again(claim)
    except SpektrixError as error:
        return _after_error(claim, visit, error)
    return _judge(claim, visit, found)


def _visit(claim: Claim) -> Visit | Outcome:
    """Check the conditions in the article's order (R82, R83) and work the values out now (Q4, R93)."""
    booking = Booking.get_for(claim.venue_id, claim.booking_id)
    if booking.status != Status.COMPLETED:
        return outbox_rules.not_sent(Reason.SET_BACK)
    integration = integration_of(claim.venue_id)
    if integration is None:
        return outbox_rules.not_sent(Reason.NOT_CONNECTED)
    customer_id = _verified_customer(booking, integration)
    if isinstance(customer_id, Outcome):
        return customer_id
    if not integration.active:
        return outbox_rules.held()
    now = clock.utc_now()
    if blocks.stands_for(integration, Kind.WRITE_BACK, now) and integration.blocked_reason:
        return outbox_rules.blocked(integration.blocked_reason, integration.blocked_until)
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return outbox_rules.blocked(Reason.KEY_UNREADABLE, blocks.block(integration, Reason.KEY_UNREADABLE))
    zone = _zone(claim.venue_id)
    return Visit(
        credentials=credentials,
        generation=integration.generation,
        customer_id=customer_id,
        values=_values(booking, zone),
        zone=zone,
        keys={check.name: check.server_key for check in integration.attributes},
        absence_proves=integration.attributes_always_shown,
    )


def _verified_customer(booking: Booking, integration: Integration) -> str | Outcome:
    link = booking.guest.link
    verified = link is not None and link.state == LinkState.VERIFIED
    if not verified and questions.are_open_for(booking.guest_id):
        return outbox_rules.wait(Reason.LINK_PENDING, clock.utc_now() + _LOOK_AGAIN)
    if link is None:
        return outbox_rules.not_sent(Reason.NO_BASKET)
    if not verified or link.spektrix_customer_id is None:
        return outbox_rules.not_sent(_why_not_linked(link))
    if link.client_name != integration.client_name:
        return outbox_rules.not_sent(Reason.CLIENT_CHANGED)
    return link.spektrix_customer_id


def _why_not_linked(link: CustomerLink) -> Reason:
    if link.state == LinkState.PROPOSED:
        return Reason.LINK_PROPOSED
    return reason_of_link(str(link.reason)) if link.reason else Reason.NO_BASKET


def _zone(venue_id: int) -> str:
    return db.session.scalars(select(Venue.timezone).where(Venue.id == venue_id)).one()


def _values(booking: Booking, zone: str) -> Sent:
    last, visits = bookings.visit_totals(booking.guest_id)
    return Sent(clock.iso_with_offset(last or booking.ends_at, zone), visits)


def _send(client: SpektrixClient, claim: Claim, visit: Visit, exchange: Exchange) -> ReadBack:
    customer = exchange.read(client, visit.customer_id)
    if claim.may_have_landed:
        found = _compare(customer, visit)
        if found.landed or _would_be_dropped(claim, visit, customer):
            return found
    update = AttributeUpdate(
        key_to_write(LAST_DINED_AT, customer, visit.keys.get(LAST_DINED_AT, "")),
        visit.values.last_dined,
        key_to_write(NUMBER_OF_VISITS, customer, visit.keys.get(NUMBER_OF_VISITS, "")),
        visit.values.visits,
    )
    _require_unchanged(claim, visit)
    exchange.update(client, visit.customer_id, update)
    return _compare(exchange.read(client, visit.customer_id), visit, customer)


def _would_be_dropped(claim: Claim, visit: Visit, customer: Customer) -> bool:
    """What found no attribute once is not sent again while the record proves that there is still none."""
    return (
        claim.last_state is State.NOT_STORED
        and visit.absence_proves
        and bool(attributes.missing_names(customer))
    )


def _compare(customer: Customer, visit: Visit, before: Customer | None = None) -> ReadBack:
    values = visit.values
    return ReadBack(customer, kept(values.last_dined, values.visits, customer, visit.zone, before))


def _require_unchanged(claim: Claim, visit: Visit) -> None:
    """The fence: raise StoppedMeanwhile unless the update may still leave (P2, P10)."""
    margin = current_app.extensions["settings"].lease_seconds * _MARGIN
    integration = integration_of(claim.venue_id)
    booking = Booking.get_for(claim.venue_id, claim.booking_id)
    link = booking.guest.link
    fine = (
        outbox.still_held(claim, margin)
        and integration is not None
        and integration.active
        and integration.generation == visit.generation
        and booking.status == Status.COMPLETED
        and link is not None
        and link.state == LinkState.VERIFIED
        and link.spektrix_customer_id == visit.customer_id
    )
    db.session.rollback()
    if not fine:
        raise StoppedMeanwhile


def _visit_again(claim: Claim) -> Outcome:
    """Look at the conditions afresh and say which one stopped the send; wait if all hold again."""
    visit = _visit(claim)
    if isinstance(visit, Outcome):
        return visit
    return outbox_rules.wait(Reason.GRACE, clock.utc_now())


def _after_error(claim: Claim, visit: Visit, error: SpektrixError) -> Outcome:
    if isinstance(error, NotFound):
        return _after_not_found(claim, visit, error)
    integration = integration_of(claim.venue_id)
    now = clock.utc_now()
    fault = rules.fault_of(error)
    if fault.blocks and integration is not None and integration.generation == visit.generation:
        return outbox_rules.blocked(fault.reason, blocks.block(integration, fault.reason))
    if fault.pause:
        if integration is not None:
            blocks.rest(integration, now + fault.pause)
        return outbox_rules.slow_down(now + fault.pause)
    if fault.final and claim.attempts > 1:
        return outbox_rules.needs_attention(fault.reason, visit.values)
    return outbox_rules.retry(Kind.WRITE_BACK, fault.reason, claim.attempts, claim.first_failed_at, now)


def _after_not_found(claim: Claim, visit: Visit, error: NotFound) -> Outcome:
    """A 404 blames the customer only once the client name is known to be right."""
    probed = _probe(claim, visit)
    integration = integration_of(claim.venue_id)
    if integration is None or integration.generation != visit.generation:
        return outbox_rules.wait(Reason.GRACE, clock.utc_now())
    if isinstance(probed, NotFound):
        return outbox_rules.blocked(Reason.CLIENT_NAME, blocks.block(integration, Reason.CLIENT_NAME))
    if probed is not None or not error.is_json:
        reason = rules.fallback_reason(probed) if probed else Reason.NOT_SPEKTRIX
        return outbox_rules.retry(
            Kind.WRITE_BACK, reason, claim.attempts, claim.first_failed_at, clock.utc_now()
        )
    link = Booking.get_for(claim.venue_id, claim.booking_id).guest.link
    if link is not None and link.spektrix_customer_id == visit.customer_id:
        guests.mark_stale(link, LinkReason.CUSTOMER_GONE)
    return outbox_rules.not_sent(Reason.CUSTOMER_GONE)


def _probe(claim: Claim, visit: Visit) -> SpektrixError | None:
    try:
        with gateway.spektrix(visit.credentials, claim.calls) as client:
            client.probe_client_name()
    except SpektrixError as error:
        return error
    return None


def _judge(claim: Claim, visit: Visit, found: ReadBack) -> Outcome:
    integration = integration_of(claim.venue_id)
    if integration is not None and integration.generation == visit.generation:
        blocks.lift(integration, Kind.WRITE_BACK)
        attributes.note_seen(integration, found.customer, found.kept)
    if found.landed:
        day_only = found.kept[LAST_DINED_AT] is Keeps.DAY
        return outbox_rules.confirmed(visit.values, Reason.KEPT_DAY_ONLY if day_only else None)
    missing = attributes.missing_names(found.customer)
    now = clock.utc_now()
    if missing:
        return outbox_rules.not_stored(Reason.ATTRIBUTES_MISSING, " and ".join(missing), visit.values, now)
    changed = [name for name in NAMES if not found.kept[name].lands]
    return outbox_rules.not_stored(Reason.STORED_CHANGED, " and ".join(changed), visit.values, now)
