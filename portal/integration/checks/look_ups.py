"""Live looks at Spektrix for Find the fault: one customer's record, and what it holds of a visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal import crypto
from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes import service as attributes
from portal.integration.attributes.facts import AttributeFact, attribute_facts
from portal.integration.checks import rules as check_rules, run as checks
from portal.integration.checks.rules import Verdict
from portal.integration.connection import gateway, rules
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Budget
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.outbox.rules import Sent
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, resolve_attribute_key
from portal.spektrix.schemas import Customer, JsonScalar
from portal.venues.models import Venue


@dataclass(frozen=True)
class Looked:
    """What one live look at a customer came to: what went wrong, or what the record holds."""

    code: Code | None = None
    status: int | None = None
    attributes: tuple[AttributeFact, ...] = ()
    last_dined: JsonScalar = None
    visits: JsonScalar = None

    def holds(self, sent: Sent, zone: str) -> bool:
        """Tell whether the record holds both values as they were sent."""
        kept = rules.same_instant(sent.last_dined, self.last_dined, zone).kept
        return kept and rules.same_count(sent.visits, self.visits)


Look = Callable[[], Looked]


def answering(venue: Venue, budget_seconds: float) -> Verdict:
    """Ask whether Spektrix answers at the address that widgets use, and to the client name."""
    budget = Budget(budget_seconds)
    answers = checks.run_one(venue, 1, budget.left())
    if answers is None or answers.stops:
        return answers or check_rules.skipped(1)
    return checks.run_one(venue, 2, budget.left()) or answers


def customer(venue_id: int, customer_id: str, budget_seconds: float = checks.BUDGET_SECONDS) -> Looked:
    """Read a customer now, and note what the record shows of the two attributes.

    Leaves no transaction open while Spektrix is asked.

    Args:
        venue_id: whose customer it is.
        customer_id: as Spektrix spells it.
        budget_seconds: for all calls together.
    """
    integration = integration_of(venue_id)
    if integration is None:
        return Looked(Code.NOT_CONNECTED)
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        standing.update(venue_id)
        return Looked(Code.KEY_UNREADABLE)
    db.session.commit()
    try:
        with gateway.spektrix(credentials, [], budget=Budget(budget_seconds)) as client:
            record = gateway.found(client, lambda: client.customer_by_id(customer_id))
    except CallFailed as failed:
        return Looked(failed.code, failed.status)
    if record is None:
        return Looked(Code.CUSTOMER_GONE, 404)
    same = gateway.unchanged(credentials)
    if same is None:
        db.session.rollback()
        return Looked(Code.VISIT_WAITING)
    attributes.note_seen(same, record)
    facts = attribute_facts(same)
    db.session.commit()
    standing.update(venue_id)
    return Looked(
        attributes=facts,
        last_dined=_value(record, LAST_DINED_AT),
        visits=_value(record, NUMBER_OF_VISITS),
    )


def _value(record: Customer, name: str) -> JsonScalar:
    key = resolve_attribute_key(name, record)
    return record.attributes[key] if key else None
