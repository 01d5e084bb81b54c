""" "One visit is not in Spektrix": the article's five conditions in order, then the log (R82, R83).

Plain values in, results out. The facts are copied out of the database first; Spektrix is asked only by the
check that needs its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from portal.bookings.models import Source, Status
from portal.clock import to_local
from portal.diagnosis.engine import Failed, Passed, Result, Step, Unknown
from portal.diagnosis.symptoms.attribute_rules import all_right, attributes_exist
from portal.diagnosis.symptoms.short_text import cut, moment
from portal.findings import NOBODY, Code, finding
from portal.findings.links import LINK_FINDINGS
from portal.guests.models import LinkBasis, LinkState
from portal.integration.attributes.facts import AttributeFact
from portal.integration.checks.look_ups import Look
from portal.outbox.models import State
from portal.outbox.rules import Sent

STATUS_WORDS = {
    Status.PENDING: "Pending",
    Status.PENDING_PAYMENT: "Pending payment",
    Status.CONFIRMED: "Confirmed",
    Status.COMPLETED: "Completed",
    Status.CANCELLED: "Cancelled",
    Status.NO_SHOW: "No-show",
}
_SOURCES = {
    Source.WIDGET: "Through the widget",
    Source.PHONE: "By phone",
    Source.EMAIL: "By email",
    Source.WALK_IN: "Walked in",
}
_BASES = {
    LinkBasis.BASKET: "By the basket",
    LinkBasis.DETAILS: "By matching details",
    LinkBasis.PERSON: "By a manager",
}
# Faults that are over if the record could be read just now.
_PROVED_OVER = {
    Code.KEY_REFUSED,
    Code.KEY_UNREADABLE,
    Code.KEY_NOT_BASE64,
    Code.CLOCK_OFF,
    Code.CUSTOMERS_REFUSED,
    Code.CLIENT_UNKNOWN,
    Code.CLIENT_CASE,
    Code.DOMAIN_UNREACHABLE,
    Code.DOMAIN_NOT_SPEKTRIX,
    Code.SLOW_DOWN,
    Code.OUTAGE,
    Code.TIMED_OUT,
    Code.UNREACHABLE,
    Code.CERTIFICATE,
    Code.REDIRECTED,
    Code.NOT_SPEKTRIX,
}
# Sending a visit needs neither the right to read baskets nor the address that widgets use.
_LETS_VISITS_THROUGH = {Code.BASKETS_REFUSED, Code.DOMAIN_UNREACHABLE, Code.DOMAIN_NOT_SPEKTRIX}
_UNSEEN = "The attributes were not right when last seen. The portal can check them again once this is fixed."
_UPDATE = "update_attributes"
_FIRST_TRY = "The try before ended with: {}."
_NOT_LINKED = set(LINK_FINDINGS) - {Code.LINK_PENDING, Code.GUEST_ERASED}


@dataclass(frozen=True)
class EntryFact:
    """One thing owed for the booking, as the log has it; `last_call` and `last_status` of the latest try."""

    state: State
    reason: Code | None
    detail: str
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    sent: Sent | None = None
    last_call: str = ""
    last_status: int | None = None
    last_at: datetime | None = None


@dataclass(frozen=True)
class LinkFact:
    """What is known of the guest's Spektrix customer."""

    state: LinkState
    reason: Code | None
    basis: LinkBasis
    client_name: str
    detail: str
    customer_id: str | None


@dataclass(frozen=True)
class VisitFacts:
    """All that is known of one booking's visit.

    Args:
        question: the entry that asks Spektrix who the guest is; None where nothing was to be asked.
        pending: whether Spektrix has still to be asked for this guest.
        fault: what is known to stand between the venue and Spektrix.
        newest_sent: what was last confirmed for this guest's customer by any visit.
        look: asks Spektrix for the linked customer, once; None where only what is known is to be looked at.
    """

    status: Status
    source: Source
    erased: bool
    booked_at: datetime
    zone: str
    client_name: str
    active: bool
    active_changed_at: datetime | None
    blocked_reason: Code | None
    match_by_details: bool
    attributes: tuple[AttributeFact, ...]
    link: LinkFact | None = None
    pending: bool = False
    question: EntryFact | None = None
    visit: EntryFact | None = None
    fault: Code | None = None
    newest_sent: Sent | None = None
    look: Look | None = None


def is_completed(facts: VisitFacts) -> Result:
    """Condition 1: other statuses send nothing."""
    if facts.status == Status.COMPLETED:
        return Passed("Completed")
    evidence = f"The booking is {STATUS_WORDS[facts.status]}."
    visit = facts.visit
    if visit is None:
        return Failed(Code.NOT_COMPLETED, (evidence,))
    if visit.state is State.CONFIRMED and visit.closed_at:
        sent = f"It was Completed before: that visit reached Spektrix {moment(visit.closed_at, facts.zone)}."
        return Failed(Code.NOT_COMPLETED, (evidence, sent))
    return Failed(Code.SET_BACK, (evidence,))


