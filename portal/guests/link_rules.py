"""What becomes of a customer link when something new is learnt. Plain values in, plain values out."""

from __future__ import annotations

from portal.findings import Code
from portal.guests.models import CustomerLink, LinkState

# What asks a manager to say whether the customer is this guest.
PROPOSING = frozenset({Code.LINK_PROPOSED, Code.BASKET_UNSURE})
# What only a manager, or a verified basket where one may, takes back.
_STANDING = frozenset({Code.OTHER_CUSTOMER, Code.UNLINKED})


def outlives(state: LinkState, reason: Code | None, new: Code, *, names_somebody: bool) -> bool:
    """Tell whether a link stays as it is although a later question was refused for `new`.

    Args:
        state: of the link.
        reason: why it is not verified, if it is not.
        new: why the later question was refused.
        names_somebody: whether that refusal is about a particular customer.
    """
    if state is LinkState.VERIFIED:
        return new is not Code.OTHER_CUSTOMER
    if state is LinkState.PROPOSED:
        return not names_somebody
    return state is LinkState.UNVERIFIED and reason in _STANDING


def state_for(reason: Code) -> LinkState:
    """Return the state of a link that was refused for `reason`."""
    return LinkState.PROPOSED if reason in PROPOSING else LinkState.UNVERIFIED


def candidates(link: CustomerLink | None) -> list[str]:
    """Return whom a manager may choose between: the customer linked before a conflict, and the new one."""
    if link is None or link.state in {LinkState.VERIFIED, LinkState.STALE}:
        return []
    return [found for found in (link.spektrix_customer_id, link.proposed_customer_id) if found]
