"""A trial write to the customer whom the venue named for it, put back afterwards (N3).

A person asks for it, so it runs while the integration is paused too. It is no visit and counts as none. What
it will overwrite is saved before the write leaves, so that no crash loses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import or_, select, update

from portal import clock, crypto
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.integration.attributes import service as attributes, trial_rules
from portal.integration.attributes.rules import NAMES, Keeps, kept, may_take_another_form
from portal.integration.attributes.trial_rules import CannotPutBack, Undo
from portal.integration.connection import blocks, gateway
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection
from portal.integration.connection.models import Integration, TrialOutcome
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.outbox import rules as outbox_rules
from portal.outbox.models import Kind
from portal.spektrix.schemas import Customer
from portal.venues import audit
from portal.venues.models import Venue

# Longer than six calls that each take all the time they may.
_LONGEST = timedelta(minutes=3)


_OVERTAKEN = (
    "This trial write took too long, and somebody has started another one. Nothing more is written by this "
    "one. Check again in a minute."
)


class NotNow(Exception):
    """A trial may not be made just now; `reason` is one or two sentences for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Plan:
    """All that the calls need, copied out of the database before them.

    `began_at` tells this trial apart from one that is begun once it has taken too long.
    """

    venue_id: int
    staff_id: int
    began_at: datetime
    credentials: gateway.Credentials
    customer_id: str
    known_keys: dict[str, str]
    stored_under: dict[str, str]
    absence_proves: bool
    zone: str
    in_doubt: tuple[Undo, ...] = ()


@dataclass(frozen=True)
class Result:
    """What reading back has shown, and what is still to be put back; no record when nothing was written.

    `in_doubt` where a write has left and was not seen in place: it may take effect yet.
    """

    outcome: str
    record: Customer | None = None
    kept: dict[str, Keeps] | None = None
    failed: CallFailed | None = None
    undone: bool = True
    in_doubt: bool = False
    sent_under: Mapping[str, str] | None = None


def run(venue: Venue, staff_id: int) -> str:
    """Write, read back, put the old values back, and look whether they are. Returns the outcome.

    Raises NotNow.
    """
    plan = _begin(venue, staff_id)
    try:
        with gateway.spektrix(plan.credentials, [], fence=partial(_stop_if_overtaken, plan)) as client:
            result = _carry_out(client, plan)
    except CannotPutBack as error:
        _release(plan, "")
        raise NotNow(_cannot_put_back(error.name)) from None
    except CallFailed as failed:
        result = Result(failed.code, failed=failed)
    return _save(plan, result)


def put_back(venue: Venue, staff_id: int) -> str:
    """Put back what an earlier trial has left behind. Returns the outcome. Raises NotNow."""
    integration = integration_of(venue.id)
    undo = pending(integration) if integration else None
    if integration is None or undo is None:
        raise NotNow("There is nothing to put back.")
    if undo.client_name != integration.client_name:
        raise NotNow(
            f"The trial was made at the client {undo.client_name}. Put the values back yourself in Spektrix."
        )
    plan = _claim(integration, venue, staff_id, undo.customer_id)
    try:
        with gateway.spektrix(plan.credentials, [], fence=partial(_stop_if_overtaken, plan)) as client:
            undone = _put_back_later(client, plan, undo)
    except CallFailed as failed:
        _release(plan, failed.code)
        return failed.code
    except NotNow:
        _release(plan, TrialOutcome.NOT_UNDONE)
        raise
    return _save(plan, Result("" if undone else TrialOutcome.NOT_UNDONE, undone=undone, in_doubt=True))


def pending(integration: Integration) -> Undo | None:
    """Return what a trial has written and nobody has seen put back."""
    return Undo.from_json(integration.trial_undo) if integration.trial_undo else None


def is_running(integration: Integration) -> bool:
    """Tell whether a trial is under way; one that says so for too long has died."""
    began = integration.trial_at
    alive = began is not None and clock.utc_now() - began < _LONGEST
    return integration.trial_outcome == TrialOutcome.RUNNING and alive


def why_not(integration: Integration) -> str:
    """Return why no trial may be made just now, "" when it may."""
    if not integration.test_customer_id:
        return "Enter a test customer under Settings first. A trial never writes to a guest's record."
    if is_running(integration):
        return "A trial write is running. Check again in a minute."
    if integration.trial_undo:
        return "The last trial write has not been undone. Put its old values back first."
    holder = guests.verified_holder(
        integration.venue_id, integration.client_name, integration.test_customer_id
    )
    if holder is not None:
        return (
            "The test customer is linked to a guest. A trial would change that guest's values, so enter "
            "another test customer."
        )
    return ""


