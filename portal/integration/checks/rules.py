"""How each check ends, from what Spektrix answered and what our own log says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from portal.findings import Code, finding
from portal.integration.connection.failures import WEB_PAGE, CallFailed, RecordMissing
from portal.integration.connection.models import AttributeState, CheckState
from portal.integration.standing import results
from portal.integration.standing.results import (
    ANSWERING,
    ATTRIBUTES,
    CLIENT_NAME,
    LAST_VISIT,
    RIGHTS,
    SIGN_IN,
)
from portal.outbox.models import State

# No record has these ids (docs/spektrix.md section 4), so a 404 for them means that looking is allowed.
NO_CUSTOMER = "I-0000-0000"
NO_BASKET = "0A" + 31 * "B"
_LONGEST_DETAIL = 200
REFUSED_RIGHTS = {Code.CUSTOMERS_REFUSED, Code.BASKETS_REFUSED, Code.WRITING_REFUSED}


class Writing(Enum):
    """What is known of the right to update customers with the key that is saved now."""

    PROVED = "proved"
    REFUSED = "refused"
    UNPROVED = "unproved"


@dataclass(frozen=True)
class Asked:
    """What became of one call; `failed` None means that it succeeded."""

    failed: CallFailed | None
    milliseconds: int = 0


@dataclass(frozen=True)
class Verdict:
    """How one check ended.

    Args:
        number: the check's, as in `results.NAMES`.
        fact: the short text at the right of the check's name.
        code: what is wrong, None where nothing is.
        detail: the reason underneath, as sentences.
        status: HTTP status of the answer that decided, None without one.
        milliseconds: that its calls took, None without calls.
        failed: the call that decided against it.
    """

    number: int
    state: CheckState
    fact: str = ""
    code: Code | None = None
    detail: str = ""
    status: int | None = None
    milliseconds: int | None = None
    failed: CallFailed | None = field(default=None, compare=False, repr=False)

    @property
    def stops(self) -> bool:
        """Whether the checks after this one make no sense."""
        return self.state is CheckState.FAILED


@dataclass(frozen=True)
class LastVisit:
    """The newest visit that was tried, or the trial write where that is newer. `at` is venue wall time."""

    state: State
    at: str
    reason: Code | None = None
    is_trial: bool = False


def skipped(number: int, detail: str = "") -> Verdict:
    """Return the verdict of a check that was not made."""
    return Verdict(number, CheckState.SKIPPED, detail=detail)


def answering(spektrix: Asked, domain: Asked | None) -> Verdict:
    """Check 1. A 404 is an answer too; whether the client name is right is check 2 (Q19).

    Args:
        spektrix: the unsigned probe.
        domain: the same at the venue's custom domain, None where there is none.
    """
    if spektrix.failed is not None and spektrix.failed.code is not Code.CLIENT_UNKNOWN:
        return _failed(ANSWERING, spektrix)
    if domain is not None and domain.failed and domain.failed.code is not Code.CLIENT_UNKNOWN:
        came = f"status {domain.failed.status}" if domain.failed.status else "no answer"
        return _failed(
            ANSWERING, domain, detail=f"Spektrix answers, but your custom domain does not ({came})."
        )
    status = spektrix.failed.status if spektrix.failed else 200
    fact = f"{spektrix.milliseconds} ms"
    return Verdict(ANSWERING, CheckState.PASSED, fact, status=status, milliseconds=spektrix.milliseconds)


def client_name(asked: Asked, name: str, lower: Asked | None = None) -> Verdict:
    """Check 2. `lower` is the probe for the name in small letters, made after a 404 for one with capitals."""
    if asked.failed is None:
        return Verdict(CLIENT_NAME, CheckState.PASSED, name, status=200, milliseconds=asked.milliseconds)
    if asked.failed.code is not Code.CLIENT_UNKNOWN:
        return _failed(CLIENT_NAME, asked)
    if asked.failed.status is None:
        return _failed(
            CLIENT_NAME,
            asked,
            detail=("The client name has characters that are never used in a Spektrix address."),
        )
    said = f"Spektrix replied 404 for {name}."
    if lower is not None and lower.failed is None:
        return _failed(CLIENT_NAME, asked, Code.CLIENT_CASE, f"{said} The same name in small letters works.")
    return _failed(CLIENT_NAME, asked, Code.CLIENT_UNKNOWN, said)


def sign_in(asked: Asked, api_user: str, skew: timedelta | None = None) -> Verdict:
    """Check 3. Whoever lacks a right has signed in. `skew` is what the client had to correct."""
    if asked.failed is not None and asked.failed.code not in REFUSED_RIGHTS:
        return _failed(SIGN_IN, asked)
    if skew is not None:
        return Verdict(
            SIGN_IN,
            CheckState.WARNS,
            api_user,
            Code.CLOCK_OFF,
            f"{skew_words(skew)} The portal uses Spektrix's clock for now, so nothing is delayed.",
            status=401,
            milliseconds=asked.milliseconds,
        )
    return Verdict(SIGN_IN, CheckState.PASSED, api_user, status=200, milliseconds=asked.milliseconds)


def key_unreadable() -> Verdict:
    """Check 3 where the saved key cannot be decrypted, so that nothing can be signed."""
    return Verdict(
        SIGN_IN, CheckState.FAILED, code=Code.KEY_UNREADABLE, detail=_sentence(Code.KEY_UNREADABLE)
    )


def skew_words(skew: timedelta) -> str:
    """Say how far our clock is off: "This server's clock is 10 minutes ahead of Spektrix's."."""
    seconds = abs(skew.total_seconds())
    amount = f"{round(seconds / 60)} minutes" if seconds >= 120 else f"{round(seconds)} seconds"
    return f"This server's clock is {amount} {'ahead of' if skew > timedelta() else 'behind'} Spektrix's."


def rights(customer: Asked, basket: Asked, writing: Writing) -> Verdict:
    """Check 4, from questions about a customer and a basket that cannot exist (R9, R78, R96)."""
    took = customer.milliseconds + basket.milliseconds
    for asked in (customer, basket):
        if not _may_look(asked) and asked.failed and asked.failed.code not in REFUSED_RIGHTS:
            return _failed(RIGHTS, Asked(asked.failed, took))
    if not _may_look(customer) or not _may_look(basket):
        refused = Code.BASKETS_REFUSED if _may_look(customer) else Code.CUSTOMERS_REFUSED
        detail = f"Reading baskets: {_allowed(basket)}. Reading customers: {_allowed(customer)}."
        failed = basket.failed if _may_look(customer) else customer.failed
        return Verdict(RIGHTS, CheckState.FAILED, "", refused, detail, 403, took, failed)
    return _writing(writing, took)


def _may_look(asked: Asked) -> bool:
    """A 400 from Spektrix itself is about the made-up id, so the question as such was taken."""
    failed = asked.failed
    if failed is None or isinstance(failed, RecordMissing):
        return True
    return failed.code is Code.REJECTED and failed.status == 400 and failed.detail != WEB_PAGE


def _allowed(asked: Asked) -> str:
    return "allowed" if _may_look(asked) else "refused with 403"


def _writing(writing: Writing, took: int) -> Verdict:
    if writing is Writing.REFUSED:
        detail = "Reading baskets: allowed. Updating customers: refused with 403."
        return Verdict(RIGHTS, CheckState.FAILED, "", Code.WRITING_REFUSED, detail, 403, took)
    if writing is Writing.PROVED:
        return Verdict(RIGHTS, CheckState.PASSED, "Read and write", status=404, milliseconds=took)
    detail = "Reading is allowed. A trial write or the first visit proves the rest."
    return Verdict(
        RIGHTS, CheckState.WARNS, "Writing not proved yet", detail=detail, status=404, milliseconds=took
    )


def attributes(
    known: Sequence[AttributeState], asked: Asked | None, *, record_is_gone: bool = False
) -> Verdict:
    """Check 5, from what is known of both attributes after the look at a record.

    Args:
        asked: the look at a customer's record, None where there was no record to look at.
        record_is_gone: Spektrix has no such customer any more.
    """
    if asked is not None and asked.failed is not None:
        return _failed(ATTRIBUTES, asked)
    now = results.attributes(known, record_is_gone=record_is_gone)
    took = asked.milliseconds if asked else None
    return Verdict(ATTRIBUTES, now.state, now.fact, now.code, now.detail, now.status, took)


def last_visit(visit: LastVisit | None, *, active: bool, held: int) -> Verdict:
    """Check 6, from our own log alone."""
    if not active:
        held_words = f" {_visits(held)} being held." if held else " Nothing is being sent."
        return skipped(LAST_VISIT, f"Paused.{held_words}")
    if visit is None:
        return Verdict(LAST_VISIT, CheckState.WARNS, "No visit yet", detail="No visit has been sent yet.")
    if visit.state is State.CONFIRMED:
        fact = f"Trial write, {visit.at}" if visit.is_trial else visit.at
        return Verdict(LAST_VISIT, CheckState.PASSED, fact)
    if visit.state is State.NOT_STORED:
        detail = f"Sent at {visit.at}, but Spektrix kept no value."
        if visit.reason is Code.ATTRIBUTE_TYPE:
            detail = f"Sent at {visit.at}, but Spektrix has another value."
        if visit.reason is Code.KEPT_ONE:
            detail = f"Sent at {visit.at}, but Spektrix kept one of the two values."
        return Verdict(LAST_VISIT, CheckState.WARNS, visit.at, Code.NOT_STORED, detail)
    words = finding(visit.reason).short if visit.reason else "It is tried again"
    code = Code.VISIT_GIVEN_UP if visit.state is State.NEEDS_ATTENTION else Code.VISIT_WAITING
    return Verdict(LAST_VISIT, CheckState.WARNS, visit.at, code, f"{words}.")


def _visits(number: int) -> str:
    return f"{number} visit is" if number == 1 else f"{number} visits are"


def _failed(number: int, asked: Asked, code: Code | None = None, detail: str = "") -> Verdict:
    failed = asked.failed
    code = code or (failed.code if failed else Code.OUR_FAULT)
    status = failed.status if failed else None
    detail = detail or _reply(code, status)
    return Verdict(number, CheckState.FAILED, "", code, detail, status, asked.milliseconds, failed)


def _reply(code: Code, status: int | None) -> str:
    if status is None:
        return _sentence(code)
    return f"Spektrix replied {status}. {_sentence(code)}"[:_LONGEST_DETAIL]


def _sentence(code: Code) -> str:
    return f"{finding(code).title}."