def has_a_customer_to_ask_for(facts: VisitFacts) -> Result:
    """Condition 2: through the widget, or matched by details."""
    source = _SOURCES[facts.source]
    if facts.source == Source.WIDGET or facts.pending or facts.erased:
        return Passed(source)
    link = facts.link
    if link is not None and link.reason not in {None, Code.NO_ACCOUNT}:
        return Passed(source)
    if link is not None and link.state in {LinkState.VERIFIED, LinkState.PROPOSED}:
        return Passed(f"{source}, and matched")
    evidence = [f"Booked {source[:1].lower()}{source[1:]}."]
    if not facts.match_by_details:
        evidence.append("Matching guests by their details is switched off in the settings.")
    return Failed(Code.NO_ACCOUNT, tuple(evidence))


def is_linked(facts: VisitFacts) -> Result:
    """Condition 3: the link is verified, and was when the visit was to be sent."""
    if facts.erased:
        return Failed(Code.GUEST_ERASED)
    refused = _refused_for_its_link(facts)
    if refused is not None:
        return refused
    link = facts.link
    if facts.pending and (link is None or link.state != LinkState.VERIFIED):
        return _pending(facts)
    if link is None:
        return _never_asked(facts)
    if link.state == LinkState.VERIFIED and link.client_name != facts.client_name:
        return Failed(Code.CLIENT_CHANGED, (f"Linked under the client name {cut(link.client_name)}.",))
    if link.state == LinkState.VERIFIED:
        return Passed(_BASES[link.basis])
    if link.state == LinkState.PROPOSED:
        return Failed(link.reason or Code.LINK_PROPOSED, _detail(link))
    return _unverified(facts, link)


def _refused_for_its_link(facts: VisitFacts) -> Failed | None:
    """A visit that was not sent stays so, although the guest has been linked since (R70, Q2)."""
    visit, link = facts.visit, facts.link
    if visit is None or visit.state is not State.NOT_SENT or visit.reason is None:
        return None
    if link is None or link.state != LinkState.VERIFIED:
        return None
    if visit.reason in _NOT_LINKED:
        evidence = (
            "That is why this visit was not sent.",
            "The guest has been linked since: the next visit carries this one in its total.",
        )
        unmatched = visit.reason is Code.NO_BASKET_BOOKED and facts.source != Source.WIDGET
        return Failed(Code.NO_ACCOUNT if unmatched else visit.reason, evidence)
    return None


def _pending(facts: VisitFacts) -> Failed:
    question = facts.question
    if not facts.active:
        return Failed(Code.PAUSED, ("Spektrix is not asked who a guest is while it is paused.",))
    if question is None or question.reason in {None, Code.LINK_PENDING, Code.PAUSED}:
        return Failed(facts.fault or Code.LINK_PENDING)
    return Failed(_code(question), _last_try(question, facts.zone), question.last_status)


def _never_asked(facts: VisitFacts) -> Failed:
    changed = facts.active_changed_at
    if not facts.active and (changed is None or changed <= facts.booked_at):
        return Failed(Code.PAUSED, ("It was paused when this was booked, so no basket was read.",))
    return Failed(Code.NO_BASKET_BOOKED)


def _unverified(facts: VisitFacts, link: LinkFact) -> Failed:
    reason = link.reason or Code.ANONYMOUS
    if reason in {Code.DEADLINE_PASSED, Code.DETAILS_NOT_ASKED}:
        return _too_late(facts, reason)
    if reason is Code.ANONYMOUS and facts.question and facts.question.last_at:
        asked = moment(facts.question.last_at, facts.zone)
        return Failed(Code.ANONYMOUS, (f"Spektrix was asked whose basket it is {asked}: nobody’s.",))
    return Failed(reason, _detail(link))


def _too_late(facts: VisitFacts, reason: Code) -> Failed:
    """What kept Spektrix from being asked is named first, as long as it still stands (R78)."""
    missed = f"{finding(reason).title}."
    question = facts.question
    tried = _last_try(question, facts.zone) if question else ()
    if not facts.active:
        return Failed(Code.PAUSED, (missed, *tried))
    if facts.blocked_reason is not None:
        return Failed(facts.blocked_reason, (missed, *tried), question.last_status if question else None)
    return Failed(reason, tried)


def attributes_are_there(facts: VisitFacts) -> Result:
    """Condition 4: both attributes exist, as the guest's own record shows just now."""
    looked = facts.look() if facts.look else None
    if looked is not None and looked.code is Code.CUSTOMER_GONE:
        return Failed(Code.CUSTOMER_GONE, ("Spektrix knows no customer of that number any more.",), 404)
    if looked is not None and looked.code is None:
        return attributes_exist(looked.attributes)
    known = attributes_exist(facts.attributes)
    code = looked.code if looked else facts.fault
    if isinstance(known, Failed):
        # Spektrix cannot be read just now; what is known for certain still counts.
        return Failed(code, (_UNSEEN,), looked.status if looked else None) if _hides(code) else known
    return Unknown("Spektrix could not be asked just now") if looked else known


