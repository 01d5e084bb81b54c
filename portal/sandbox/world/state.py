"""Everything the sandbox knows, shared by both ports, and kept in a file if one is given."""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from portal.sandbox.world import seeds
from portal.sandbox.world.attributes import (
    Attribute,
    Dropped,
    Keyed,
    Value,
    as_sent,
    keyed,
    meant_by,
    stored_value,
)
from portal.sandbox.world.faults import FaultBoard
from portal.sandbox.world.ids import object_id
from portal.sandbox.world.options import Options
from portal.sandbox.world.records import ApiUser, Basket, Customer, Ticket, Visitor, Write

FIRST_NUMBER = 500100
REQUESTS_KEPT = 2000
GONE_BASKETS_KEPT_SECONDS = 3600
VISITORS_KEPT = 5000


@dataclass(frozen=True)
class LateWrite:
    """An update that was accepted and is not stored before `at`, in seconds since 1970."""

    customer_id: str
    body: dict[str, object]
    known: list[Keyed]
    at: float = 0.0


class State:
    """Customers, attributes, API users, baskets, visitors, options, faults and the request log.

    Hold `lock` for anything that reads or changes more than one value. `stopping` is set when the
    process ends, so that a fault which waits lets go at once.
    """

    def __init__(self, file: Path | None = None, options: Options | None = None) -> None:
        """Start from `file` where it exists, from the seeds otherwise.

        Args:
            file: where to keep the data between runs, or None for memory alone.
            options: the options that a reset comes back to.

        Raises SystemExit with a sentence where the file holds something else.
        """
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._file = file
        self._first_options = options or Options()
        self.reset()
        if file is not None and file.exists():
            self._load(file)

    def reset(self) -> None:
        """Go back to the seeds."""
        self.options = self._first_options
        self.attributes = seeds.attributes()
        self.customers = {each.id: each for each in seeds.customers()}
        self.api_users = {each.login: each for each in seeds.api_users()}
        self.baskets: dict[str, Basket] = {}
        self.visitors: dict[str, Visitor] = {}
        self.faults = FaultBoard()
        self.late_writes: list[LateWrite] = []
        self.requests: deque[dict[str, object]] = deque(maxlen=REQUESTS_KEPT)
        self.last_number = FIRST_NUMBER

    def now(self) -> datetime:
        """Return the sandbox's clock: aware, in UTC, off by `clock_offset_seconds`."""
        return datetime.now(UTC) + timedelta(seconds=self.options.clock_offset_seconds)

    def new_id(self) -> str:
        """Return an id that was not used before."""
        self.last_number += 1
        return object_id(self.last_number)

    # Customers and attributes

    def customer_by_email(self, email: str) -> Customer | None:
        """Return the one customer with that address, upper and lower case alike."""
        wanted = email.strip().casefold()
        return next((each for each in self.customers.values() if each.email.casefold() == wanted), None)

    def keyed_attributes(self) -> list[Keyed]:
        """Return the attribute definitions with the keys they are shown by."""
        return keyed(self.attributes, self.options.capitalise_inner_words, self.options.attributes_read_as)

    def define_attributes(self, attributes: list[Attribute]) -> None:
        """Replace all definitions; a value that its new type cannot hold is lost."""
        self.attributes = attributes
        for customer in self.customers.values():
            kept = {each.name: _converted(each, customer) for each in attributes}
            customer.attributes = {name: value for name, value in kept.items() if value is not None}

    def rename_attribute(self, old_name: str, attribute: Attribute) -> None:
        """Give a definition another name, type or options; customers keep their values under the new name."""
        for customer in self.customers.values():
            if old_name in customer.attributes:
                customer.attributes[attribute.name] = customer.attributes.pop(old_name)
        self.define_attributes([attribute if each.name == old_name else each for each in self.attributes])

    def write(self, customer: Customer, body: dict[str, object], known: list[Keyed]) -> None:
        """Store what the attributes in `known` can hold; drop the rest in silence, and note both."""
        stored: dict[str, Value] = {}
        dropped: list[str] = []
        for key, in_list, value in as_sent(body):
            try:
                meant = meant_by(key, in_list, known)
                kept = stored_value(meant, value)
            except Dropped:
                dropped.append(key)
                continue
            stored[key] = customer.attributes[meant.name] = kept
        customer.note(Write(self.now().isoformat(timespec="seconds"), body, stored, dropped))

    def write_later(self, seconds: float, late: LateWrite) -> None:
        """Store an update `seconds` from now, when the next request comes after that."""
        at = _seconds_now() + seconds
        self.late_writes = sorted([*self.late_writes, replace(late, at=at)], key=lambda each: each.at)

    def store_late_writes(self) -> None:
        """Store the updates whose time has come."""
        while self.late_writes and self.late_writes[0].at <= _seconds_now():
            late = self.late_writes.pop(0)
            customer = self.customers.get(late.customer_id)
            if customer is not None:
                self.write(customer, late.body, late.known)
                self.save()

    # Baskets

    def live_basket(self, basket_id: str | None) -> Basket | None:
        """Return a basket that exists and has not timed out."""
        basket = self.baskets.get(basket_id or "")
        return basket if basket and not self._gone(basket) else None

    def new_basket(self, customer_id: str | None) -> Basket:
        """Open a basket, and forget those that have been gone for an hour."""
        limit = _seconds_now() - GONE_BASKETS_KEPT_SECONDS
        self.baskets = {k: b for k, b in self.baskets.items() if b.used_at > limit or not self._gone(b)}
        basket = Basket(self.new_id(), _seconds_now(), customer_id)
        self.baskets[basket.id] = basket
        return basket

    def touch(self, basket: Basket) -> None:
        """Note a change: the time-out starts again and the hash differs."""
        basket.used_at = _seconds_now()
        basket.changes += 1

    def put_ticket(self, basket: Basket, ticket: Ticket) -> None:
        """Add one ticket."""
        basket.tickets.append(replace(ticket, id=self.new_id()))
        self.touch(basket)

    def _gone(self, basket: Basket) -> bool:
        idle_seconds = _seconds_now() - basket.used_at
        return basket.expired or idle_seconds > self.options.basket_minutes * 60

    # Visitors

    def visitor(self, visitor_id: str | None) -> Visitor | None:
        """Return the browser session with that cookie value."""
        return self.visitors.get(visitor_id or "")

    def new_visitor(self) -> Visitor:
        """Start a browser session; beyond a limit the oldest is forgotten."""
        if len(self.visitors) >= VISITORS_KEPT:
            del self.visitors[next(iter(self.visitors))]
        visitor = Visitor(secrets.token_urlsafe(24))
        self.visitors[visitor.id] = visitor
        return visitor

    # Keeping

    def save(self) -> None:
        """Write the data to the file, whole or not at all. The caller holds the lock."""
        if self._file is None:
            return
        records: dict[str, Iterable[Any]] = {
            "attributes": self.attributes,
            "customers": self.customers.values(),
            "api_users": self.api_users.values(),
            "baskets": self.baskets.values(),
            "visitors": self.visitors.values(),
        }
        kept: dict[str, object] = {name: [asdict(each) for each in rows] for name, rows in records.items()}
        kept["last_number"] = self.last_number
        draft = self._file.with_name(self._file.name + ".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        draft.replace(self._file)

    def _load(self, file: Path) -> None:
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            self.attributes = [Attribute(**row) for row in kept["attributes"]]
            self.customers = _by("id", kept["customers"], _customer)
            self.api_users = _by("login", kept["api_users"], lambda row: ApiUser(**row))
            self.baskets = _by("id", kept["baskets"], _basket)
            self.visitors = _by("id", kept["visitors"], lambda row: Visitor(**row))
            self.last_number = kept["last_number"]
        except (ValueError, KeyError, TypeError):
            sentence = f"{file} does not hold a sandbox's data. Delete it to start from the seeds."
            raise SystemExit(sentence) from None


Record = TypeVar("Record")


def _by(name: str, rows: list[dict[str, Any]], make: Callable[[dict[str, Any]], Record]) -> dict[str, Record]:
    return {row[name]: make(row) for row in rows}


def _customer(row: dict[str, Any]) -> Customer:
    return Customer(**row | {"writes": [Write(**each) for each in row["writes"]]})


def _basket(row: dict[str, Any]) -> Basket:
    return Basket(**row | {"tickets": [Ticket(**each) for each in row["tickets"]]})


def _converted(attribute: Attribute, customer: Customer) -> Value:
    try:
        return stored_value(attribute, customer.attributes.get(attribute.name))
    except Dropped:
        return None


def _seconds_now() -> float:
    return datetime.now(UTC).timestamp()
