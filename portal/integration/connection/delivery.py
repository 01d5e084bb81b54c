"""One try at an outbox entry for which Spektrix is asked, from the claim to the result.

What one kind of entry has of its own is in its subclass: when it is needless, what to ask, how to save the
answer. What holds for every kind stands here once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Generic, TypeVar

from portal import clock, config, crypto
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection import blocks, gateway
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection, Credentials
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.outbox import delivering, rules as outbox_rules
from portal.outbox.delivering import Claim
from portal.outbox.rules import Outcome

# A call leaves only if this share of the lease remains: enough to update, read back and save.
_SHARE_LEFT_BEFORE_A_CALL = 0.45

Answer = TypeVar("Answer")


class StoppedMeanwhile(Exception):
    """Between two calls the lease ran out, or somebody paused, erased, set back or changed the set-up."""


class Delivery(ABC, Generic[Answer]):
    """One try. `pending` is the reason shown for an entry that nothing holds up."""

    pending: Code
    credentials: Credentials

    def __init__(self, claim: Claim) -> None:
        self.claim = claim

    def make(self) -> Outcome:
        """Make the try. What it changes is saved by the caller together with the outcome."""
        stopped = self._prepare()
        if stopped is not None:
            return stopped
        # No transaction stays open while Spektrix is asked.
        db.session.commit()
        try:
            with gateway.spektrix(
                self.credentials, self.claim.calls, fence=self._stop_unless_still_wanted
            ) as connection:
                answer = self.ask(connection)
        except StoppedMeanwhile:
            # A second look at the conditions gives the reason.
            return self._prepare() or outbox_rules.wait(self.pending, clock.utc_now())
        except CallFailed as failed:
            return self._after_failure(failed)
        return self.save(gateway.unchanged(self.credentials), answer)

    def _prepare(self) -> Outcome | None:
        """Copy out what the calls need; an outcome says why none is to be made now."""
        needless = self.needless()
        if needless is not None:
            return needless
        integration = integration_of(self.claim.venue_id)
        if integration is None:
            return self.unconnected()
        now = clock.utc_now()
        ended = self.prepare_question(integration, now)
        if ended is not None:
            return ended
        if not integration.active:
            return self.paused(now)
        if blocks.stands_for(integration, self.claim.kind, now) and integration.blocked_reason:
            return outbox_rules.blocked(integration.blocked_reason, integration.blocked_until)
        try:
            self.credentials = gateway.credentials_of(integration)
        except crypto.CannotDecrypt:
            return self._without_key(integration)
        return None

    def _without_key(self, integration: Integration) -> Outcome:
        """Stop for a key that cannot be read, unless another was saved meanwhile."""
        generation = integration.generation
        locked = integration_of(self.claim.venue_id, lock=True)
        if locked is None or locked.generation != generation:
            return outbox_rules.wait(self.pending, clock.utc_now())
        return self._blocked(locked, Code.KEY_UNREADABLE)

    @property
    def is_reading_back(self) -> bool:
        """Whether an update left last. Nothing stops reading it back: the log needs its result."""
        return False

    def _stop_unless_still_wanted(self) -> None:
        """Raise StoppedMeanwhile unless the next call may still leave (P2, P04, P10)."""
        if self.is_reading_back:
            return
        margin = config.current().lease_seconds * _SHARE_LEFT_BEFORE_A_CALL
        integration = gateway.unchanged(self.credentials)
        fine = (
            delivering.still_held(self.claim, margin)
            and integration is not None
            and integration.active
            and self.is_wanted()
        )
        db.session.rollback()
        if not fine:
            raise StoppedMeanwhile

    def _after_failure(self, failed: CallFailed) -> Outcome:
        now = clock.utc_now()
        # Locked, so that a refusal of old credentials is never noted against new ones.
        set_up = gateway.unchanged(self.credentials, lock=True) if failed.stops else None
        if set_up is not None:
            return self._blocked(set_up, failed.code)
        if failed.pause:
            integration = integration_of(self.claim.venue_id, lock=True)
            if integration is not None:
                blocks.rest(integration, now + failed.pause)
            return outbox_rules.slow_down(now + failed.pause)
        return self.try_again(failed, now)

    @staticmethod
    def _blocked(integration: Integration, reason: Code) -> Outcome:
        return outbox_rules.blocked(reason, blocks.block(integration, reason))

    @abstractmethod
    def needless(self) -> Outcome | None:
        """Say what came of an entry that has become needless; None while it is owed."""

    @abstractmethod
    def unconnected(self) -> Outcome:
        """Say what becomes of an entry of a venue that has left Spektrix."""

    @abstractmethod
    def prepare_question(self, integration: Integration, now: datetime) -> Outcome | None:
        """Copy out what is to be asked; an outcome says why there is nothing to ask."""

    @abstractmethod
    def paused(self, now: datetime) -> Outcome:
        """Say what an entry does while the integration is paused."""

    @abstractmethod
    def is_wanted(self) -> bool:
        """Tell whether what was prepared still holds. Asked before each call, so it changes nothing."""

    @abstractmethod
    def ask(self, connection: Connection) -> Answer:
        """Make the calls, with no transaction open. Raises CallFailed."""

    @abstractmethod
    def save(self, integration: Integration | None, answer: Answer) -> Outcome:
        """Judge and save the answer. `integration` is None where the set-up was changed meanwhile."""

    @abstractmethod
    def try_again(self, failed: CallFailed, now: datetime) -> Outcome:
        """Say when to try again after a failure that is not the set-up's."""
