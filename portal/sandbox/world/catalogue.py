"""What the Harbour Playhouse has beside its programme: seats, prices, tags, statements, things to buy."""

from __future__ import annotations

from dataclasses import dataclass

from portal.sandbox.world.ids import object_id
from portal.sandbox.world.programme import MAIN_HOUSE, SHOWS, STUDIO_HALL, Hall, Performance, Show


@dataclass(frozen=True)
class Named:
    """An id and the name that goes with it: a band, a ticket type, a tag, a statement's text."""

    id: str
    name: str


@dataclass(frozen=True)
class Venue:
    """A building; the second one is what Spektrix calls online."""

    id: str
    name: str
    address: str


@dataclass(frozen=True)
class Seat:
    """A seat of a plan. Plans give its number alone, tickets an id made of it."""

    number_in_plan: int
    row: str
    number: int

    @property
    def name(self) -> str:
        """What the ticket says."""
        return f"{self.row}{self.number}"


@dataclass(frozen=True)
class Plan:
    """A seating plan; without seats it is unreserved."""

    hall: Hall
    capacity: int
    seats: tuple[Seat, ...] = ()


@dataclass(frozen=True)
class TagGroup:
    """Tags under one heading; one that is not for the web is shown to signed calls alone."""

    id: str
    name: str
    description: str | None
    tags: tuple[Named, ...]
    for_the_web: bool = True


@dataclass(frozen=True)
class Thing:
    """Something else to buy: a fund to give to, a membership, an item of merchandise; the price in pounds."""

    id: str
    name: str
    price: float
    description: str = ""


FIRST_SEAT, SEATS_IN_A_ROW = 53613, 10

VENUES = (
    Venue(object_id(201), "The Harbour Playhouse", "1 Quay Street, Exampleton, EX1 1AA"),
    Venue(object_id(801), "Online", ""),
)
BANDS = BAND_A, BAND_B = (Named(object_id(201), "Band A"), Named(object_id(401), "Band B"))
TICKET_TYPES = FULL_PRICE, STUDENT = (Named(object_id(1), "Full Price"), Named(object_id(201), "Student"))
STUDENTS_PAY = 0.5
STUDIO_SEATS = tuple(
    Seat(FIRST_SEAT + place, "ABCD"[place // SEATS_IN_A_ROW], place % SEATS_IN_A_ROW + 1)
    for place in range(4 * SEATS_IN_A_ROW)
)
PLANS = (Plan(MAIN_HOUSE, 240), Plan(STUDIO_HALL, len(STUDIO_SEATS), STUDIO_SEATS))
STATEMENTS = (
    Named(object_id(201), "I would like to hear about events by e-mail"),
    Named(object_id(401), "I would like to receive the brochure by post"),
)
TAG_GROUPS = (
    TagGroup(
        object_id(301),
        "Interests",
        "",
        (Named(object_id(5402), "Restaurant guest"), Named(object_id(5501), "Musicals")),
    ),
    TagGroup(
        object_id(502), "Membership", None, (Named(object_id(5603), "Silver Member"),), for_the_web=False
    ),
)
FUNDS = (
    Thing(object_id(1201), "Support Fund", 10.0, "Keeps the lights on."),
    Thing(object_id(1402), "Youth Theatre", 5.0),
)
MEMBERSHIPS = (Thing(object_id(801), "Friend", 45.0, "Priority booking"),)
STOCK_ITEMS = (Thing(object_id(1213), "Show programme", 6.0), Thing(object_id(1314), "Tote bag", 9.5))


def plan_by_id(plan_id: str) -> Plan | None:
    """Return the plan with that id, or None."""
    return next((plan for plan in PLANS if plan.hall.plan_id == plan_id), None)


def seat_of(plan: Plan, number: str) -> Seat | None:
    """Return the seat that a plan lists under that number, or None."""
    return next((seat for seat in plan.seats if str(seat.number_in_plan) == number), None)


def price_of(show: Show, ticket_type_id: str) -> float:
    """Return what a ticket costs, in pounds; an unknown type pays in full."""
    return round(show.price * STUDENTS_PAY, 2) if ticket_type_id == STUDENT.id else show.price


def price_list_id(show: Show) -> str:
    """Return the id of a show's price list."""
    return object_id(7801 + SHOWS.index(show))


def seats_sold(performance: Performance, capacity: int) -> int:
    """Return how many seats the box office has sold: some number, and the same one each time."""
    return int(performance.id.split("A")[0]) * 7 % (capacity // 2)
