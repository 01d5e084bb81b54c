"""What the sandbox remembers: plain records that go to JSON and back unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.world.attributes import Value

WRITES_KEPT = 50


@dataclass
class Write:
    """One PATCH of a customer: what was sent, what was stored, which keys were dropped in silence."""

    at: str
    sent: dict[str, object]
    stored: dict[str, Value]
    dropped: list[str]


@dataclass
class Customer:
    """A theatre customer. `attributes` maps the attribute's name, not its key, to the value.

    `tags` and `statements` hold ids: what the customer is tagged with, and what they have agreed to.
    """

    id: str
    email: str
    firstName: str  # noqa: N815, as on the wire
    lastName: str  # noqa: N815, as on the wire
    mobile: str = ""
    phone: str = ""
    password: str = ""
    attributes: dict[str, Value] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstName} {self.lastName}".strip()

    def note(self, write: Write) -> None:
        """Keep one more write, the oldest going first."""
        self.writes = [*self.writes, write][-WRITES_KEPT:]


@dataclass
class ApiUser:
    """A login for owner mode; `secret` is base64 text."""

    login: str
    secret: str
    may_read_baskets: bool = True
    may_write_customers: bool = True


@dataclass
class Ticket:
    """One ticket in a basket. `price` is in pounds."""

    id: str
    performance_id: str
    event_id: str
    price: float
    plan_id: str
    plan_name: str
    type_id: str = ""
    seat_number: str = ""
    seat_name: str = ""
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass
class Basket:
    """A cart. `used_at` is seconds since 1970; `changes` counts mutations and feeds the hash.

    `parts` holds what is no ticket, by kind.
    """

    id: str
    used_at: float
    customer_id: str | None = None
    expired: bool = False
    changes: int = 0
    tickets: list[Ticket] = field(default_factory=list)
    parts: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    promo_code: str | None = None


@dataclass
class Visitor:
    """One browser: who is signed in and which basket it holds."""

    id: str
    customer_id: str | None = None
    basket_id: str | None = None
