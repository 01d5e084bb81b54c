"""Changing a basket, by its visitor in web mode or by the API user in owner mode; the lines are the same."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import Refusal, not_found
from portal.sandbox.world import basket_parts, box_office
from portal.sandbox.world.basket_parts import NotAPart, Part
from portal.sandbox.world.catalogue import Seat, price_of
from portal.sandbox.world.programme import Performance, show_by_id
from portal.sandbox.world.records import Basket

MOST_LINES = 20
TICKETS = "tickets"


@dataclass(frozen=True)
class TicketLine:
    """One ticket to be added, all of it looked at."""

    performance: Performance
    type_id: str
    seat: Seat | None


def refused() -> Refusal:
    """Return the refusal of a body that is not what the call takes."""
    return Refusal(400, "Validation Failed")


def body_object() -> Part:
    """Return the body, or the one entry of a list of one."""
    body = request.get_json(force=True, silent=True)
    found = body[0] if isinstance(body, list) and len(body) == 1 else body
    if not isinstance(found, dict):
        raise refused()
    return found


def lines() -> list[object]:
    """Return the body as a list; a single object is a list of one."""
    body = request.get_json(force=True, silent=True)
    found = [body] if isinstance(body, dict) and body else body
    if not isinstance(found, list) or not 0 < len(found) <= MOST_LINES:
        raise refused()
    return found


def ticket_lines() -> list[TicketLine]:
    """Return the tickets that the body asks for; a seat goes to one of them alone."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, list) or not 0 < len(body) <= MOST_LINES:
        raise refused()
    found = [_ticket_line(each) for each in body]
    seats = [(each.performance.id, each.seat.number_in_plan) for each in found if each.seat]
    if len(set(seats)) < len(seats):
        raise refused()
    return found


def add_tickets(basket: Basket, wanted: list[TicketLine]) -> None:
    """Put the tickets into the basket."""
    for line in wanted:
        box_office.put_ticket(state(), basket, line.performance, line.type_id, line.seat)


def remove_named_tickets(basket: Basket) -> None:
    """Take out the tickets that the query names, parted by commas or one by one."""
    named = [*request.args.getlist("ticketIds"), *request.args.getlist("ticketIds[]")]
    box_office.remove_tickets(state(), basket, set(",".join(named).split(",")))


def add_parts(basket: Basket, kind: str) -> None:
    """Put in what the body describes, of a kind that is no ticket."""
    _require_kind(kind)
    try:
        basket_parts.add(state(), basket, kind, lines())
    except NotAPart:
        raise refused() from None


def remove_part(basket: Basket, kind: str, part_id: str) -> None:
    """Take out one part, a ticket or another."""
    if kind == TICKETS:
        if all(ticket.id != part_id for ticket in basket.tickets):
            raise not_found()
        box_office.remove_tickets(state(), basket, {part_id})
        return
    _require_kind(kind)
    try:
        basket_parts.remove(state(), basket, kind, part_id)
    except NotAPart:
        raise not_found() from None


def change_part(basket: Basket, kind: str, part_id: str) -> None:
    """Change one part: a ticket's type and attributes, or what another part allows."""
    changes = body_object()
    if kind == TICKETS:
        _change_ticket(basket, part_id, changes)
        return
    _require_kind(kind)
    if all(part["id"] != part_id for part in basket.parts.get(kind, [])):
        raise not_found()
    try:
        basket_parts.change(state(), basket, kind, part_id, changes)
    except NotAPart:
        raise refused() from None


def change_basket(basket: Basket, may_give_away: bool) -> None:
    """Set the promotion code and, where the caller may, whose basket it is."""
    changes = body_object()
    if "promoCode" in changes:
        code = changes["promoCode"]
        basket.promo_code = str(code) if code else None
    if "customer" in changes and may_give_away:
        basket.customer_id = known_customer(changes["customer"])
    state().touch(basket)


def known_customer(named: object) -> str | None:
    """Return the id of the customer that a body names, by id or as an object with one."""
    customer_id = named.get("id") if isinstance(named, dict) else named
    if customer_id is None:
        return None
    if not isinstance(customer_id, str) or customer_id not in state().customers:
        raise refused()
    return customer_id


def _ticket_line(line: object) -> TicketLine:
    """A line names a seat or a seating plan, never both."""
    if not isinstance(line, dict) or ("seat" in line) == ("seatingPlan" in line):
        raise refused()
    try:
        performance = box_office.sellable(state(), str(line.get("instance")))
        seat = box_office.free_seat(state(), performance, str(line["seat"])) if "seat" in line else None
    except box_office.NotOnSale:
        raise refused() from None
    return TicketLine(performance, str(line.get("type") or ""), seat)


def _change_ticket(basket: Basket, ticket_id: str, changes: Part) -> None:
    ticket = next((each for each in basket.tickets if each.id == ticket_id), None)
    show = show_by_id(ticket.event_id) if ticket else None
    if ticket is None or show is None:
        raise not_found()
    if "type" in changes:
        ticket.type_id = str(changes["type"])
        ticket.price = price_of(show, ticket.type_id)
    named = {key: value for key, value in changes.items() if key.lower().startswith(basket_parts.PREFIX)}
    ticket.attributes.update(named)
    state().touch(basket)


def _require_kind(kind: str) -> None:
    if kind not in basket_parts.KINDS:
        raise not_found()
