"""The control API, by which tests and the demo arrange the world; the package's docstring tells it whole."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import asdict

from flask import Blueprint, Response, request

from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import empty, json_reply, message
from portal.sandbox.api.wire import instance
from portal.sandbox.world import box_office, ids
from portal.sandbox.world.attributes import TYPES, Attribute
from portal.sandbox.world.field_checks import (
    OBJECT,
    TEXT,
    TEXTS,
    YES_NO,
    NotAccepted,
    Rule,
    checked,
    one_of,
    or_null,
)
from portal.sandbox.world.programme import Performance, current_programme
from portal.sandbox.world.records import ApiUser, Basket, Customer

bp = Blueprint("control", __name__, url_prefix="/_control")

CUSTOMER_TEXTS = ("email", "firstName", "lastName", "mobile", "phone", "password")
CUSTOMER_RULES = dict.fromkeys(("id", *CUSTOMER_TEXTS), TEXT) | {"attributes": OBJECT, "deleted": YES_NO}
ATTRIBUTE_RULES = {
    "name": Rule("text with a letter or a digit", lambda v: isinstance(v, str) and any(map(str.isalnum, v))),
    "type": one_of(*TYPES),
    "options": TEXTS,
}
API_USER_RULES = dict.fromkeys(("may_read_baskets", "may_write_customers", "deleted"), YES_NO)
BASKET_RULES = {"customer_id": or_null(TEXT), "expired": YES_NO}


class Unknown(Exception):
    """An id that the sandbox does not have; the message says of what."""


@bp.before_request
def refuse_strangers() -> Response | None:
    """Serve this machine alone."""
    if ipaddress.ip_address(request.remote_addr or "").is_loopback:
        return None
    return message(403, "The control API answers this machine alone.")


@bp.errorhandler(NotAccepted)
def say_what_is_wrong(error: NotAccepted) -> Response:
    """Answer 400 with the sentence."""
    return message(400, str(error))


@bp.errorhandler(Unknown)
def say_what_is_unknown(error: Unknown) -> Response:
    """Answer 404 with the sentence."""
    return message(404, str(error))


@bp.get("/state")
def show_state() -> Response:
    """Answer everything but the request log."""
    shared = state()
    with shared.lock:
        return json_reply(
            {
                "customers": [asdict(each) for each in shared.customers.values()],
                "attributes": _attributes(),
                "api_users": [asdict(each) for each in shared.api_users.values()],
                "baskets": [_basket(each) for each in shared.baskets.values()],
                "options": shared.options.as_json(),
                "faults": [fault.as_json() for fault in shared.faults.all()],
                "performances": [_performance(each) for each in current_programme().performances],
            }
        )


@bp.post("/reset")
def reset() -> Response:
    """Go back to the seeds."""
    with state().lock:
        state().reset()
        return _saved(empty(204))


@bp.get("/requests")
def requests_so_far() -> Response:
    """Answer the recorded API calls, oldest first."""
    with state().lock:
        return json_reply(list(state().requests))


@bp.delete("/requests")
def forget_requests() -> Response:
    """Empty the request log."""
    with state().lock:
        state().requests.clear()
    return empty(204)


@bp.get("/faults")
def faults() -> Response:
    """Answer the faults that are on, newest first."""
    return json_reply([fault.as_json() for fault in state().faults.all()])


@bp.post("/faults")
def add_fault() -> Response:
    """Switch a fault on."""
    with state().lock:
        return json_reply(state().faults.add(_body()).as_json(), 201)


@bp.delete("/faults")
def clear_faults() -> Response:
    """Switch all faults off."""
    with state().lock:
        state().faults.clear()
    return empty(204)


@bp.delete("/faults/<int:fault_id>")
def clear_fault(fault_id: int) -> Response:
    """Switch one fault off."""
    with state().lock:
        if not state().faults.remove(fault_id):
            raise Unknown("No fault with that id is on.")
    return empty(204)


@bp.post("/customers")
def put_customer() -> Response:
    """Add, change or remove a customer."""
    body = checked(_body(), CUSTOMER_RULES)
    with state().lock:
        if body.get("deleted"):
            _remove(state().customers, str(body.get("id")), "customer")
            return _saved(empty(204))
        customer_id = str(body.get("id") or ids.customer_id())
        known = state().customers.get(customer_id)
        customer = known or Customer(customer_id, f"{customer_id.lower()}@example.org", "New", "Customer")
        for name in CUSTOMER_TEXTS:
            setattr(customer, name, body.get(name, getattr(customer, name)))
        values = body.get("attributes")
        if isinstance(values, dict):
            customer.attributes.update(values)
        state().customers[customer_id] = customer
        return _saved(json_reply({"id": customer_id}, 201))


@bp.post("/attributes")
def define_attributes() -> Response:
    """Replace all attribute definitions."""
    body = _body()
    if not isinstance(body, list):
        raise NotAccepted("Send a JSON list of definitions.")
    with state().lock:
        state().define_attributes([attribute_from(each) for each in body])
        return _saved(json_reply(_attributes()))


@bp.post("/baskets")
def add_basket() -> Response:
    """Make a basket as if a browser had begun it."""
    body = checked(_body(), BASKET_RULES | {"performance_ids": TEXTS})
    with state().lock:
        performances = _performances(body.get("performance_ids"))
        customer_id = _known_customer(body.get("customer_id"))
        basket = state().new_basket(customer_id)
        for performance in performances:
            box_office.put_ticket(state(), basket, performance)
        basket.expired = bool(body.get("expired"))
        return _saved(json_reply({"id": basket.id}, 201))


@bp.post("/baskets/<basket_id>")
def change_basket(basket_id: str) -> Response:
    """Give a basket another owner, or end it."""
    body = checked(_body(), BASKET_RULES)
    with state().lock:
        basket = state().baskets.get(basket_id)
        if basket is None:
            raise Unknown("There is no basket with that id.")
        if "customer_id" in body:
            basket.customer_id = _known_customer(body["customer_id"])
            state().touch(basket)
        basket.expired = bool(body.get("expired", basket.expired))
        return _saved(json_reply(_basket(basket)))


@bp.post("/api_users")
def put_api_user() -> Response:
    """Add, change or remove an API user."""
    secret = Rule("base64 text", _is_base64)
    body = checked(_body(), API_USER_RULES | {"login": TEXT, "secret": secret}, required=("login",))
    login = str(body["login"])
    with state().lock:
        if body.pop("deleted", False):
            _remove(state().api_users, login, "API user")
            return _saved(empty(204))
        known = state().api_users.get(login)
        if known is None and "secret" not in body:
            raise NotAccepted("The field 'secret' is missing.")
        user = ApiUser(**((asdict(known) if known else {}) | body))
        state().api_users[login] = user
        return _saved(json_reply(asdict(user), 201))


@bp.post("/options")
def change_options() -> Response:
    """Change some options; answer all of them."""
    with state().lock:
        state().options = state().options.changed(_body())
        return json_reply(state().options.as_json())


def attribute_from(body: object) -> Attribute:
    """Return the definition that `body` describes; raise NotAccepted where it describes none."""
    attribute = Attribute(**checked(body, ATTRIBUTE_RULES, required=("name",)))  # type: ignore[arg-type]
    if attribute.type == "Dropdown" and not attribute.options:
        raise NotAccepted("A Dropdown needs 'options'.")
    return attribute


def _body() -> object:
    return request.get_json(force=True, silent=True)


def _saved(response: Response) -> Response:
    state().save()
    return response


def _remove(records: dict[str, Customer] | dict[str, ApiUser], record_id: str, kind: str) -> None:
    if records.pop(record_id, None) is None:
        raise Unknown(f"There is no {kind} with that id.")


def _performances(performance_ids: object) -> list[Performance]:
    programme = current_programme()
    if not isinstance(performance_ids, list):
        return [programme.next_evening(state().now())]
    found = [programme.performance(each) for each in performance_ids]
    if None in found:
        raise Unknown("There is no performance with that id.")
    return [each for each in found if each]


def _known_customer(customer_id: object) -> str | None:
    if customer_id is not None and customer_id not in state().customers:
        raise Unknown("There is no customer with that id.")
    return str(customer_id) if customer_id is not None else None


def _attributes() -> list[dict[str, object]]:
    return [asdict(each.attribute) | {"key": each.key} for each in state().keyed_attributes()]


def _basket(basket: Basket) -> dict[str, object]:
    return asdict(basket) | {"gone": state().live_basket(basket.id) is None}


def _performance(performance: Performance) -> dict[str, object]:
    body = instance(performance, state().now())
    named = {name: body[name] for name in ("id", "start", "startUtc", "cancelled", "isOnSale")}
    return named | {"event_id": performance.show.id, "event": performance.show.name}


def _is_base64(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(base64.b64decode(value, validate=True))
    except binascii.Error:
        return False
