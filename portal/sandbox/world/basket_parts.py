"""What a basket may hold beside tickets, and changing any part of it (docs/spektrix.md section 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.sandbox.world.catalogue import FUNDS, MEMBERSHIPS, STOCK_ITEMS, Thing
from portal.sandbox.world.records import Basket
from portal.sandbox.world.state import State

Part = dict[str, object]
PREFIX = "attribute_"


class NotAPart(Exception):
    """A line that describes nothing one can buy, or names a part that is not there."""


@dataclass(frozen=True)
class Kind:
    """One kind of part: its list in a basket, what reads a line, and the fields that can be changed."""

    shown_as: str
    make: Callable[[Part], Part]
    changeable: tuple[str, ...]


def _donation(line: Part) -> Part:
    fund = _chosen(FUNDS, line.get("fund"))
    return {
        "fund": {"id": fund.id},
        "amount": _amount(line, fund.price),
        "isAnonymous": bool(line.get("isAnonymous")),
        "recognitionName": _text(line, "recognitionName"),
        "tributeName": _text(line, "tributeName"),
        "tributeTypeId": None,
    }


def _membership(line: Part) -> Part:
    membership = _chosen(MEMBERSHIPS, line.get("membership"))
    return {
        "membership": {"id": membership.id},
        "price": membership.price,
        "discount": 0.0,
        "total": membership.price,
        "autoRenew": bool(line.get("autoRenew")),
        "isRenewal": False,
        "startDate": None,
        "expiryDate": None,
    }


def _merchandise(line: Part) -> Part:
    item = _chosen(STOCK_ITEMS, line.get("stockItem"))
    return {"stockItem": {"id": item.id}, "price": item.price, "discount": 0.0, "total": item.price}


def _voucher(line: Part) -> Part:
    return {
        "amount": _amount(line, None),
        "deliveryType": _text(line, "deliveryType") or "CustomerEmail",
        "fromName": _text(line, "fromName"),
        "toName": _text(line, "toName"),
        "message": _text(line, "message"),
        "sendDate": line.get("sendDate"),
    }


KINDS = {
    "donations": Kind("donations", _donation, ("amount", "isAnonymous", "recognitionName", "tributeName")),
    "memberships": Kind("membershipSubscriptions", _membership, ("autoRenew",)),
    "merchandise": Kind("merchandiseItems", _merchandise, ()),
    "gift-vouchers": Kind(
        "giftVouchers", _voucher, ("amount", "deliveryType", "fromName", "toName", "message")
    ),
}


def add(state: State, basket: Basket, kind: str, lines: list[object]) -> None:
    """Put one part into the basket for each line, all or none; raise NotAPart for a line that is none."""
    made = [KINDS[kind].make(line) for line in lines if isinstance(line, dict)]
    if not made or len(made) < len(lines):
        raise NotAPart
    basket.parts.setdefault(kind, []).extend(part | {"id": state.new_id()} for part in made)
    state.touch(basket)


def remove(state: State, basket: Basket, kind: str, part_id: str) -> None:
    """Take a part out; raise NotAPart where it is not in the basket."""
    left = [part for part in basket.parts.get(kind, []) if part["id"] != part_id]
    if len(left) == len(basket.parts.get(kind, [])):
        raise NotAPart
    basket.parts[kind] = left
    state.touch(basket)


def change(state: State, basket: Basket, kind: str, part_id: str, changes: Part) -> None:
    """Change what is named and can be changed; attributes are kept too, as on tickets."""
    part = next((each for each in basket.parts.get(kind, []) if each["id"] == part_id), None)
    if part is None:
        raise NotAPart
    if "amount" in changes:
        _amount(changes, None)
    allowed = KINDS[kind].changeable
    part.update({key: value for key, value in changes.items() if key in allowed or key.startswith(PREFIX)})
    state.touch(basket)


def total(basket: Basket) -> float:
    """Return what all parts beside tickets cost."""
    parts = (part for parts in basket.parts.values() for part in parts)
    amounts = [part.get("total", part.get("amount")) for part in parts]
    return sum(each for each in amounts if isinstance(each, int | float))


def _chosen(things: tuple[Thing, ...], named: object) -> Thing:
    wanted = named.get("id") if isinstance(named, dict) else named
    found = next((thing for thing in things if thing.id == wanted), None)
    if found is None:
        raise NotAPart
    return found


def _amount(line: Part, usual: float | None) -> float:
    amount = line.get("amount", usual)
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount <= 0:
        raise NotAPart
    return float(amount)


def _text(line: Part, name: str) -> str:
    value = line.get(name)
    return value if isinstance(value, str) else ""
