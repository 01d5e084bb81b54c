"""What the Spektrix page shows, gathered in one place. Queries only: nothing here changes, commits or calls.

No query grows with a venue's history: each ends after a fixed number of rows found by index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select

from portal import clock
from portal.extensions import db
from portal.findings import Cause, Code, finding
from portal.guests.models import CustomerLink
from portal.integration import wording
from portal.integration.attributes import admin_message
from portal.integration.attributes.rows import AttributeRow, TrialView, rows_of, trial_of
from portal.integration.checks.card import ChecksCard, card_of
from portal.integration.connection.badges import AnswerBadge, badge_of
from portal.integration.connection.models import AttributeState, Integration
from portal.integration.connection.queries import integration_of
from portal.integration.settings import troubles
from portal.integration.settings.troubles import Trouble
from portal.integration.standing import evidence, rules as standing_rules, service as standings
from portal.integration.standing.models import Standing
from portal.integration.standing.rules import Fault, Overall
from portal.integration.visits import log as visits
from portal.integration.visits.log import Figures, Recent
from portal.integration.visits.rules import MOST_COUNTED, counted
from portal.outbox import service as outbox
from portal.outbox.models import ANSWERED, State
from portal.venues.models import Role, Staff, Venue

_FRESH = timedelta(seconds=60)
_MANAGERS_NAMED = 3


@dataclass(frozen=True)
class Page:
    """Everything the page shows of one venue. Holds no key: only its last four characters."""

    integration: Integration
    standing: Standing
    overall: Overall
    counts: Mapping[State, int]
    lead: str
    test: AnswerBadge | None
    test_is_fresh: bool
    trouble: Trouble | None
    mended: str | None
    checks: ChecksCard
    attributes: list[AttributeRow]
    trial: TrialView
    figures: Figures
    linked: str
    visits: Recent
    managers: list[str]
    zone: str
    message: str
    mailto: str

    @property
    def waiting(self) -> int:
        """Visits that go by themselves once Spektrix and the set-up allow it."""
        return wording.waiting(self.counts)

    @property
    def held(self) -> int:
        return self.counts.get(State.HELD, 0)

    @property
    def not_stored(self) -> int:
        return self.counts.get(State.NOT_STORED, 0)

    @property
    def attributes_wanted(self) -> bool:
        """Whether visits do not land, or will not, for want of the two attributes (R30)."""
        return bool(self.not_stored) or standing_rules.attribute_fault(self._attribute_states) is not None

    @property
    def _attribute_states(self) -> list[AttributeState]:
        return [check.state for check in self.integration.attributes]

    @property
    def test_is_overtaken(self) -> bool:
        """Whether the credentials were accepted and a later call failed."""
        contradicted = self.trouble is not None and self.checks.contradicted
        return contradicted and self.integration.test_outcome == ANSWERED

    @property
    def shows_figures(self) -> bool:
        """Whether to show the figures: when all is well, and while some visits are not in Spektrix."""
        return bool(self.checks.folded or self.waiting or self.not_stored)

    @property
    def unproved(self) -> bool:
        """Whether nothing is known to be wrong, and nothing has been seen to arrive yet."""
        if self.standing.fault or self.attributes_wanted:
            return False
        unseen = standing_rules.attribute_code(self._attribute_states) is not None
        return unseen or self.standing.proved_at is None

    @property
    def attributes_first(self) -> bool:
        """Whether the attributes come before the visits: they were checked and something is wrong."""
        return not self.checks.folded and not self.checks.stopped_early


def page_of(venue: Venue, asked_by: Staff) -> Page | None:
    """Return what the page shows, or None when the venue is not connected. `asked_by` signs the message."""
    integration = integration_of(venue.id)
    if integration is None:
        return None
    now = clock.utc_now()
    standing = standings.of(venue.id)
    counts = outbox.open_write_backs(venue.id)
    trouble = troubles.trouble_of(venue, integration, standing)
    rows = rows_of(integration)
    message = admin_message.fitted(
        admin_message.sender(venue, asked_by), integration, trouble.code if trouble else None, rows
    )
    return Page(
        integration=integration,
        standing=standing,
        overall=standing.badge,
        counts=counts,
        lead=_lead(integration, standing.badge, venue, now),
        test=_test_badge(integration, standing.fault),
        test_is_fresh=integration.checked_at is not None and now - integration.checked_at < _FRESH,
        trouble=trouble,
        mended=standings.mended(standing, integration, counts.get(State.NOT_STORED, 0), now),
        checks=card_of(integration, standing, counts.get(State.HELD, 0), now, _FRESH, venue.timezone),
        attributes=rows,
        trial=trial_of(integration),
        figures=visits.figures(venue),
        linked=_linked(integration),
        visits=visits.recent(venue),
        managers=managers_of(venue),
        zone=venue.timezone,
        message=message,
        mailto=admin_message.mailto(integration.admin_email, message),
    )


def managers_of(venue: Venue) -> list[str]:
    """Return the names of those who can change the connection, the first few."""
    return list(
        db.session.scalars(
            select(Staff.name)
            .where(Staff.venue_id == venue.id, Staff.role == Role.MANAGER)
            .order_by(Staff.name)
            .limit(_MANAGERS_NAMED)
        )
    )


def _lead(integration: Integration, overall: Overall, venue: Venue, now: datetime) -> str:
    """Return the line under the title: when the connection was checked, and what is waiting."""
    if not integration.active:
        return _paused(integration, venue.timezone) or overall.lead
    if integration.checked_at is None:
        return overall.lead
    checked = f"Last checked {wording.ago(now - integration.checked_at)}"
    if overall.tone == "ok":
        return f"{checked} · checked automatically every hour"
    if (
        overall.code is not None
        and finding(overall.code).cause is Cause.SPEKTRIX
        and integration.next_check_at
    ):
        soonest = max(integration.next_check_at, now)
        return f"{overall.lead} Next automatic try at {_wall_time(soonest, venue.timezone)}"
    since = evidence.waiting_since(venue.id)
    if since is not None:
        return f"{checked} · visits have been waiting since {_moment(since, venue.timezone, now)}"
    return f"{overall.lead} {checked}."


def _paused(integration: Integration, zone: str) -> str:
    if integration.active_changed_at is None:
        return ""
    who = f" by {integration.active_changed_by.name}" if integration.active_changed_by else ""
    at = clock.to_local(integration.active_changed_at, zone)
    return f"Paused{who} on {at.strftime('%a %-d %b, %H:%M')}"


def _wall_time(instant: datetime, zone: str) -> str:
    return clock.to_local(instant, zone).strftime("%H:%M")


def _moment(instant: datetime, zone: str, now: datetime) -> str:
    today = clock.local_date(instant, zone) == clock.local_date(now, zone)
    return clock.to_local(instant, zone).strftime("%H:%M" if today else "%a %-d %b, %H:%M")


def _test_badge(integration: Integration, fault: Fault | None) -> AnswerBadge | None:
    if integration.tested_at is None:
        return None
    name, outcome = integration.client_name, integration.test_outcome
    if fault is not None and fault.code is Code.KEY_UNREADABLE:
        return badge_of(fault.code, None, name)
    if outcome in {"", ANSWERED}:
        return badge_of(None, None, name)
    return badge_of(Code(outcome), integration.test_status, name, integration.test_detail)


def _linked(integration: Integration) -> str:
    """Count the guests linked to a customer, up to a bound."""
    some = (
        select(CustomerLink.id)
        .where(
            CustomerLink.venue_id == integration.venue_id,
            CustomerLink.client_name == integration.client_name,
            # Spelled out, since only then does SQLite use the index of verified links.
            CustomerLink.state == literal_column("'verified'"),
        )
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return counted(db.session.scalar(select(func.count()).select_from(some)) or 0)
