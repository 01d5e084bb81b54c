"""The standing of each venue: worked out here alone, saved, and only read by the pages.

Whatever changes the evidence has the standing brought up to date right after its commit. Should a process
end between the two, the relay does it within a minute or so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update as update_rows

from portal import clock, config, mail
from portal.extensions import db
from portal.findings import finding
from portal.integration import wording
from portal.integration.connection.models import CheckState, Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import evidence, letter_rules, letters, results, rules
from portal.integration.standing.letter_rules import Level
from portal.integration.standing.models import Standing
from portal.integration.standing.results import Known
from portal.log import log_failure
from portal.outbox import delivering, service as outbox
from portal.outbox.delivering import Handler
from portal.outbox.models import OutboxEntry, State
from portal.outbox.rules import Outcome
from portal.venues.models import Venue

log = logging.getLogger(__name__)

# However often nothing happens, each standing is worked out anew this often, and so many in one round.
JUDGED_EVERY = timedelta(minutes=1)
_MOST_IN_A_ROUND = 20
_NEWS_FOR = timedelta(minutes=5)
_NAMES = "Both attribute names are now right."


@dataclass(frozen=True)
class Notice:
    """What the diary says while something is wrong with the connection.

    `not_through` tells how many visits wait or were not stored, "" for none.
    """

    tone: str
    words: str
    headline: str
    not_through: str = ""


def update(venue_id: int) -> None:
    """Bring a venue's standing up to date. A use case, so it commits; call it right after another's commit.

    What was saved before stands, and one venue's odd data ends no process: the relay comes back to it.
    """
    try:
        # One after the other, so that who comes last has seen what all before have saved.
        db.session.execute(select(Venue.id).where(Venue.id == venue_id).with_for_update(key_share=True))
        db.session.expire_all()
        _save(venue_id, judge(venue_id), clock.utc_now())
        db.session.commit()
    except Exception as error:
        db.session.rollback()
        log_failure(log, f"the standing of venue {venue_id}", error)


def judge(venue_id: int) -> dict[str, Any]:
    """Work out from the evidence alone how a venue stands. Returns the columns of its standing."""
    integration = integration_of(venue_id)
    facts = evidence.facts_of(integration) if integration else None
    badge = rules.overall(facts)
    fault = rules.connection_fault(facts) if facts else None
    proof = facts.proof if facts else None
    checks = results.by_now(evidence.made(integration), facts) if integration and facts else {}
    return {
        "words": badge.words,
        "tone": badge.tone,
        "lead": badge.lead,
        "code": badge.code or "",
        "status": badge.status,
        "fault_code": fault.code if fault else "",
        "fault_status": fault.status if fault else None,
        "fault_detail": fault.detail if fault else "",
        "proved_at": proof.at if proof else None,
        "proved_by": proof.by if proof else "",
        "checks": [check.as_json() for check in checks.values()],
        "all_proved": badge.tone == "ok" and all(map(_is_proved, checks.values())),
    }


def of(venue_id: int) -> Standing:
    """Return how a venue stands, as it was saved.

    Only where this version of the portal has saved nothing yet, as right after an upgrade, it is worked out
    for once and not saved.
    """
    saved = current(venue_id)
    if saved is not None and saved.judged_at is not None:
        return saved
    now = clock.utc_now()
    return Standing(venue_id=venue_id, began_at=saved.began_at if saved else now, **judge(venue_id))


def current(venue_id: int) -> Standing | None:
    """Return the row of the standing that lasts, None before the first."""
    return db.session.scalar(
        select(Standing).where(Standing.venue_id == venue_id, Standing.ended_at.is_(None))
    )


def update_stale() -> int:
    """Bring those up to date that were not for a while, the longest first. Returns how many.

    That is in case a process ended before it could, or a key can be read no longer, which no event tells.
    """
    stale = db.session.scalars(
        select(Standing.venue_id)
        .where(
            Standing.ended_at.is_(None),
            Standing.judged_at.is_(None) | (Standing.judged_at < clock.utc_now() - JUDGED_EVERY),
        )
        .order_by(Standing.judged_at.nulls_first())
        .limit(_MOST_IN_A_ROUND)
    ).all()
    db.session.rollback()
    for venue_id in stale:
        update(venue_id)
    return len(stale)


def deliver(entry_id: int, handler: Handler) -> Outcome | None:
    """Deliver one outbox entry, and bring the venue's standing up to date with what that shows."""
    outcome = delivering.deliver(entry_id, handler)
    if outcome is not None:
        _note_delivery(entry_id, outcome)
    return outcome


