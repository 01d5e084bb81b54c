"""Owner mode: making a customer, and the two lists that belong to one: tags and statements agreed to."""

from __future__ import annotations

from collections.abc import Container

from flask import Blueprint, Response, g, request

from portal.sandbox.api import wire
from portal.sandbox.api.basket_changes import body_object, lines, refused
from portal.sandbox.api.calls import OWNER, WEB, spektrix_call, state
from portal.sandbox.api.replies import Refusal, empty, json_reply, not_found
from portal.sandbox.world import box_office, ids
from portal.sandbox.world.catalogue import STATEMENTS, TAG_GROUPS
from portal.sandbox.world.records import Customer

bp = Blueprint("customers", __name__, url_prefix="/<client>/api/v3")

NEEDED = ("email", "firstName", "lastName")
TAGS = {tag.id: tag for group in TAG_GROUPS for tag in group.tags}
STATEMENT_IDS = {statement.id for statement in STATEMENTS}
WRITES = "may_write_customers"


@bp.post("/customers")
@spektrix_call("create_customer", OWNER, needs=WRITES)
def create_customer() -> Response:
    """Make a customer; an address that somebody has already is a Duplicate Entry."""
    body = body_object()
    texts = {name: body.get(name, "") for name in (*NEEDED, "mobile", "phone")}
    if not all(isinstance(text, str) for text in texts.values()) or not all(texts[name] for name in NEEDED):
        raise refused()
    if "@" not in str(texts["email"]):
        raise refused()
    if state().customer_by_email(str(texts["email"])):
        raise Refusal(400, "Duplicate Entry")
    agreed, tags = body.get("AgreedStatements", []), body.get("Tags", [])
    customer = Customer(
        ids.customer_id(),
        **texts,  # type: ignore[arg-type]  # looked at above
        statements=_known(agreed, STATEMENT_IDS),
        tags=_known(tags, TAGS),
    )
    state().customers[customer.id] = customer
    g.customer_id = customer.id
    return json_reply(wire.customer(customer), 201)


@bp.get("/customers/<customer_id>/tags")
@spektrix_call("customer_tags", OWNER)
def tags(customer_id: str) -> Response:
    """Answer a customer's tags."""
    return _tags(_customer(customer_id))


@bp.post("/customers/<customer_id>/tags")
@spektrix_call("customer_tags", OWNER, needs=WRITES)
def add_tag(customer_id: str) -> Response:
    """Add one tag."""
    customer = _customer(customer_id)
    (added,) = _known([body_object().get("id")], TAGS)
    customer.tags = list(dict.fromkeys([*customer.tags, added]))
    return _tags(customer)


@bp.put("/customers/<customer_id>/tags")
@spektrix_call("customer_tags", OWNER, needs=WRITES)
def replace_tags(customer_id: str) -> Response:
    """Replace all tags by those of the list, which may be empty."""
    customer = _customer(customer_id)
    customer.tags = _known(request.get_json(force=True, silent=True), TAGS)
    return _tags(customer)


@bp.delete("/customers/tags/<tag_id>")
@spektrix_call("customer_tags", OWNER, needs=WRITES)
def remove_tag(tag_id: str) -> Response:
    """Remove a tag from the customer that the query names."""
    customer = _customer(request.args.get("id", ""))
    if tag_id not in customer.tags:
        raise not_found()
    customer.tags = [each for each in customer.tags if each != tag_id]
    return empty(204)


@bp.get("/customers/<customer_id>/agreed-statements")
@spektrix_call("customer_statements", OWNER)
def statements(customer_id: str) -> Response:
    """Answer all statements, and which the customer has agreed to."""
    return _statements(_customer(customer_id))


@bp.post("/customers/<customer_id>/agreed-statements")
@spektrix_call("customer_statements", OWNER, needs=WRITES)
def agree(customer_id: str) -> Response:
    """Add agreement to each statement of the list; agreeing twice changes nothing."""
    customer = _customer(customer_id)
    customer.statements = list(dict.fromkeys([*customer.statements, *_known(lines(), STATEMENT_IDS)]))
    return _statements(customer)


@bp.delete("/customers/<customer_id>/agreed-statements/<statement_id>")
@spektrix_call("customer_statements", OWNER, needs=WRITES)
def disagree(customer_id: str, statement_id: str) -> Response:
    """Take agreement back; doing so twice changes nothing."""
    customer = _customer(customer_id)
    if statement_id not in STATEMENT_IDS:
        raise not_found()
    customer.statements = [each for each in customer.statements if each != statement_id]
    return empty(204)


@bp.get("/customer/agreed-statements")
@spektrix_call("web_customer", WEB)
def own_statements() -> Response:
    """Answer the same to the customer who is signed in."""
    customer = box_office.customer_of(state(), box_office.visitor_of(state(), request))
    if customer is None:
        raise Refusal(401, "Unauthorized")
    return _statements(customer)


def _customer(customer_id: str) -> Customer:
    customer = state().customers.get(customer_id)
    if customer is None:
        raise not_found()
    g.customer_id = customer_id
    return customer


def _known(named: object, known: Container[str]) -> list[str]:
    """Return the ids that a list names, each alone or in an object; all have to be known."""
    entries = named if isinstance(named, list) else [None]
    found = [each.get("id") if isinstance(each, dict) else each for each in entries]
    ours = [each for each in found if isinstance(each, str) and each in known]
    if len(ours) < len(found):
        raise refused()
    return list(dict.fromkeys(ours))


def _tags(customer: Customer) -> Response:
    return json_reply([{"id": each, "name": TAGS[each].name} for each in customer.tags])


def _statements(customer: Customer) -> Response:
    return json_reply(
        [{"id": each.id, "text": each.name, "agreed": each.id in customer.statements} for each in STATEMENTS]
    )
