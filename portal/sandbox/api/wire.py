"""Bodies in the shape of the example payloads. Prices are pounds; `start` and `startUtc` carry no zone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.sandbox.world import basket_parts, catalogue
from portal.sandbox.world.attributes import LIST, Keyed
from portal.sandbox.world.ids import object_id
from portal.sandbox.world.programme import ZONE, Performance, Programme, Show, show_by_id
from portal.sandbox.world.records import Basket, Customer, Ticket

Body = dict[str, object]

EMPTY_COPY = "<div id>\r\n\r\n</div>"
ON_SALE_DAYS_BEFORE = 90


def customer(record: Customer) -> Body:
    """Return a customer without attributes, as inside a basket."""
    return {
        "age": None,
        "billingAddress": None,
        "deliveryAddress": None,
        "birthDate": None,
        "email": record.email,
        "firstName": record.firstName,
        "lastName": record.lastName,
        "mobile": record.mobile,
        "name": record.name,
        "phone": record.phone,
        "title": "",
        "passwordSet": bool(record.password),
        "giftAidDeclarationRequired": False,
        "id": record.id,
        "creditBalance": 0.0,
    }


def customer_with_attributes(record: Customer, shown: list[Keyed], always: bool) -> Body:
    """Return a customer as owner mode does; `always` shows unset attributes as null."""
    values = [(entry, record.attributes.get(entry.attribute.name)) for entry in shown]
    there = [(entry, value) for entry, value in values if always or value is not None]
    listed: list[Body] = [{"name": entry.key, "value": value} for entry, value in there if entry.in_list]
    flat = {entry.key: value for entry, value in there if not entry.in_list}
    in_list: Body = {LIST: listed} if any(entry.in_list for entry in shown) else {}
    return customer(record) | flat | in_list


def empty_basket(owner: Customer | None) -> Body:
    """Return the answer for a browser that has no basket; it has no id."""
    return {
        "totalDiscount": 0.0,
        "total": 0.0,
        "customer": customer(owner) if owner else None,
        "tickets": [],
        "membershipSubscriptions": [],
        "giftVouchers": [],
        "merchandiseItems": [],
        "donations": [],
        "hash": "NotLoggedIn",
    }


def basket(record: Basket, owner: Body | None, tickets: list[Body]) -> Body:
    """Return a basket around its owner and tickets."""
    return {
        "id": record.id,
        "totalDiscount": 0.0,
        "total": sum(ticket.price for ticket in record.tickets) + basket_parts.total(record),
        "customer": owner,
        "tickets": tickets,
        **{kind.shown_as: record.parts.get(name, []) for name, kind in basket_parts.KINDS.items()},
        "transactionCommission": {"amount": 0.0, "waived": False},
        "promoCode": record.promo_code,
        "hash": _basket_hash(record),
    }


def ticket(record: Ticket, expanded: Mapping[str, Body]) -> Body:
    """Return a ticket; `expanded` may hold whole objects to put in place of `event` and `instance`."""
    ids: dict[str, Body] = {"event": {"id": record.event_id}, "instance": {"id": record.performance_id}}
    return {
        "band": {"id": catalogue.BAND_A.id},
        **(ids | dict(expanded)),
        "planId": record.plan_id,
        "seat": {"id": object_id(int(record.seat_number))} if record.seat_number else None,
        "seatName": record.seat_name,
        "planName": record.plan_name,
        "voucherRedemptionInfo": None,
        "type": {"id": record.type_id or catalogue.FULL_PRICE.id},
        "ticketType": {"id": record.type_id or catalogue.FULL_PRICE.id},
        "ticketType_Comment": "Will be removed in a future API release - Use 'Type' instead",
        "delivered": False,
        "barcode": None,
        "offer": None,
        "customItems": [],
        "discount": 0.0,
        "price": record.price,
        "total": record.price,
        "id": record.id,
        **record.attributes,
    }


def expanded_ticket(
    record: Ticket, programme: Programme, wanted: set[str], now: datetime, starts: str
) -> Body:
    """Return a ticket with `tickets/event` and `tickets/instance` of `$expand` honoured."""
    expanded: dict[str, Body] = {}
    performance = programme.performance(record.performance_id)
    show = show_by_id(record.event_id)
    if "tickets/event" in wanted and show:
        expanded["event"] = event(show, programme, now)
    if "tickets/instance" in wanted and performance:
        expanded["instance"] = instance(performance, now, starts)
    return ticket(record, expanded)


def event(show: Show, programme: Programme, now: datetime) -> Body:
    """Return an event without its instances."""
    performances = programme.of_show(show)
    first, last = performances[0].start_at, performances[-1].start_at
    return {
        "description": show.blurb,
        "htmlDescription": EMPTY_COPY,
        "duration": show.minutes,
        "imageUrl": "",
        "isOnSale": any(each.on_sale(now) for each in performances),
        "name": show.name,
        "instanceDates": f"{_day(first)}-{_day(last)}",
        "thumbnailUrl": "",
        "webEventId": show.slug,
        "id": show.id,
        "firstInstanceDateTime": _bare(first),
        "lastInstanceDateTime": _bare(last),
        "altText": "",
        "attribute_Genre": show.genre,
        "attribute_ContentWarnings": "",
        "attribute_LowestPrice": show.price,
        "attribute_HideFromCalendar": False,
    }


def instance(performance: Performance, now: datetime, starts: str = "both") -> Body:
    """Return an instance. `startUtc` has no Z and is UTC all the same; the selling times have one.

    `starts` is the option `starts_shown`.
    """
    sales_start_at = performance.start_utc - timedelta(days=ON_SALE_DAYS_BEFORE)
    left_out = {"local": "startUtc", "utc": "start"}.get(starts)
    whole: Body = {
        "isOnSale": performance.on_sale(now),
        "planId": performance.show.hall.plan_id,
        "priceList": {"id": catalogue.price_list_id(performance.show)},
        "event": {"id": performance.show.id},
        "start": _bare(performance.start_at),
        "startUtc": _bare(performance.start_utc),
        "startSellingAtWeb": _bare(sales_start_at.astimezone(ZONE)),
        "startSellingAtWebUtc": _bare(sales_start_at) + "Z",
        "stopSellingAtWeb": _bare(performance.sales_end_at.astimezone(ZONE)),
        "stopSellingAtWebUtc": _bare(performance.sales_end_at) + "Z",
        "webInstanceId": None,
        "cancelled": performance.cancelled,
        "id": performance.id,
        "hasBestAvailableOverlay": False,
        "attribute_Captioned": False,
        "attribute_DoorTime": (performance.start_at - timedelta(minutes=30)).strftime("%H:%M"),
    }
    return {name: value for name, value in whole.items() if name != left_out}


def _basket_hash(record: Basket) -> str:
    text = f"{record.id} {record.customer_id} {record.changes}"
    return hashlib.sha256(text.encode()).hexdigest()[:10].upper()


def _bare(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B}"