def _begin(venue: Venue, staff_id: int) -> Plan:
    integration = integration_of(venue.id)
    if integration is None:
        raise NotNow("Spektrix is not connected. Enter the details first.")
    reason = why_not(integration)
    if reason:
        raise NotNow(reason)
    return _claim(integration, venue, staff_id, integration.test_customer_id)


def _claim(integration: Integration, venue: Venue, staff_id: int, customer_id: str) -> Plan:
    """Take the venue's one trial, or find that somebody else was quicker. Ends the transaction."""
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        standing.update(venue.id)
        raise NotNow("The saved key can no longer be read. Paste the API key again.") from None
    known = {check.name: check.server_key for check in integration.attributes}
    stored = {check.name: check.stored_under for check in integration.attributes}
    proves = integration.attributes_always_shown
    doubted = tuple(trial_rules.in_doubt_from_json(integration.trials_in_doubt))
    now, zone = clock.utc_now(), venue.timezone
    plan = Plan(venue.id, staff_id, now, credentials, customer_id, known, stored, proves, zone, doubted)
    dead = or_(Integration.trial_at.is_(None), Integration.trial_at < now - _LONGEST)
    taken = db.session.execute(
        update(Integration)
        .where(
            Integration.id == integration.id,
            Integration.generation == credentials.generation,
            or_(Integration.trial_outcome != TrialOutcome.RUNNING, dead),
        )
        .values(trial_outcome=TrialOutcome.RUNNING, trial_at=now)
        .returning(Integration.id)
    ).first()
    db.session.commit()
    if taken is None and gateway.unchanged(credentials) is None:
        db.session.rollback()
        raise NotNow("The connection details were changed just now. Try again.")
    if taken is None:
        raise NotNow("A trial write is running. Check again in a minute.")
    return plan


def _stop_if_overtaken(plan: Plan) -> None:
    """Raise NotNow once another trial has been begun: what it writes is not to be mixed with this one's."""
    began_at = db.session.scalar(select(Integration.trial_at).where(Integration.venue_id == plan.venue_id))
    db.session.rollback()
    if _is_overtaken(plan, began_at):
        raise NotNow(_OVERTAKEN)


def _is_overtaken(plan: Plan, began_at: datetime | None) -> bool:
    # Without one, the test customer was changed meanwhile: this one is put back all the same.
    return began_at is not None and began_at != plan.began_at


