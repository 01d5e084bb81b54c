"""What passes between us and Spektrix in one try at a visit, as the log keeps it.

Of what is sent and of what comes back only the two attributes are kept, never anything else of a customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.guests.models import CustomerLink
from portal.integration.attributes.rules import NAMES, value_of
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Connection
from portal.outbox.delivering import Call
from portal.outbox.models import Attempt, State
from portal.outbox.rules import EMPTIED, Outcome, Sent
from portal.spektrix.resolve import NUMBER_OF_VISITS, resolve_attribute_key
from portal.spektrix.schemas import AttributeValues, Customer, JsonScalar

_LONGEST_VALUE = 100
_LONGEST_COUNT = 40
UNSET = "none"


def first_shown(entry_id: int, guest_id: int) -> dict[str, str]:
    """Return what the customer's record held, by key, before the first update of a visit left.

    What was read before the guest was linked to this customer may be another's record.
    """
    linked_at = select(CustomerLink.decided_at).where(CustomerLink.guest_id == guest_id).scalar_subquery()
    theirs = (Attempt.entry_id == entry_id, Attempt.at >= linked_at)
    first_update = select(func.min(Attempt.id)).where(*theirs, Attempt.sent != "")
    received = db.session.scalar(
        select(Attempt.received)
        .where(
            *theirs,
            Attempt.call == "customer_by_id",
            Attempt.received != "",
            Attempt.id < first_update.scalar_subquery(),
        )
        .order_by(Attempt.id)
        .limit(1)
    )
    return dict(line.partition(": ")[::2] for line in (received or "").splitlines())


def looks_since_update(entry_id: int) -> int:
    """Return how often the customer was read in earlier tries since the latest update of a visit left."""
    latest = select(func.max(Attempt.id)).where(Attempt.entry_id == entry_id, Attempt.sent != "")
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(
                Attempt.entry_id == entry_id,
                Attempt.call == "customer_by_id",
                Attempt.received != "",
                Attempt.id > latest.scalar_subquery(),
            )
        )
        or 0
    )


class Exchange:
    """The calls of one try.

    `before` is the record as first read. `in_doubt`: an update may have been carried out, or may be yet.
    `is_reading_back`: nothing but reading has followed an update that left. `sent_at`: when the last left.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.before: Customer | None = None
        self.update_has_left = self.is_reading_back = self.in_doubt = False
        self.sent_at: datetime | None = None
        self._calls = calls

    def read(self, client: Connection, customer_id: str) -> Customer:
        """Read the customer's record. Raises CallFailed."""
        customer = client.customer_by_id(customer_id)
        self._calls[-1] = replace(self._calls[-1], received=_lines(_shown(customer)))
        self.before = self.before or customer
        return customer

    def update(self, client: Connection, customer_id: str, values: AttributeValues) -> None:
        """Send both values. Raises CallFailed, after which they may have arrived all the same."""
        made, leaves_at = len(self._calls), clock.utc_now()
        self.is_reading_back = False
        try:
            client.update_attributes(customer_id, values)
            self.in_doubt = True
        except CallFailed as failed:
            self.in_doubt = self.in_doubt or failed.may_take_effect
            raise
        finally:
            if len(self._calls) > made:
                self.update_has_left = self.is_reading_back = True
                self.sent_at = leaves_at
                self._calls[-1] = replace(self._calls[-1], sent=_lines(_sent(values)))

    def noted(self, outcome: Outcome, values: Sent) -> Outcome:
        """Return `outcome` with what was sent, if it has left, and with what the record held before.

        An update that was read back as sent is no longer in doubt.
        """
        sent = values if self.update_has_left else None
        in_doubt = self.in_doubt and outcome.state is not State.CONFIRMED
        return replace(
            outcome,
            sent=outcome.sent or sent,
            sent_at=self.sent_at,
            visits_before=self._visits_before(),
            in_doubt=in_doubt,
        )

    def _visits_before(self) -> str:
        if self.before is None:
            return ""
        return text(value_of(NUMBER_OF_VISITS, self.before))[:_LONGEST_COUNT]


def _sent(values: AttributeValues) -> Iterable[tuple[str, JsonScalar]]:
    yield values.last_dined_key, values.last_dined_at
    yield values.visits_key, values.visits


def values_sent(lines: str) -> Sent | None:
    """Return the values of an update that the log keeps as `lines`, None where it cannot be read."""
    values = [line.partition(": ")[2] for line in lines.splitlines()]
    if values == [UNSET, UNSET]:
        return EMPTIED
    if len(values) != len(NAMES) or not values[1].isdecimal():
        return None
    return Sent(values[0], int(values[1]))


def _shown(customer: Customer) -> Iterable[tuple[str, JsonScalar]]:
    for name in NAMES:
        key = resolve_attribute_key(name, customer)
        yield (key, value_of(name, customer)) if key else (name, "no such attribute")


def _lines(pairs: Iterable[tuple[str, JsonScalar]]) -> str:
    return "\n".join(f"{key}: {text(value)[:_LONGEST_VALUE]}" for key, value in pairs)


def text(value: JsonScalar) -> str:
    """Return a value as the log shows it."""
    if value is None or value == "":
        return UNSET
    whole = isinstance(value, float) and value.is_integer()
    return " ".join(str(int(value) if whole else value).split())