def _hides(code: Code | None) -> TypeGuard[Code]:
    """Tell whether this has to be fixed before anybody can see whether the attributes are right."""
    if code is None or code in _LETS_VISITS_THROUGH or finding(code).who == NOBODY:
        return False
    return code in _PROVED_OVER or code is Code.EDGE_BLOCK


def is_active(facts: VisitFacts) -> Result:
    """Condition 5: not paused."""
    if facts.active:
        return Passed("Active")
    since = f"Since {moment(facts.active_changed_at, facts.zone)}." if facts.active_changed_at else ""
    held = "This visit is held until it is sent or discarded."
    waits = facts.visit is not None and facts.visit.state is State.HELD
    return Failed(Code.PAUSED, tuple(line for line in (since, held if waits else "") if line))


def was_sent(facts: VisitFacts) -> Result:
    """What the log says of the visit, and whether what it waited for is over."""
    visit = facts.visit
    if visit is None:
        return Unknown("The log no longer holds this visit")
    if visit.state is State.CONFIRMED:
        return Passed(f"Confirmed {moment(visit.closed_at, facts.zone)}" if visit.closed_at else "Confirmed")
    looked = facts.look() if facts.look else None
    if looked is not None and looked.code is not None:
        return Failed(looked.code, _last_try(visit, facts.zone), looked.status)
    if visit.state is State.NOT_STORED and all_right(looked.attributes if looked else facts.attributes):
        return Failed(Code.VISIT_SENT_AGAIN, (_FIRST_TRY.format(_words(visit)),))
    if visit.state is State.HELD:
        return Failed(Code.VISIT_HELD, (f"Held since {moment(visit.created_at, facts.zone)}.",))
    code = _hindered(facts) or _code(visit)
    # A security filter may let us read and keep us from writing.
    over = code in _PROVED_OVER or (code is Code.EDGE_BLOCK and visit.last_call != _UPDATE)
    if looked is not None and over:
        ended = f"The last try ended with: {_words(visit)}. Spektrix answers again now."
        return Failed(Code.VISIT_WAITING, (ended, *_next_try(visit, facts.zone)))
    evidence = (*_last_try(visit, facts.zone), *_next_try(visit, facts.zone))
    return Failed(code, evidence, visit.last_status)


def _hindered(facts: VisitFacts) -> Code | None:
    """A fault that stops every visit applies to one that has not been tried since, too."""
    visit = facts.visit
    waits = visit is not None and visit.state in {State.WAITING, State.RETRYING, State.BLOCKED}
    return facts.fault if waits and facts.fault not in _LETS_VISITS_THROUGH else None


def is_in_spektrix(facts: VisitFacts) -> Result:
    """The proof: the customer holds what was last sent for this guest."""
    looked = facts.look() if facts.look else None
    if looked is None or facts.newest_sent is None:
        landed = facts.visit is not None and facts.visit.state is State.CONFIRMED
        return Passed("Read back when it was sent") if landed else Unknown("Spektrix was not asked")
    if looked.code is not None:
        return Failed(looked.code, status=looked.status)
    if looked.holds(facts.newest_sent, facts.zone):
        return Passed("Read just now")
    evidence = (
        f"Sent: {facts.newest_sent.last_dined}, {facts.newest_sent.visits} visits.",
        f"In Spektrix now: {cut(looked.last_dined)}, {cut(looked.visits)} visits.",
    )
    return Failed(Code.CHANGED_SINCE, evidence)


STEPS: tuple[Step[VisitFacts], ...] = (
    Step("The booking is Completed", is_completed),
    Step("It came through the widget, or was matched", has_a_customer_to_ask_for),
    Step("The guest is linked to a Spektrix customer", is_linked),
    Step("Both customer attributes exist in Spektrix", attributes_are_there),
    Step("The integration is active", is_active),
    Step("The visit was sent and confirmed", was_sent),
    Step("Spektrix holds it", is_in_spektrix),
)


def _code(entry: EntryFact) -> Code:
    return entry.reason or Code.VISIT_WAITING


def _words(entry: EntryFact) -> str:
    return finding(entry.reason).short if entry.reason else "no answer"


def _detail(link: LinkFact) -> tuple[str, ...]:
    return (f"{cut(link.detail[:1].upper() + link.detail[1:], 200)}.",) if link.detail else ()


def _last_try(entry: EntryFact, zone: str) -> tuple[str, ...]:
    lines = [f"{entry.detail}."] if entry.detail else []
    if entry.last_at is not None:
        answer = f"Spektrix answered {entry.last_status}" if entry.last_status else "no answer came"
        lines.append(f"Last try {moment(entry.last_at, zone)}: {answer}.")
    return tuple(lines)


def _next_try(entry: EntryFact, zone: str) -> tuple[str, ...]:
    if entry.closed_at is not None or entry.due_at is None:
        return ()
    return (f"The next try is set for {to_local(entry.due_at, zone):%H:%M:%S}.",)
