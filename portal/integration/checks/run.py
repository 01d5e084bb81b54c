"""The checks of a venue's connection: asked live, in order, stopping at the first failure.

Nothing of the database stays open while Spektrix is asked: what the calls need is copied out before them, and
what they said is saved after them, if the credentials are still the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom

from portal import clock, crypto
from portal.extensions import db
from portal.findings import Code, finding
from portal.integration.attributes import service as attributes
from portal.integration.attributes.service import Subject
from portal.integration.checks import rules as check_rules
from portal.integration.checks.rules import Asked, LastVisit, Verdict, Writing
from portal.integration.connection import blocks, domains, gateway
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Budget, Connection, Credentials
from portal.integration.connection.models import AttributeState, CheckResult, CheckState, Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import evidence, results, service as standing
from portal.integration.standing.results import ATTRIBUTES, LAST_VISIT, OF_THE_CONNECTION, RIGHTS
from portal.outbox import service as outbox
from portal.outbox.delivering import Call
from portal.outbox.models import ANSWERED, State
from portal.spektrix.schemas import Customer
from portal.venues.models import Venue

BUDGET_SECONDS = 11.0
NUMBERS = tuple(results.NAMES)
_HOUR = timedelta(hours=1)
_SOON = timedelta(minutes=5)
# Venues that connected in one minute are not asked about in one minute ever after.
_JITTER_SECONDS = 180.0


@dataclass(frozen=True)
class _Setup:
    """All that the calls and their verdicts need, copied out of the database before the calls."""

    credentials: Credentials
    key_is_readable: bool
    custom_domain: str
    subject: Subject | None
    writing: Writing


@dataclass
class _Run:
    """One run of one or more checks, and what it has found so far."""

    setup: _Setup
    budget: Budget
    client: Connection
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    looked: Asked | None = None
    record: Customer | None = None


def run_all(venue: Venue, budget_seconds: float = BUDGET_SECONDS) -> list[Verdict]:
    """Make all checks and save what they found. Returns a verdict for each, none when not connected.

    Args:
        venue: whose connection is checked; paused ones too.
        budget_seconds: for all calls together, so that a hanging Spektrix is noticed in that time.
    """
    return _run(venue.id, venue.timezone, NUMBERS, budget_seconds)


def run_one(venue: Venue, number: int, budget_seconds: float = BUDGET_SECONDS) -> Verdict | None:
    """Make check `number` alone and save it; once it fails, those after it are saved as not checked.

    Returns None when the venue is not connected.
    """
    verdicts = _run(venue.id, venue.timezone, (number,), budget_seconds)
    return next((verdict for verdict in verdicts if verdict.number == number), None)


def saved(integration: Integration) -> dict[int, CheckResult]:
    """Return the last result of each check, by number; those never made are absent."""
    return {result.number: result for result in integration.checks}


def _run(venue_id: int, zone: str, numbers: tuple[int, ...], seconds: float) -> list[Verdict]:
    started = time.monotonic()
    setup = _setup(venue_id)
    if setup is None:
        return []
    run = _ask(setup, numbers, Budget(seconds))
    took = round((time.monotonic() - started) * 1000)
    verdicts = _save(run, zone, numbers, took)
    standing.update(venue_id)
    return verdicts


def _setup(venue_id: int) -> _Setup | None:
    integration = integration_of(venue_id)
    if integration is None:
        db.session.rollback()
        return None
    credentials, readable = _credentials(integration)
    setup = _Setup(
        credentials=credentials,
        key_is_readable=readable,
        custom_domain=integration.custom_domain,
        subject=attributes.subject_of(integration),
        writing=_writing(integration),
    )
    db.session.commit()
    return setup


def _credentials(integration: Integration) -> tuple[Credentials, bool]:
    """Return what signs the calls, and whether the key could be read; the first two checks need none."""
    try:
        return gateway.credentials_of(integration), True
    except crypto.CannotDecrypt:
        user = integration.api_user
        return Credentials(integration.client_name, user, "", integration.id, integration.generation), False


def _writing(integration: Integration) -> Writing:
    if evidence.writing_was_refused(integration):
        return Writing.REFUSED
    landed = evidence.landed_at(integration) or evidence.trial_landed_at(integration)
    return Writing.PROVED if landed else Writing.UNPROVED


def _ask(setup: _Setup, numbers: Iterable[int], budget: Budget) -> _Run:
    calls: list[Call] = []
    with gateway.spektrix(setup.credentials, calls, budget=budget) as client:
        run = _Run(setup, budget, client)
        for number in numbers:
            if number not in _QUESTIONS:
                continue
            verdict = _QUESTIONS[number](run)
            if verdict is not None:
                run.verdicts[number] = verdict
                if verdict.stops:
                    break
        if any(_is_from_log(verdict) for verdict in run.verdicts.values()):
            # Whoever may not write may read: whether the attributes are mended is to be seen all the same.
            _look_at_a_record(run)
    return run


def _ask_whether_it_answers(run: _Run) -> Verdict:
    asked = _asked(run.client.probe_client_name)
    # A second probe says nothing where the first one has shown that nobody answers.
    lost = asked.failed is not None and asked.failed.code is not Code.CLIENT_UNKNOWN
    return check_rules.answering(asked, None if lost else _ask_at_domain(run))


def _ask_at_domain(run: _Run) -> Asked | None:
    if not run.setup.custom_domain:
        return None
    address = domains.base_url(run.setup.custom_domain)
    name = run.setup.credentials.client_name
    return _asked(lambda: gateway.public_probe(address, name, [], run.budget.left()))


def _ask_for_the_client(run: _Run) -> Verdict:
    name = run.setup.credentials.client_name
    asked = _asked(run.client.probe_client_name)
    lower = None
    unknown = asked.failed is not None and asked.failed.code is Code.CLIENT_UNKNOWN
    if unknown and name != name.lower():
        lower = _asked(lambda: _probe(replace(run.setup.credentials, client_name=name.lower()), run.budget))
    return check_rules.client_name(asked, name, lower)


def _probe(credentials: Credentials, budget: Budget) -> None:
    with gateway.spektrix(credentials, [], budget=budget) as client:
        client.probe_client_name()


def _ask_to_sign_in(run: _Run) -> Verdict:
    if not run.setup.key_is_readable:
        return check_rules.key_unreadable()
    asked = _asked(run.client.check_credentials)
    return check_rules.sign_in(asked, run.setup.credentials.api_user, run.client.clock_skew)


def _ask_for_the_rights(run: _Run) -> Verdict:
    customer = _asked(lambda: run.client.customer_by_id(check_rules.NO_CUSTOMER))
    basket = _asked(lambda: run.client.basket_by_id(check_rules.NO_BASKET))
    return check_rules.rights(customer, basket, run.setup.writing)


def _look_at_a_record(run: _Run) -> None:
    """The attributes are judged when they are saved, from all that is known of the attributes by then."""
    subject = run.setup.subject
    if subject is None:
        return

    def look() -> None:
        run.record = attributes.look(run.client, subject)

    run.looked = _asked(look)


_QUESTIONS: dict[int, Callable[[_Run], Verdict | None]] = {
    results.ANSWERING: _ask_whether_it_answers,
    results.CLIENT_NAME: _ask_for_the_client,
    results.SIGN_IN: _ask_to_sign_in,
    RIGHTS: _ask_for_the_rights,
    ATTRIBUTES: _look_at_a_record,
}


def _asked(call: Callable[[], object]) -> Asked:
    started = time.monotonic()
    failed = None
    try:
        call()
    except CallFailed as caught:
        failed = caught
    return Asked(failed, round((time.monotonic() - started) * 1000))


def _save(run: _Run, zone: str, numbers: tuple[int, ...], took: int) -> list[Verdict]:
    integration = gateway.unchanged(run.setup.credentials, lock=True)
    if integration is None:
        db.session.rollback()
        return [run.verdicts.get(number) or check_rules.skipped(number) for number in numbers]
    if run.looked is not None and run.looked.failed is None:
        attributes.note_look(integration, run.record)
    verdicts = _judged(run, integration, zone, numbers)
    now = clock.utc_now()
    _keep_results(integration, verdicts, now)
    integration.checked_at = now
    integration.check_ms = took if NUMBERS[0] in numbers else (integration.check_ms or 0) + took
    _note_test(integration, verdicts, now)
    _note_blocks(integration, verdicts)
    if verdicts[-1].number == NUMBERS[-1]:
        integration.next_check_at = next_check_at(now, failed=any(verdict.stops for verdict in verdicts))
    db.session.commit()
    return verdicts


def next_check_at(now: datetime, *, failed: bool) -> datetime:
    """Return when to look again without being asked: hourly, sooner while something is wrong."""
    jitter = timedelta(seconds=SystemRandom().uniform(0, _JITTER_SECONDS))
    return now + _SOON if failed else now + _HOUR - jitter


def _judged(run: _Run, integration: Integration, zone: str, numbers: tuple[int, ...]) -> list[Verdict]:
    """Return a verdict for each number asked about, and for all that follow a failure."""
    verdicts: list[Verdict] = []
    stopped_at = 0
    for number in range(numbers[0], NUMBERS[-1] + 1):
        if stopped_at and not (number == LAST_VISIT and stopped_at == ATTRIBUTES):
            verdicts.append(check_rules.skipped(number))
        elif number in numbers or stopped_at:
            verdicts.append(run.verdicts.get(number) or _judge_when_saved(run, integration, zone, number))
            stopped_at = number if verdicts[-1].stops else stopped_at
    return verdicts


def _judge_when_saved(run: _Run, integration: Integration, zone: str, number: int) -> Verdict:
    """Judge what is known only by now: the last visit, and both attributes after the look at a record."""
    if number == LAST_VISIT:
        held = outbox.open_write_backs(integration.venue_id).get(State.HELD, 0)
        return check_rules.last_visit(last_visit(integration, zone), active=integration.active, held=held)
    if number != ATTRIBUTES:
        return check_rules.skipped(number)
    looked = run.looked
    known = [AttributeState(check.state) for check in integration.attributes]
    gone = looked is not None and looked.failed is None and run.record is None
    return check_rules.attributes(known, looked, record_is_gone=gone)


def last_visit(integration: Integration, zone: str) -> LastVisit | None:
    """Return what check 6 is judged by, None before the first visit and the first trial write."""
    entry = evidence.latest_tried(integration.venue_id)
    trial = evidence.trial_landed_at(integration)
    if trial is not None and (entry is None or (entry.closed_at or entry.created_at) < trial):
        return LastVisit(State.CONFIRMED, _wall_time(trial, zone), is_trial=True)
    if entry is None:
        return None
    at = _wall_time(entry.closed_at or entry.created_at, zone)
    return LastVisit(State(entry.state), at, Code(entry.reason) if entry.reason else None)


def _wall_time(instant: datetime, zone: str) -> str:
    local = clock.to_local(instant, zone)
    today = local.date() == clock.local_date(clock.utc_now(), zone)
    return local.strftime("%H:%M" if today else "%a %-d %b, %H:%M")


def _keep_results(integration: Integration, verdicts: list[Verdict], now: datetime) -> None:
    rows = saved(integration)
    for verdict in verdicts:
        row = rows.get(verdict.number)
        if row is None:
            row = CheckResult(number=verdict.number)
            integration.checks.append(row)
        row.state = verdict.state
        row.code = verdict.code or ""
        row.fact, row.detail = verdict.fact[:120], verdict.detail[:200]
        row.status, row.duration_ms, row.at = verdict.status, verdict.milliseconds, now


def _note_test(integration: Integration, verdicts: list[Verdict], now: datetime) -> None:
    """Keep what the calls said of the credentials alone, for the Test connection badge (R20)."""
    asked = [verdict for verdict in verdicts if verdict.number in OF_THE_CONNECTION]
    failed = next((verdict for verdict in asked if verdict.stops and not _is_from_log(verdict)), None)
    if failed is None and (not asked or asked[-1].number != OF_THE_CONNECTION[-1]):
        return
    integration.tested_at = now
    integration.test_ms = integration.check_ms
    if failed is None:
        outcome, status, detail = ANSWERED, 200, ""
    elif failed.failed is None or failed.code is None:
        outcome, status, detail = "", None, ""
    else:
        outcome, status, detail = failed.code, failed.status, failed.failed.detail
    integration.test_outcome, integration.test_status, integration.test_detail = outcome, status, detail


def _is_from_log(verdict: Verdict) -> bool:
    return verdict.code is Code.WRITING_REFUSED


def _note_blocks(integration: Integration, verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.number not in OF_THE_CONNECTION or verdict.state is CheckState.SKIPPED:
            return
        if verdict.stops and verdict.code and finding(verdict.code).stops:
            blocks.block(integration, verdict.code)
        elif verdict.number == RIGHTS and not verdict.stops:
            blocks.lift(integration)
