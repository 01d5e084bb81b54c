"""Buildings, plans, prices, tags, statements and things to buy, and how many seats are left.

Unsigned GET calls; a signed one sees more of the tags and of the seats (docs/spektrix.md section 7).
"""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from portal.sandbox.api import wire
from portal.sandbox.api.calls import FEED, spektrix_call, state
from portal.sandbox.api.replies import json_reply, not_found
from portal.sandbox.world import box_office, catalogue
from portal.sandbox.world.catalogue import Named, Plan, Seat, Thing
from portal.sandbox.world.ids import object_id
from portal.sandbox.world.programme import Performance, current_programme

bp = Blueprint("catalogue", __name__, url_prefix="/<client>/api/v3")

FEW_LEFT_FOR_WHEELCHAIRS = 4
EVERY_WAY_TO_PAY = (
    (catalogue.FULL_PRICE, catalogue.BAND_A, True),
    (catalogue.FULL_PRICE, catalogue.BAND_B, True),
    (catalogue.STUDENT, catalogue.BAND_B, False),
)


@bp.get("/venues")
@spektrix_call("catalogue", FEED)
def venues() -> Response:
    """Answer the buildings."""
    return json_reply([_venue(each) for each in catalogue.VENUES])


@bp.get("/venues/<venue_id>")
@spektrix_call("catalogue", FEED)
def venue(venue_id: str) -> Response:
    """Answer one building."""
    found = next((each for each in catalogue.VENUES if each.id == venue_id), None)
    if found is None:
        raise not_found()
    return json_reply(_venue(found))


@bp.get("/plans")
@spektrix_call("catalogue", FEED)
def plans() -> Response:
    """Answer the seating plans, their seats too."""
    return json_reply([_plan(each) for each in catalogue.PLANS])


@bp.get("/plans/<plan_id>")
@spektrix_call("catalogue", FEED)
def plan(plan_id: str) -> Response:
    """Answer one seating plan."""
    found = catalogue.plan_by_id(plan_id)
    if found is None:
        raise not_found()
    return json_reply(_plan(found))


@bp.get("/instances/<instance_id>/plan")
@spektrix_call("catalogue", FEED)
def plan_of_instance(instance_id: str) -> Response:
    """Answer the plan of one performance."""
    return json_reply(_plan(_plan_of(_performance(instance_id))))


@bp.get("/instances/<instance_id>/price-list")
@spektrix_call("catalogue", FEED)
def price_list(instance_id: str) -> Response:
    """Answer what each type of ticket costs at one performance."""
    show = _performance(instance_id).show
    prices = [
        {
            "id": object_id(880101 + place),
            "isBandDefault": is_default,
            "amount": catalogue.price_of(show, ticket_type.id),
            "ticketType": _named(ticket_type),
            "priceBand": _named(band),
        }
        for place, (ticket_type, band, is_default) in enumerate(EVERY_WAY_TO_PAY)
    ]
    return json_reply({"id": catalogue.price_list_id(show), "prices": prices})


@bp.get("/instances/<instance_id>/status")
@spektrix_call("instance_status", FEED)
def status(instance_id: str) -> Response:
    """Answer how many seats of one performance are left, baskets counted."""
    performance = _performance(instance_id)
    held_by = _held_by_visitor()
    held = box_office.tickets_held(state(), performance)
    own = [ticket for ticket in held if ticket.id in held_by]
    plan, signed = _plan_of(performance), g.verdict is not None
    sold = catalogue.seats_sold(performance, plan.capacity)
    asked = request.args.get("includeLockInformation", "").lower() == "true"
    locks: list[wire.Body] | None = [] if asked else None
    unavailable = min(sold + len(held), plan.capacity)
    body: wire.Body = {
        "name": plan.hall.name,
        "available": plan.capacity - unavailable,
        "wheelchairAvailable": FEW_LEFT_FOR_WHEELCHAIRS,
        "specialAvailable": 0,
        "capacity": plan.capacity,
        "inBasket": len(own),
        "unavailable": unavailable,
        "lockInfoAvailable": locks,
        "lockInfoSpecialAvailable": locks,
    }
    of_the_box_office: wire.Body = {
        "bands": [{"id": each.id} for each in catalogue.BANDS],
        "inOtherBasket": len(held) - len(own),
        "locked": 0,
        "reserved": 0,
        "sold": sold,
        "scanned": 0,
        "masked": 0,
        "lockInformation": [],
    }
    return json_reply(body | of_the_box_office if signed else body)


