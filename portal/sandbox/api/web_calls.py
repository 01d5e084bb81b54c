"""Web mode: calls by a page's script in the visitor's browser, with cookies (docs/spektrix.md section 5)."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from portal.sandbox.api import basket_changes, wire
from portal.sandbox.api.calls import FEED, WEB, spektrix_call, state
from portal.sandbox.api.replies import Refusal, empty, json_reply, not_found
from portal.sandbox.api.untrue_answers import basket_as_shown
from portal.sandbox.world import box_office
from portal.sandbox.world.faults import NOT_BUILT
from portal.sandbox.world.programme import current_programme
from portal.sandbox.world.records import Basket, Visitor

bp = Blueprint("web", __name__, url_prefix="/<client>/api/v3")
# Whatever no other address takes: other versions of the API too.
unbuilt = Blueprint("unbuilt", __name__, url_prefix="/<client>/api")


@bp.get("/basket")
@spektrix_call("web_basket", WEB)
def basket() -> Response:
    """Answer the visitor's basket."""
    return _basket_reply(box_office.visitor_of(state(), request))


@bp.patch("/basket")
@spektrix_call("web_basket", WEB)
def change_basket() -> Response:
    """Set the promotion code."""
    visitor, found = _own_basket()
    basket_changes.change_basket(found, may_give_away=False)
    return _basket_reply(visitor)


@bp.post("/basket/tickets")
@spektrix_call("web_basket", WEB)
def add_tickets() -> Response:
    """Add tickets: a list of instance, type and either seatingPlan or seat."""
    wanted = basket_changes.ticket_lines()
    visitor = box_office.visitor_or_new(state(), request)
    basket_changes.add_tickets(box_office.basket_or_new(state(), visitor), wanted)
    return box_office.remember(_basket_reply(visitor), visitor)


@bp.delete("/basket/tickets")
@spektrix_call("web_basket", WEB)
def remove_tickets() -> Response:
    """Remove the tickets named in `ticketIds`, parted by commas."""
    visitor, found = _own_basket()
    basket_changes.remove_named_tickets(found)
    return _basket_reply(visitor)


@bp.post("/basket/<any(donations, memberships, merchandise, 'gift-vouchers'):kind>")
@spektrix_call("web_basket", WEB)
def add_parts(kind: str) -> Response:
    """Add what is no ticket."""
    visitor = box_office.visitor_or_new(state(), request)
    basket_changes.add_parts(box_office.basket_or_new(state(), visitor), kind)
    return box_office.remember(_basket_reply(visitor), visitor)


@bp.route("/basket/<kind>/<part_id>", methods=["PATCH", "DELETE"])
@spektrix_call("web_basket", WEB)
def change_part(kind: str, part_id: str) -> Response:
    """Change or remove one part of the basket."""
    visitor, found = _own_basket()
    if request.method == "DELETE":
        basket_changes.remove_part(found, kind, part_id)
    else:
        basket_changes.change_part(found, kind, part_id)
    return _basket_reply(visitor)


@bp.get("/customer")
@spektrix_call("web_customer", WEB)
def customer() -> Response:
    """Answer the customer who is signed in."""
    found = box_office.customer_of(state(), box_office.visitor_of(state(), request))
    if found is None:
        raise Refusal(401, "Unauthorized")
    return json_reply(wire.customer(found))


@bp.post("/customer/authenticate")
@spektrix_call("web_customer", WEB)
def authenticate() -> Response:
    """Sign in with e-mail and password."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Refusal(400, "Validation Failed")
    visitor = box_office.visitor_or_new(state(), request)
    if not box_office.sign_in(state(), visitor, str(body.get("email")), str(body.get("password"))):
        raise Refusal(401, "Unauthorized")
    found = box_office.customer_of(state(), visitor)
    return box_office.remember(json_reply(wire.customer(found) if found else None), visitor)


@bp.post("/customer/deauthenticate")
@spektrix_call("web_customer", WEB)
def deauthenticate() -> Response:
    """Sign out."""
    visitor = box_office.visitor_of(state(), request)
    if visitor:
        box_office.sign_out(state(), visitor)
    return empty(204)


@unbuilt.route("/<path:_path>", methods=["OPTIONS"])
def preflight(client: str, _path: str) -> Response:
    """Answer a browser that asks before it calls; the origin's header is added for every web answer."""
    g.mode, g.client = WEB, client
    response = empty(204)
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Accept"
    return response


@unbuilt.route("/<path:_path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@spektrix_call(NOT_BUILT, FEED)
def not_built(_path: str) -> Response:
    """Say that there is nothing, to a call that Spektrix may have and the sandbox has not."""
    raise not_found()


def _own_basket() -> tuple[Visitor, Basket]:
    visitor = box_office.visitor_of(state(), request)
    found = box_office.basket_of(state(), visitor)
    if visitor is None or found is None:
        raise not_found()
    return visitor, found


def _basket_reply(visitor: Visitor | None) -> Response:
    found = box_office.basket_of(state(), visitor)
    shown = basket_as_shown(state(), found, g.struck.disguises) if found else None
    if shown:
        return json_reply(_body(shown))
    if state().options.empty_web_basket == 404:
        raise not_found()
    return json_reply(wire.empty_basket(box_office.customer_of(state(), visitor)))


def _body(shown: Basket) -> wire.Body:
    wanted = set(request.args.get("$expand", "").split(","))
    now, programme, starts = state().now(), current_programme(), state().options.starts_shown
    tickets = [wire.expanded_ticket(each, programme, wanted, now, starts) for each in shown.tickets]
    owner = state().customers.get(shown.customer_id or "")
    return wire.basket(shown, wire.customer(owner) if owner else None, tickets)
