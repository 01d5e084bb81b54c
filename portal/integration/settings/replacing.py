"""Test typed credentials before they replace the saved ones.

Nothing is saved here. A refusal drops nothing, and where Spektrix could not be asked that is told apart from
a refusal: the details may be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal import crypto
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection import badges, domains, gateway
from portal.integration.connection.badges import AnswerBadge
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Budget, Credentials
from portal.integration.connection.queries import integration_of
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.outbox.delivering import Call
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

    badge: AnswerBadge
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
        standing.update(venue.id)
        return Trial(badges.badge_of(Code.KEY_UNREADABLE, None, typed.client_name))
    finally:
        db.session.commit()
    calls: list[Call] = []
    budget = Budget(BUDGET_SECONDS)
    failed = _ask(credentials, calls, budget)
    if failed is None:
        trial = _try_domain(typed, calls, budget)
    else:
        unknown = failed.code is Code.CLIENT_UNKNOWN and failed.status is not None
        small_answers = small_name_answers(credentials, budget) if unknown else None
        badge = badges.badge_of(
            failed.code, failed.status, typed.client_name, failed.detail, small_answers=small_answers
        )
        small_name = typed.client_name.lower() if small_answers else ""
        trial = Trial(badge, told=failed.is_about_details, small_name=small_name)
    return replace(trial, milliseconds=sum(call.duration_ms for call in calls), new_key=bool(typed.api_key))


def small_name_answers(credentials: Credentials, budget: Budget) -> bool:
    """Ask once whether the client name is right in small letters (R13); False where it has no capitals."""
    small = credentials.client_name.lower()
    if small == credentials.client_name:
        return False
    try:
        with gateway.spektrix(replace(credentials, client_name=small), [], budget=budget) as client:
            client.probe_client_name()
    except CallFailed:
        return False
    return True


def _credentials(venue_id: int, typed: Typed) -> Credentials:
    """Return what to try, not tied to the saved row. Raises CannotDecrypt where the stored key is lost."""
    integration = integration_of(venue_id)
    stored = integration.api_key if integration is not None and not typed.api_key else ""
    return Credentials(typed.client_name, typed.api_user, typed.api_key or stored)


def _ask(credentials: Credentials, calls: list[Call], budget: Budget) -> CallFailed | None:
    try:
        with gateway.spektrix(credentials, calls, budget=budget) as client:
            client.probe_client_name()
            client.check_credentials()
    except CallFailed as failed:
        return failed
    return None


def _try_domain(typed: Typed, calls: list[Call], budget: Budget) -> Trial:
    """Accepted details are of little use while the widget looks for baskets at the wrong address."""
    if not typed.custom_domain:
        return Trial(badges.PASSED, passed=True)
    address = domains.base_url(typed.custom_domain)
    try:
        gateway.public_probe(address, typed.client_name, calls, budget.left())
    except CallFailed as failed:
        return Trial(_domain_badge(failed, typed))
    return Trial(badges.PASSED, passed=True)


def _domain_badge(failed: CallFailed, typed: Typed) -> AnswerBadge:
    badge = badges.badge_of(failed.code, failed.status, typed.client_name)
    where = f"The widget looks for baskets at {typed.custom_domain}."
    return replace(badge, advice=("Spektrix itself accepted the API user and key.", where, *badge.advice))
