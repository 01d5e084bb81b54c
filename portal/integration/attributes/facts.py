"""What is known of the two attributes, copied out of the database."""

from __future__ import annotations

from dataclasses import dataclass

from portal.integration.connection.models import AttributeState, Integration


@dataclass(frozen=True)
class AttributeFact:
    """What is known of one of the two attributes; `keeps` is what its type has been seen to keep."""

    name: str
    state: AttributeState
    near_miss: str = ""
    keeps: str = ""


def attribute_facts(integration: Integration) -> tuple[AttributeFact, ...]:
    """Copy what is known of both attributes."""
    return tuple(
        AttributeFact(check.name, AttributeState(check.state), check.near_miss, check.keeps)
        for check in integration.attributes
    )