def deliver_unless_it_hangs(entry_id: int, handler: Handler) -> None:
    """Deliver one outbox entry for the worker, which serves all venues one after the other.

    Entries of a venue whose Spektrix hung lately are left to the relay, which delivers them beside all else.
    """
    if not outbox.hangs(entry_id):
        deliver(entry_id, handler)


def _note_delivery(entry_id: int, outcome: Outcome) -> None:
    if outcome.state is State.CONFIRMED and _is_proved_again(entry_id):
        return
    venue_id = db.session.scalar(select(OutboxEntry.venue_id).where(OutboxEntry.id == entry_id))
    db.session.rollback()
    if venue_id is not None:
        update(venue_id)


def _is_proved_again(entry_id: int) -> bool:
    """Note the visit that landed where it changes nothing else: one small statement, for most visits."""
    visit = select(OutboxEntry.venue_id).where(OutboxEntry.id == entry_id).scalar_subquery()
    landed_at = evidence.last_landed(Standing.venue_id).scalar_subquery()
    noted = db.session.execute(
        update_rows(Standing)
        .where(
            Standing.venue_id == visit,
            Standing.ended_at.is_(None),
            Standing.all_proved,
            Standing.proved_at <= landed_at,
        )
        .values(proved_at=landed_at, proved_by=rules.BY_VISIT)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def notice(venue_id: int) -> Notice | None:
    """Return the diary's notice, None while the connection works, is paused or does not exist."""
    standing = current(venue_id)
    if standing is None or standing.tone in {"ok", "off"}:
        return None
    counts = wording.not_through(outbox.open_write_backs(venue_id))
    return Notice(standing.tone, standing.words, letters.headline(standing.badge.code), counts)


def mended(standing: Standing, integration: Integration, not_stored: int, now: datetime) -> str | None:
    """Return what has just been fixed, as a sentence; None where nothing was, or something is still wrong."""
    states = [check.state for check in integration.attributes]
    if not integration.active or standing.fault or rules.attribute_fault(states):
        return None
    if not_stored:
        return _NAMES if rules.attribute_code(states) is None else None
    if now - standing.began_at > _NEWS_FOR:
        return None
    # A key that was replaced stands untested for a moment, which is no fault by itself.
    was = db.session.scalar(
        select(Standing)
        .where(
            Standing.venue_id == standing.venue_id, Standing.ended_at >= now - _NEWS_FOR, Standing.code != ""
        )
        .order_by(Standing.id.desc())
        .limit(1)
    )
    if was is None or was.badge.code is None or letter_rules.level(was.badge) is not Level.NEEDS_SOMEBODY:
        return None
    return f"Fixed: {finding(was.badge.code).title}."


def _is_proved(check: Known) -> bool:
    # A warning with a code is about something else than whether it works.
    return check.state is CheckState.PASSED or (check.state is CheckState.WARNS and check.code is not None)


def _save(venue_id: int, judged: dict[str, Any], now: datetime) -> None:
    """Save what was judged; a badge that says something else begins a new standing."""
    after = Standing(venue_id=venue_id, began_at=now, judged_at=now, **judged)
    before = current(venue_id)
    if before is not None and (before.words, before.code) == (after.words, after.code):
        for name, value in judged.items():
            setattr(before, name, value)
        before.judged_at = now
        return
    due = letter_rules.mail_due_at(
        before.badge if before else None, after.badge, letters.last_told(venue_id), now
    )
    after.mail_due_at = due if mail.is_set_up(config.current()) else None
    if before is not None:
        before.ended_at, before.mail_due_at = now, None
        db.session.flush()
    db.session.add(after)