def _locked(plan: Plan) -> Integration | None:
    """Return the venue's row for a change, None where Spektrix was disconnected. Raises NotNow."""
    integration = db.session.scalar(
        select(Integration)
        .where(Integration.venue_id == plan.venue_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if integration is not None and _is_overtaken(plan, integration.trial_at):
        db.session.rollback()
        raise NotNow(_OVERTAKEN)
    return integration


def _carry_out(client: Connection, plan: Plan) -> Result:
    record = _read(client, plan.customer_id)
    if record is None:
        return Result(TrialOutcome.CUSTOMER_GONE)
    client_name, now = plan.credentials.client_name, clock.utc_now()
    undo = trial_rules.plan(
        client_name, record, plan.known_keys, now, plan.zone, plan.stored_under, in_doubt=plan.in_doubt
    )
    result = _try(client, plan, record, undo)
    for other in trial_rules.in_another_form(undo):
        if not _may_take_another_form(plan, result):
            break
        tried = _try(client, plan, record, other)
        # A form that Spektrix refuses says nothing about the one before.
        doubted = result.in_doubt or tried.in_doubt
        result = tried if tried.record is not None or not tried.undone else result
        result = replace(result, in_doubt=doubted)
    return result


def _may_take_another_form(plan: Plan, result: Result) -> bool:
    if result.record is None or not result.undone:
        return False
    return may_take_another_form(result.record, result.kept or {}, absence_proves=plan.absence_proves)


def _try(client: Connection, plan: Plan, record: Customer, undo: Undo) -> Result:
    """Write once, read back and put back; what is to be put back is kept before anything leaves."""
    _remember(plan, undo)
    try:
        client.update_attributes(plan.customer_id, undo.update)
    except CallFailed as failed:
        undone = not failed.may_take_effect or _undone_at_all_costs(client, undo)
        return Result(failed.code, failed=failed, undone=undone, in_doubt=failed.may_take_effect)
    try:
        after = client.customer_by_id(plan.customer_id)
    except CallFailed as failed:
        undone = _undone_at_all_costs(client, undo)
        return Result(failed.code, failed=failed, undone=undone, in_doubt=True)
    shown = kept(undo.last_dined, undo.visits, after, plan.zone, record)
    undone = _undone_at_all_costs(client, undo, after)
    outcome = trial_rules.outcome_of(shown, undone=undone)
    seen = undone and all(name in shown and shown[name].lands for name in NAMES)
    return Result(outcome, after, shown, undone=undone, in_doubt=not seen, sent_under=undo.keys)


def _read(client: Connection, customer_id: str) -> Customer | None:
    return attributes.look(client, attributes.Subject((customer_id,), is_test=True))


def _undone_at_all_costs(client: Connection, undo: Undo, now: Customer | None = None) -> bool:
    """Put the old values back and look; what fails here is told as not undone, and can be tried again."""
    try:
        return _put_back(client, undo, now or client.customer_by_id(undo.customer_id))
    except CallFailed:
        return False


def _put_back(client: Connection, undo: Undo, now: Customer) -> bool:
    if not trial_rules.still_there(undo, now):
        return True
    for values in trial_rules.restoring(undo, now):
        client.update_attributes(undo.customer_id, values)
        if not trial_rules.still_there(undo, client.customer_by_id(undo.customer_id)):
            return True
    return False


def _put_back_later(client: Connection, plan: Plan, undo: Undo) -> bool:
    """Put back after some time, unless somebody has changed the values meanwhile or the customer has gone."""
    now = _read(client, undo.customer_id)
    if now is None:
        return True
    if trial_rules.changed_since(undo, now, plan.in_doubt):
        raise NotNow("Somebody has changed the test customer since then. Check its two values in Spektrix.")
    return _put_back(client, undo, now)


def _remember(plan: Plan, undo: Undo) -> None:
    """Keep what has to be put back, before anything is written. Raises NotNow."""
    integration = _locked(plan)
    if integration is None:
        db.session.rollback()
        raise NotNow("Spektrix was disconnected in the meantime, so nothing was written.")
    integration.trial_undo = undo.as_json()
    # From before it leaves, so that a crash leaves it to the later looks.
    doubt(integration, [*plan.in_doubt, undo])
    db.session.commit()


def doubt(integration: Integration, trials: Sequence[Undo]) -> None:
    """Have the customer read again, since these trials may take effect yet; does not commit."""
    now = clock.utc_now()
    integration.trials_in_doubt = trial_rules.in_doubt_as_json(trials)
    integration.trial_in_doubt_at = now if trials else None
    integration.trial_look_at = outbox_rules.read_again_at(now, now) if trials else None


def _release(plan: Plan, outcome: str) -> None:
    mine = Integration.venue_id == plan.venue_id, Integration.trial_at == plan.began_at
    integration = db.session.scalar(select(Integration).where(*mine).with_for_update(key_share=True))
    if integration is not None:
        integration.trial_outcome = outcome
    db.session.commit()
    standing.update(plan.venue_id)


def _save(plan: Plan, result: Result) -> str:
    integration = _locked(plan)
    if integration is None:
        db.session.rollback()
        return result.outcome
    integration.trial_outcome = result.outcome
    if result.undone:
        integration.trial_undo = ""
    if not result.in_doubt:
        # Seen in place and seen put back, so nothing of it is on its way.
        doubt(integration, plan.in_doubt)
    if gateway.unchanged(plan.credentials) is not None:
        _learn(integration, result)
    audit.record(plan.venue_id, plan.staff_id, audit.Action.TRIAL_WRITE, result.outcome)
    db.session.commit()
    standing.update(plan.venue_id)
    return result.outcome


def _learn(integration: Integration, result: Result) -> None:
    if result.record is not None:
        blocks.lift(integration, Kind.WRITE_BACK)
        attributes.note_seen(integration, result.record, result.kept, result.sent_under)
    elif result.failed is not None and result.failed.stops and result.failed.code is not Code.CLIENT_UNKNOWN:
        blocks.block(integration, result.failed.code)


def _cannot_put_back(name: str) -> str:
    return (
        f"{name} holds a tick or a long text on the test customer, which could not be put back as it was. "
        "Empty it in Spektrix, or enter another test customer."
    )
