"""Faults that leave the transport whole and tell something untrue: other attributes, another basket owner."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.world.attributes import Attribute, Keyed, keyed, misspelt
from portal.sandbox.world.faults import BASKET_DISGUISES, Fault
from portal.sandbox.world.records import Basket
from portal.sandbox.world.state import State


def attributes_as_shown(state: State, disguises: list[Fault], form: str) -> list[Keyed]:
    """Return the attributes and keys that this one call shows, or stores, in one of the forms."""
    shown, inner = state.attributes, state.options.capitalise_inner_words
    for fault in disguises:
        if fault.kind == "drop_attribute":
            shown = [each for each in shown if not _names(fault, each)]
        elif fault.kind == "misspell_attribute":
            # Keyed by the misspelt name, yet stored under the definition's own.
            wrong = [misspelt(each) if _names(fault, each) else each for each in shown]
            pairs = zip(keyed(wrong, inner, form), shown, strict=True)
            return [replace(entry, attribute=each) for entry, each in pairs]
    return keyed(shown, inner, form)


def basket_as_shown(state: State, basket: Basket, disguises: list[Fault]) -> Basket | None:
    """Return the basket as this one call tells of it, or None where it plays one that has expired."""
    for fault in disguises:
        if fault.kind == "expired_basket":
            return None
        if fault.kind in BASKET_DISGUISES:
            others = [each for each in state.customers if each != basket.customer_id]
            other = fault.customer_id or (others[0] if others else None)
            return replace(basket, customer_id=None if fault.kind == "anonymous_basket" else other)
    return basket


def _names(fault: Fault, attribute: Attribute) -> bool:
    return fault.attribute in (None, attribute.name)
