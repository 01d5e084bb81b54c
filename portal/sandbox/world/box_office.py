"""What a visitor's browser can do, by the API or by the theatre's own forms: one basket, one sign-in."""

from __future__ import annotations

import hmac

from flask import Request, Response

from portal.sandbox.world.catalogue import FULL_PRICE, Seat, plan_by_id, price_of, seat_of
from portal.sandbox.world.programme import Performance, current_programme
from portal.sandbox.world.records import Basket, Customer, Ticket, Visitor
from portal.sandbox.world.state import State

COOKIE = "spektrixSandboxSession"


class NotOnSale(Exception):
    """The performance does not exist, is cancelled or is no longer sold."""


def visitor_of(state: State, request: Request) -> Visitor | None:
    """Return the browser session that the cookie names."""
    return state.visitor(request.cookies.get(COOKIE))


def visitor_or_new(state: State, request: Request) -> Visitor:
    """Return the browser session, starting one if need be; `remember` it in the answer."""
    return visitor_of(state, request) or state.new_visitor()


def remember(response: Response, visitor: Visitor) -> Response:
    """Set the cookie. Cookies ignore ports, so the theatre and the API share it on one host name."""
    response.set_cookie(COOKIE, visitor.id, httponly=True, samesite="Lax")
    return response


def basket_of(state: State, visitor: Visitor | None) -> Basket | None:
    """Return the visitor's basket if it has not timed out."""
    return state.live_basket(visitor.basket_id) if visitor else None


def customer_of(state: State, visitor: Visitor | None) -> Customer | None:
    """Return the customer who is signed in."""
    return state.customers.get(visitor.customer_id or "") if visitor else None


def sellable(state: State, performance_id: str) -> Performance:
    """Return a performance that the web sells now; raise NotOnSale otherwise."""
    performance = current_programme().performance(performance_id)
    if performance is None or not performance.on_sale(state.now()):
        raise NotOnSale
    return performance


def basket_or_new(state: State, visitor: Visitor) -> Basket:
    """Return the visitor's basket, opening one if need be."""
    basket = basket_of(state, visitor) or state.new_basket(visitor.customer_id)
    visitor.basket_id = basket.id
    return basket


def add_tickets(state: State, visitor: Visitor, performances: list[Performance]) -> Basket:
    """Put one full-price ticket for each entry into the visitor's basket, opening one if need be."""
    basket = basket_or_new(state, visitor)
    for performance in performances:
        put_ticket(state, basket, performance)
    return basket


def put_ticket(
    state: State, basket: Basket, performance: Performance, type_id: str = "", seat: Seat | None = None
) -> None:
    """Put one ticket into a basket, at full price where no other type is named."""
    show, kind = performance.show, type_id or FULL_PRICE.id
    ticket = Ticket(
        "",
        performance.id,
        show.id,
        price_of(show, kind),
        show.hall.plan_id,
        show.hall.name,
        kind,
        str(seat.number_in_plan) if seat else "",
        seat.name if seat else "",
    )
    state.put_ticket(basket, ticket)


def free_seat(state: State, performance: Performance, number: str) -> Seat:
    """Return a seat that nobody has in a basket; raise NotOnSale for one that is taken or is none."""
    plan = plan_by_id(performance.show.hall.plan_id)
    seat = seat_of(plan, number) if plan else None
    if seat is None or any(ticket.seat_number == number for ticket in tickets_held(state, performance)):
        raise NotOnSale
    return seat


def tickets_held(state: State, performance: Performance) -> list[Ticket]:
    """Return the tickets for a performance in all baskets that live."""
    live = [basket for basket in state.baskets.values() if state.live_basket(basket.id)]
    return [each for basket in live for each in basket.tickets if each.performance_id == performance.id]


def remove_tickets(state: State, basket: Basket, ticket_ids: set[str]) -> None:
    """Take tickets out of a basket; ids that are not in it are ignored."""
    basket.tickets = [ticket for ticket in basket.tickets if ticket.id not in ticket_ids]
    state.touch(basket)


def sign_in(state: State, visitor: Visitor, email: str, password: str) -> bool:
    """Sign the visitor in, and the basket with them; False where the two do not agree."""
    customer = state.customer_by_email(email)
    if customer is None or not hmac.compare_digest(customer.password.encode(), password.encode()):
        return False
    _attach(state, visitor, customer.id)
    return True


def sign_out(state: State, visitor: Visitor) -> None:
    """Sign the visitor out; the basket stays and is nobody's."""
    _attach(state, visitor, None)


def _attach(state: State, visitor: Visitor, customer_id: str | None) -> None:
    visitor.customer_id = customer_id
    basket = basket_of(state, visitor)
    if basket:
        basket.customer_id = customer_id
        state.touch(basket)
