"""Owner mode: signed calls by the venue's API user."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from portal.sandbox.api import basket_changes, wire
from portal.sandbox.api.calls import OWNER, spektrix_call, state
from portal.sandbox.api.replies import Refusal, empty, json_reply, not_found
from portal.sandbox.api.untrue_answers import attributes_as_shown, basket_as_shown
from portal.sandbox.world.programme import current_programme
from portal.sandbox.world.records import Basket, Customer
from portal.sandbox.world.state import LateWrite

bp = Blueprint("owner", __name__, url_prefix="/<client>/api/v3")
BASKETS = "may_read_baskets"


@bp.get("/customers/<customer_id>")
@spektrix_call("customer_by_id", OWNER)
def customer_by_id(customer_id: str) -> Response:
    """Answer one customer, with attributes."""
    return json_reply(_shown(_customer(customer_id)))


@bp.get("/customers")
@spektrix_call("customer_by_email", OWNER)
def customer_by_email() -> Response:
    """Answer the one customer with an e-mail address, never a list."""
    email = request.args.get("email")
    if not email:
        raise Refusal(400, "Validation Failed")
    customer = state().customer_by_email(email)
    if customer is None:
        raise not_found()
    return json_reply(_shown(customer))


@bp.patch("/customers/<customer_id>")
@spektrix_call("update_customer", OWNER, needs="may_write_customers")
def update_customer(customer_id: str) -> Response:
    """Store the attributes that are defined; drop the rest without a word."""
    customer = _customer(customer_id)
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Refusal(400, "Validation Failed")
    known = attributes_as_shown(state(), g.struck.disguises, state().options.form_written)
    if g.struck.late_seconds:
        state().write_later(g.struck.late_seconds, LateWrite(customer_id, body, known))
    else:
        state().write(customer, body, known)
    match state().options.patch_reply:
        case "empty":
            return empty(200)
        case "no_content":
            return empty(204)
    return json_reply(_shown(customer))


@bp.get("/baskets/<basket_id>")
@spektrix_call("basket_by_id", OWNER, needs=BASKETS)
def basket_by_id(basket_id: str) -> Response:
    """Answer a basket, begun in a browser or not, as the options allow."""
    match state().options.owner_reads_web_basket:
        case 403:
            raise Refusal(403, "Forbidden")
        case 404:
            raise not_found()
    basket = state().live_basket(basket_id)
    shown = basket_as_shown(state(), basket, g.struck.disguises) if basket else None
    if shown is None:
        raise not_found()
    return json_reply(_basket(shown))


@bp.post("/baskets")
@spektrix_call("new_basket", OWNER, needs=BASKETS)
def new_basket() -> Response:
    """Open a basket, for a customer or for nobody yet."""
    customer_id = basket_changes.known_customer(basket_changes.body_object().get("customer"))
    return json_reply(_basket(state().new_basket(customer_id)), 201)


@bp.patch("/baskets/<basket_id>")
@spektrix_call("change_basket", OWNER, needs=BASKETS)
def change_basket(basket_id: str) -> Response:
    """Set whose basket it is, or its promotion code."""
    basket = _live_basket(basket_id)
    basket_changes.change_basket(basket, may_give_away=True)
    return _changed(basket)


@bp.post("/baskets/<basket_id>/tickets")
@spektrix_call("change_basket", OWNER, needs=BASKETS)
def add_tickets(basket_id: str) -> Response:
    """Add tickets: a list of instance, type and either seatingPlan or seat."""
    basket = _live_basket(basket_id)
    basket_changes.add_tickets(basket, basket_changes.ticket_lines())
    return _changed(basket)


@bp.delete("/baskets/<basket_id>/tickets")
@spektrix_call("change_basket", OWNER, needs=BASKETS)
def remove_tickets(basket_id: str) -> Response:
    """Remove the tickets named in `ticketIds`, parted by commas."""
    basket = _live_basket(basket_id)
    basket_changes.remove_named_tickets(basket)
    return _changed(basket)


@bp.post("/baskets/<basket_id>/<any(donations, memberships, merchandise, 'gift-vouchers'):kind>")
@spektrix_call("change_basket", OWNER, needs=BASKETS)
def add_parts(basket_id: str, kind: str) -> Response:
    """Add what is no ticket."""
    basket = _live_basket(basket_id)
    basket_changes.add_parts(basket, kind)
    return _changed(basket)


@bp.route("/baskets/<basket_id>/<kind>/<part_id>", methods=["PATCH", "DELETE"])
@spektrix_call("change_basket", OWNER, needs=BASKETS)
def change_part(basket_id: str, kind: str, part_id: str) -> Response:
    """Change or remove one part of a basket."""
    basket = _live_basket(basket_id)
    if request.method == "DELETE":
        basket_changes.remove_part(basket, kind, part_id)
    else:
        basket_changes.change_part(basket, kind, part_id)
    return _changed(basket)


def _live_basket(basket_id: str) -> Basket:
    """Return a basket that can be changed: none where a disguise lets it have expired."""
    basket = state().live_basket(basket_id)
    if basket is None or basket_as_shown(state(), basket, g.struck.disguises) is None:
        raise not_found()
    return basket


def _changed(basket: Basket) -> Response:
    return json_reply(_basket(basket_as_shown(state(), basket, g.struck.disguises) or basket))


def _customer(customer_id: str) -> Customer:
    customer = state().customers.get(customer_id)
    if customer is None:
        raise not_found()
    return customer


def _shown(customer: Customer) -> wire.Body:
    shown = attributes_as_shown(state(), g.struck.disguises, state().options.attributes_read_as)
    return wire.customer_with_attributes(customer, shown, state().options.attributes_shown == "always")


def _basket(basket: Basket) -> wire.Body:
    wanted = set(request.args.get("$expand", "").split(","))
    now, programme, starts = state().now(), current_programme(), state().options.starts_shown
    tickets = [wire.expanded_ticket(each, programme, wanted, now, starts) for each in basket.tickets]
    return wire.basket(basket, _owner(basket), tickets)


def _owner(basket: Basket) -> wire.Body | None:
    if basket.customer_id is None:
        return None
    customer = state().customers.get(basket.customer_id)
    if customer is None or state().options.basket_customer == "id":
        return {"id": basket.customer_id}
    return wire.customer(customer)
