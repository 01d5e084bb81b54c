"""Reading the test customer again after a trial write that may take effect late, and putting it right.

Such a write may land minutes after its old values were put back: over what somebody has typed since, or over
a visit, if the customer has become a guest's. After 2 and after 10 minutes the customer is read once more, as
after a visit's update of unknown outcome.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from portal import clock, crypto, job_queue
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.attributes import trial, trial_rules
from portal.integration.attributes.trial_rules import Undo
from portal.integration.connection import blocks, gateway
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.models import Integration
from portal.integration.standing import service as standing
from portal.log import log_failure
from portal.outbox import rules as outbox_rules, service as outbox
from portal.outbox.models import Kind, OutboxEntry, State
from portal.spektrix.schemas import Customer

log = logging.getLogger(__name__)

JOB = "look_at_trial"
_LOOK_AGAIN = timedelta(minutes=1)


class StoppedMeanwhile(Exception):
    """Between two calls the set-up was changed, a trial was begun, or the customer became a guest's."""


def look_at_next_due() -> bool:
    """Have the test customer read again that has been due longest. Returns whether one was.

    Whoever claims it moves its next look first, so that of several relays one has it made. It is made here,
    in this process, only when the queue is away.
    """
    integration_id = _claim()
    if integration_id is None:
        return False
    if not job_queue.enqueue(JOB, integration_id):
        try:
            look(integration_id)
        except Exception as error:
            # One venue's odd data must not end the process that wakes everybody's visits.
            db.session.rollback()
            log_failure(log, f"late trial of integration {integration_id}", error)
    return True


def look(integration_id: int) -> None:
    """Read the customer and put right what a trial has overwritten; harmless when nothing is in doubt."""
    integration = db.session.get(Integration, integration_id)
    due = _prepare(integration) if integration is not None else None
    if due is None:
        db.session.rollback()
        return
    db.session.commit()
    try:
        with gateway.spektrix(due.credentials, [], fence=due.stop_unless_unchanged) as client:
            newest = [_look_at(client, each, due) for each in due.trials]
    except StoppedMeanwhile:
        return
    except CallFailed as failed:
        log.info("integration %s: late trial not looked at: %s", integration_id, failed.code)
        return
    _save(integration_id, due.trials, [each for each in newest if each is not None])


@dataclass(frozen=True)
class Due:
    """What is looked at, copied out of the database; `holders` are the guests linked to each customer."""

    credentials: gateway.Credentials
    trials: Sequence[Undo]
    holders: Mapping[str, int | None]

    def stop_unless_unchanged(self) -> None:
        """Raise StoppedMeanwhile unless the next call may still leave."""
        same = gateway.unchanged(self.credentials)
        fine = same is not None and not trial.is_running(same) and _holders(same, self.trials) == self.holders
        db.session.rollback()
        if not fine:
            raise StoppedMeanwhile


def _prepare(integration: Integration) -> Due | None:
    """Copy out what the calls need; None where there is nothing to look at, or not now."""
    if trial.is_running(integration) or blocks.stands_for(integration, Kind.WRITE_BACK, clock.utc_now()):
        return None
    trials = trial_rules.in_doubt_from_json(integration.trials_in_doubt)
    if not trials or any(each.client_name != integration.client_name for each in trials):
        # At another client the number may be somebody else's.
        trial.doubt(integration, [])
        db.session.commit()
        return None
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        standing.update(integration.venue_id)
        return None
    return Due(credentials, trials, _holders(integration, trials))


def _look_at(client: gateway.Connection, undo: Undo, due: Due) -> Undo | None:
    """Return the trial with what its customer holds by now; None where there is no such customer any more."""
    record = gateway.found(client, lambda: client.customer_by_id(undo.customer_id))
    if record is None:
        return None
    newer, holder = trial_rules.with_newer(undo, record, due.trials), due.holders[undo.customer_id]
    if trial_rules.landed(undo, record):
        if holder is None:
            _put_back(client, newer, record)
        else:
            _send_visit_again(holder)
    return newer


def _put_back(client: gateway.Connection, undo: Undo, record: Customer) -> None:
    for values in trial_rules.restoring(undo, record):
        client.update_attributes(undo.customer_id, values)
        if not trial_rules.landed(undo, client.customer_by_id(undo.customer_id)):
            return


def _send_visit_again(guest_id: int) -> None:
    """The customer has become a guest's, so the values are those of the guest's newest visit (P2)."""
    newest = db.session.scalar(
        select(OutboxEntry)
        .join(Booking, Booking.id == OutboxEntry.booking_id)
        .where(
            OutboxEntry.guest_id == guest_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.state == State.CONFIRMED,
            Booking.status == Status.COMPLETED,
            Booking.completion_no == OutboxEntry.completion_no,
        )
        .order_by(OutboxEntry.closed_at.desc(), OutboxEntry.id.desc())
        .limit(1)
        .with_for_update(of=OutboxEntry, key_share=True)
    )
    if newest is None:
        db.session.rollback()
        return
    venue_id = newest.venue_id
    outbox.send_once_more(newest)
    db.session.commit()
    standing.update(venue_id)


def _save(integration_id: int, looked_at: Sequence[Undo], newest: Sequence[Undo]) -> None:
    """Keep what the customers hold by now for the next look, or end with the last one."""
    integration = db.session.get(
        Integration, integration_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if integration is None or integration.trial_in_doubt_at is None:
        db.session.rollback()
        return
    now = trial_rules.in_doubt_from_json(integration.trials_in_doubt)
    if [each.last_dined for each in now] != [each.last_dined for each in looked_at]:
        # Another trial was made meanwhile, which has its own looks.
        db.session.rollback()
        return
    next_at = outbox_rules.read_again_at(integration.trial_in_doubt_at, clock.utc_now())
    if next_at is None or not newest:
        trial.doubt(integration, [])
    else:
        integration.trials_in_doubt = trial_rules.in_doubt_as_json(newest)
        integration.trial_look_at = next_at
    db.session.commit()


def _holders(integration: Integration, trials: Sequence[Undo]) -> dict[str, int | None]:
    return {
        each.customer_id: guests.verified_holder(integration.venue_id, each.client_name, each.customer_id)
        for each in trials
    }


def _claim() -> int | None:
    now = clock.utc_now()
    row = db.session.execute(
        select(Integration.id, Integration.trial_look_at, Integration.trial_in_doubt_at)
        .where(Integration.trial_look_at <= now)
        .order_by(Integration.trial_look_at)
        .limit(1)
    ).one_or_none()
    if row is None:
        db.session.rollback()
        return None
    claimed = db.session.execute(
        update(Integration)
        .where(Integration.id == row.id, Integration.trial_look_at == row.trial_look_at)
        # Should nobody answer the wake-up, or Spektrix not answer, it is looked at again, ever more rarely.
        .values(trial_look_at=now + max(_LOOK_AGAIN, (now - (row.trial_in_doubt_at or now)) / 4))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return row.id if claimed.rowcount else None  # type: ignore[attr-defined]
