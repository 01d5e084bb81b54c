"""The support bundle: what a support desk needs to look, and nothing about a diner (N18).

Holds codes, statuses and times. Never a key, an API user, a basket id, a customer id or a guest's details:
each line is made from values that cannot be one of them, so nothing has to be taken out again.
"""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from sqlalchemy import select, text

from portal import clock, config
from portal.diagnosis.engine import Diagnosis
from portal.diagnosis.symptoms.overview import Symptom
from portal.events import service as events
from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.outbox import service as outbox
from portal.outbox.models import Attempt, Kind, OutboxEntry
from portal.venues.models import Venue
from portal.widgets.setup import settings as widgets

_CALLS = 20
_LATEST_ENTRIES = 20

Findings = Sequence[tuple[Symptom, Diagnosis]]


def write(venue: Venue, findings: Findings, expected: str) -> str:
    """Return the bundle as plain text.

    Args:
        findings: what each symptom's checks have come to, as far as is known.
        expected: what somebody of the venue expected to happen, in their own words.
    """
    parts = [
        ("Support bundle", _about(venue)),
        ("Expected", expected.strip().splitlines() or ["(not said)"]),
        ("First thing wrong, by symptom", [line for each in findings for line in _found(*each)]),
        ("Checks", _checks(integration_of(venue.id))),
        ("Settings", _settings(venue)),
        ("Programme", _programme(venue)),
        ("Visits that are not through, by state", _counts(venue)),
        ("Latest calls for visits and links", _calls(venue)),
    ]
    return "\n\n".join("\n".join([title, "-" * len(title), *lines]) for title, lines in parts) + "\n"


def _about(venue: Venue) -> list[str]:
    settings = config.current()
    with (config.ROOT / "pyproject.toml").open("rb") as file:
        portal_version = tomllib.load(file)["project"]["version"]
    schema = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return [
        f"{settings.product_name} portal {portal_version}, schema {schema}",
        f"Python {platform.python_version()}, SQLAlchemy {version('SQLAlchemy')}, {db.engine.dialect.name}",
        f"Business: {venue.name} ({venue.fingerprint('venue')[:12]}), {venue.timezone}",
        f"Made: {_at(clock.utc_now())}",
    ]


def _found(symptom: Symptom, diagnosis: Diagnosis) -> tuple[str, str]:
    if diagnosis.failed is None or diagnosis.finding is None or diagnosis.stopped_at is None:
        open_checks = f", {len(diagnosis.unknown)} not made" if diagnosis.unknown else ""
        return f"{symptom.title}:", f"  nothing found{open_checks}"
    step = diagnosis.lines[diagnosis.stopped_at - 1].name
    status = f", status {diagnosis.failed.status}" if diagnosis.failed.status else ""
    return f"{symptom.title}:", f'  {diagnosis.code} ({diagnosis.finding.cause}) at "{step}"{status}'


def _checks(integration: Integration | None) -> list[str]:
    made = [
        f"{row.number} {row.state:<8}{row.code or '-':<22}"
        f"{row.status or '-':<5}{_took(row.duration_ms):<9}{_at(row.at)}"
        for row in (integration.checks if integration else [])
    ]
    return made or ["(none made)"]


def _settings(venue: Venue) -> list[str]:
    choices = [str(widget.integration) for widget in widgets.widgets_of(venue)]
    counts = ", ".join(f"{choices.count(choice)} set to {choice}" for choice in sorted(set(choices)))
    integration = integration_of(venue.id)
    if integration is None:
        return ["Connected: no", f"Widgets: {counts or 'none'}"]
    since = f" since {_at(integration.active_changed_at)}" if integration.active_changed_at else ""
    return [
        f"Connected: yes, client name {integration.client_name}",
        f"Active: {_yes(integration.active)}{since}",
        f"Key saved: {_at(integration.key_saved_at)}",
        f"Custom domain: {_yes(bool(integration.custom_domain))}",
        f"Test customer named: {_yes(bool(integration.test_customer_id))}",
        f"Stopped for: {integration.blocked_reason or '-'}",
        f"Clock off by: {integration.clock_skew_seconds or 0} s",
        *(
            f"{check.name}: {check.state}{' ' + check.keeps if check.keeps else ''}"
            for check in integration.attributes
        ),
        f"Widgets: {counts or 'none'}",
    ]


def _programme(venue: Venue) -> list[str]:
    sync = events.sync_of(venue.id)
    if sync is None or sync.tried_at is None:
        return ["(never tried)"]
    lines = [f"Tried: {_at(sync.tried_at)}, {sync.outcome}"]
    if sync.synced_at is not None:
        lines.append(f"Read: {_at(sync.synced_at)}, {sync.events} events, {sync.performances} performances")
        lines.append(f"Not readable: {sync.unreadable}")
    return [*lines, f"Next: {_at(sync.next_at)}"]


def _counts(venue: Venue) -> list[str]:
    counts = outbox.open_write_backs(venue.id)
    return [f"{state}: {number}" for state, number in sorted(counts.items())] or ["(none)"]


def _calls(venue: Venue) -> list[str]:
    entries = [
        entry_id
        for kind in Kind
        for entry_id in db.session.scalars(
            select(OutboxEntry.id)
            .where(OutboxEntry.venue_id == venue.id, OutboxEntry.kind == kind)
            .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
            .limit(_LATEST_ENTRIES)
        )
    ]
    attempts = db.session.scalars(
        select(Attempt).where(Attempt.entry_id.in_(entries)).order_by(Attempt.id.desc()).limit(_CALLS)
    )
    calls = [
        f"{_at(attempt.at)} {attempt.call:<20}{attempt.status or '-':<5}"
        f"{_took(attempt.duration_ms):<9}{attempt.outcome}"
        for attempt in attempts
    ]
    return calls or ["(none)"]


def _took(milliseconds: int | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds} ms"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}Z"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