@bp.get("/bands")
@spektrix_call("catalogue", FEED)
def bands() -> Response:
    """Answer the price bands."""
    return json_reply([_named(each) for each in catalogue.BANDS])


@bp.get("/ticket-types")
@spektrix_call("catalogue", FEED)
def ticket_types() -> Response:
    """Answer the types of ticket."""
    return json_reply([_named(each) for each in catalogue.TICKET_TYPES])


@bp.get("/statements")
@spektrix_call("catalogue", FEED)
def statements() -> Response:
    """Answer what a customer may agree to."""
    return json_reply([{"id": each.id, "text": each.name} for each in catalogue.STATEMENTS])


@bp.get("/tags")
@spektrix_call("catalogue", FEED)
def tags() -> Response:
    """Answer the tags, to a signed call the theatre's own too."""
    return json_reply([_named(tag) for group in _groups() for tag in group.tags])


@bp.get("/tag-groups")
@spektrix_call("catalogue", FEED)
def tag_groups() -> Response:
    """Answer the tags by group, to a signed call the theatre's own too."""
    return json_reply(
        [
            {
                "id": group.id,
                "name": group.name,
                "description": group.description,
                "tags": [_named(tag) for tag in group.tags],
            }
            for group in _groups()
        ]
    )


@bp.get("/funds")
@spektrix_call("catalogue", FEED)
def funds() -> Response:
    """Answer what one can give to."""
    return json_reply(
        [
            {
                "id": fund.id,
                "name": fund.name,
                "description": fund.description,
                "code": "",
                "defaultDonationAmount": fund.price,
            }
            for fund in catalogue.FUNDS
        ]
    )


@bp.get("/memberships")
@spektrix_call("catalogue", FEED)
def memberships() -> Response:
    """Answer the memberships."""
    return json_reply([_described(each) for each in catalogue.MEMBERSHIPS])


@bp.get("/stock-items")
@spektrix_call("catalogue", FEED)
def stock_items() -> Response:
    """Answer the merchandise."""
    return json_reply(
        [
            _described(item) | {"price": item.price, "postageAndPacking": 1.95}
            for item in catalogue.STOCK_ITEMS
        ]
    )


def _groups() -> list[catalogue.TagGroup]:
    return [group for group in catalogue.TAG_GROUPS if group.for_the_web or g.verdict is not None]


def _performance(instance_id: str) -> Performance:
    performance = current_programme().performance(instance_id)
    if performance is None:
        raise not_found()
    return performance


def _plan_of(performance: Performance) -> Plan:
    plan = catalogue.plan_by_id(performance.show.hall.plan_id)
    if plan is None:
        raise not_found()
    return plan


def _held_by_visitor() -> set[str]:
    basket = box_office.basket_of(state(), box_office.visitor_of(state(), request))
    return {ticket.id for ticket in basket.tickets} if basket else set()


def _named(thing: Named) -> wire.Body:
    return {"id": thing.id, "name": thing.name}


def _described(thing: Thing) -> wire.Body:
    return {
        "id": thing.id,
        "name": thing.name,
        "description": thing.description,
        "htmlDescription": wire.EMPTY_COPY,
        "imageUrl": "",
        "thumbnailUrl": "",
    }


def _venue(venue: catalogue.Venue) -> wire.Body:
    return {"name": venue.name, "address": venue.address, "id": venue.id}


def _plan(plan: Plan) -> wire.Body:
    return {
        "type": "Reserved" if plan.seats else "Unreserved",
        "name": plan.hall.name,
        "venue": {"id": catalogue.VENUES[0].id},
        "backgroundImageUrl": "",
        "x": 0,
        "y": 0,
        "areas": [],
        "seats": [_seat(seat, plan) for seat in plan.seats] or None,
        "capacity": plan.capacity,
        "maxZoomWeb": None,
        "maxZoomMobile": None,
        "id": plan.hall.plan_id,
    }


def _seat(seat: Seat, plan: Plan) -> wire.Body:
    beside = {each.number: each.number_in_plan for each in plan.seats if each.row == seat.row}
    return {
        "id": str(seat.number_in_plan),
        "name": seat.name,
        "row": seat.row,
        "number": seat.number,
        "previousSeatId": beside.get(seat.number - 1),
        "previousIsAcrossAisle": False,
        "nextIsAcrossAisle": False,
        "nextSeatId": beside.get(seat.number + 1),
        "x": 40 + 18 * seat.number,
        "y": 80 + 20 * "ABCD".index(seat.row),
        "tabOrder": None,
    }
