"""Test typed credentials before they replace the saved ones.

Nothing is saved here. A refusal drops nothing, and where Spektrix could not be asked that is told apart from
a refusal: the details may be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal import crypto
from portal.extensions import db
from portal.integration.connection import badges, domains, gateway
from portal.integration.connection.badges import Badge
from portal.integration.connection.gateway import Budget, Credentials
from portal.integration.connection.queries import integration_of
from portal.integration.settings.service import Typed
from portal.outbox.service import Call
from portal.spektrix.errors import NotFound, SpektrixError
from portal.venues.models import Venue

BUDGET_SECONDS = 11.0


@dataclass(frozen=True)
class Trial:
    """What Spektrix said of typed details.

    Args:
        badge: its words.
        passed: whether the details were accepted.
        told: whether the answer is about the details at all; False where Spektrix could not be asked.
        milliseconds: that all calls took.
        small_name: the client name in small letters, where that answers and the typed one does not.
        new_key: whether a key was typed, which no page can give back.
    """

    badge: Badge
    passed: bool = False
    told: bool = True
    milliseconds: int = 0
    small_name: str = ""
    new_key: bool = False


def try_typed(venue: Venue, typed: Typed) -> Trial:
    """Ask Spektrix whether it accepts these details; a blank key stands for the stored one."""
    try:
        credentials = _credentials(venue.id, typed)
    except crypto.CannotDecrypt:
        return Trial(badges.UNREADABLE)
    finally:
        db.session.commit()
    calls: list[Call] = []
    budget = Budget(BUDGET_SECONDS)
    error = _ask(credentials, calls, budget)
    if error is None:
        trial = _try_domain(typed, calls, budget)
    elif isinstance(error, NotFound) and small_name_answers(credentials, budget):
        badge = badges.badge_of(error, typed.client_name, small_answers=True)
        trial = Trial(badge, small_name=typed.client_name.lower())
    else:
        small_answers = False if isinstance(error, NotFound) else None
        badge = badges.badge_of(error, typed.client_name, small_answers=small_answers)
        trial = Trial(badge, told=badges.is_about_credentials(error))
    return replace(trial, milliseconds=sum(call.duration_ms for call in calls), new_key=bool(typed.api_key))


def small_name_answers(credentials: Credentials, budget: Budget) -> bool:
    """Ask once whether the client name is right in small letters (R13); False where it has no capitals."""
    small = credentials.client_name.lower()
    if small == credentials.client_name:
        return False
    try:
        with gateway.spektrix(replace(credentials, client_name=small), [], budget=budget) as client:
            client.probe_client_name()
    except SpektrixError:
        return False
    return True


def _credentials(venue_id: int, typed: Typed) -> Credentials:
    """Return what to try, not tied to the saved row. Raises CannotDecrypt where the stored key is lost."""
    integration = integration_of(venue_id)
    stored = integration.api_key if integration is not None and not typed.api_key else ""
    return Credentials(typed.client_name, typed.api_user, typed.api_key or stored)


def _ask(credentials: Credentials, calls: list[Call], budget: Budget) -> SpektrixError | None:
    try:
        with gateway.spektrix(credentials, calls, budget=budget) as client:
            client.probe_client_name()
            client.check_credentials()
    except SpektrixError as error:
        return error
    return None


def _try_domain(typed: Typed, calls: list[Call], budget: Budget) -> Trial:
    """Accepted details are of little use while the widget looks for baskets at the wrong address."""
    if not typed.custom_domain:
        return Trial(badges.PASSED, passed=True)
    address = domains.base_url(typed.custom_domain)
    try:
        gateway.public_probe(address, typed.client_name, calls, budget.left())
    except SpektrixError as error:
        return Trial(badges.domain_badge(error, typed.custom_domain))
    return Trial(badges.PASSED, passed=True)
