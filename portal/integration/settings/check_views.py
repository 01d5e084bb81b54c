"""The checks: run them, and show the connection's history."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.bookings.models import Booking
from portal.bookings.rules import Note
from portal.bookings.visit_sentences import Sentence
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import LinkBasis
from portal.integration.checks import card as checks_card, history, run as checks
from portal.integration.connection.models import CheckState, Integration
from portal.integration.connection.queries import integration_of
from portal.integration.settings.page import page_of
from portal.integration.standing import rules as standing_rules, service as standings
from portal.integration.standing.service import Notice
from portal.integration.visits import rows as visit_rows
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

bp = Blueprint("checks", __name__)

_FIRST, _LAST = checks.NUMBERS[0], checks.NUMBERS[-1]


@bp.post("/integrations/spektrix/test")
@managers_only
def start() -> ResponseReturnValue:
    """Make all checks and return to the page; htmx gets the card that asks for them one by one."""
    if wants_fragment():
        integration = integration_of(current_venue().id)
        return _back() if integration is None else _running(integration, _FIRST)
    if not checks.run_all(current_venue()):
        flash("Spektrix is not connected. Enter the details first.", "warn")
    return _back()


@bp.post("/integrations/spektrix/test/<int:number>")
@managers_only
def step(number: int) -> ResponseReturnValue:
    """Make one check of a run, and answer the card with the next one, or the finished page's news.

    A run is only the number in the address; after a failed check, the next is not made.
    """
    if number not in checks.NUMBERS:
        abort(404)
    if not wants_fragment():
        return _back()
    if not _may_follow(number):
        return _finished()
    verdict = checks.run_one(current_venue(), number)
    integration = integration_of(current_venue().id)
    if verdict is None or integration is None:
        return _back()
    if verdict.stops or number == _LAST:
        return _finished()
    return _running(integration, number + 1)


@bp.get("/integrations/spektrix/history", endpoint="history")
@signed_in
def past() -> ResponseReturnValue:
    venue = current_venue()
    found = history.page(venue.id, request.args.get("after", ""))
    return render_template("integration/checks/history.html", history=found, zone=venue.timezone)


@bp.app_template_global()
def spektrix_notice() -> Notice | None:
    """Let the diary say that something is wrong with the connection."""
    return standings.notice(current_venue().id)


@bp.app_template_global()
def has_spektrix() -> bool:
    """Tell the diary whether there is a connection to speak of."""
    return integration_of(current_venue().id) is not None


@bp.app_template_global()
def concerns_spektrix(booking: Booking) -> bool:
    """Let pages say nothing of Spektrix at a venue that never had anything to do with it."""
    check = booking.link_check
    # Details are to be asked about everywhere; where nobody is there to ask, nothing comes of it.
    was_asked = check is not None and (check.basis == LinkBasis.BASKET or check.reason is not None)
    return was_asked or booking.guest.link is not None or integration_of(booking.venue_id) is not None


@bp.app_template_filter()
def by_now(said: Sentence | Note, reason: Code | None = None) -> Sentence | Note:
    """Let diary and booking name the attribute that did not store a visit, and what to do now."""
    why = said.reason if isinstance(said, Sentence) else reason
    return visit_rows.by_now(said, current_venue().id, why)


def _may_follow(number: int) -> bool:
    integration = integration_of(current_venue().id)
    if number == _FIRST or integration is None:
        return True
    before = checks.saved(integration).get(number - 1)
    db.session.rollback()
    return before is not None and before.state in {CheckState.PASSED, CheckState.WARNS}


def _running(integration: Integration, number: int) -> str:
    card = checks_card.card_while_running(integration, number, clock.utc_now())
    return render_template(
        "integration/settings/_run.html", card=card, overall=standing_rules.TESTING, starts=number == _FIRST
    )


def _finished() -> ResponseReturnValue:
    page = page_of(current_venue(), current_staff())
    if page is None:
        return _back()
    return render_template(
        "integration/settings/_run.html", card=page.checks, page=page, overall=page.overall
    )


def _back() -> ResponseReturnValue:
    address = url_for("integration.spektrix")
    if wants_fragment():
        return "", 204, {"HX-Redirect": address}
    return redirect(address, 303)
