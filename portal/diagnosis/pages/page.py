"""What a result page shows: the finding in words, where it is fixed, and each check beside its fact."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import url_for

from portal.diagnosis.engine import Diagnosis, Failed, Line, Passed, Unknown
from portal.diagnosis.pages import next_steps
from portal.diagnosis.pages.next_steps import Link, Place
from portal.diagnosis.symptoms.overview import Symptom
from portal.findings import CAUSE_LABELS, GUEST, NOBODY, STAFF, Cause, Code, Finding

_ICONS = {
    Cause.CREDENTIALS: "key-round",
    Cause.ATTRIBUTES: "spell-check",
    Cause.WIDGET: "panels-top-left",
    Cause.SPEKTRIX: "cloud-off",
    Cause.OURS: "circle-alert",
}

_MOVING = {Code.VISIT_SENT_AGAIN, Code.VISIT_WAITING, Code.LINK_PENDING}
# No question to Spektrix shows that these are fixed; the next send does.
_PROVED_BY_SENDING = {Code.WRITING_REFUSED, Code.ATTRIBUTE_TYPE}


@dataclass(frozen=True)
class Row:
    """One check as the list shows it: name, state, short fact, and the reason underneath."""

    name: str
    state: str
    fact: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Page:
    """One result.

    Args:
        action: where the form of "Check again" is sent.
        again: the fields of that form.
        place: what the checks were about.
        manager: whether a manager is looking.
        was: what was wrong when the form was shown that asked for this result.
        send_now: address that sends the visit at once, "" where it may not be sent.
    """

    symptom: Symptom
    diagnosis: Diagnosis
    action: str
    place: Place
    manager: bool
    again: dict[str, str] = field(default_factory=dict)
    was: Code | None = None
    send_now: str = ""

    @property
    def finding(self) -> Finding | None:
        return self.diagnosis.finding

    @property
    def fields(self) -> dict[str, str]:
        """The fields of "Check again": what is wrong goes along, so that the answer can call it fixed."""
        found, was = self.diagnosis.code, self.was
        before = found if self.finding and self.finding.who != NOBODY else was
        return self.again | ({"was": before} if before else {})

    @property
    def is_fixed(self) -> bool:
        """Whether something was wrong before this was asked, and nothing is now."""
        return self.was is not None and self.finding is None

    @property
    def all_well(self) -> str:
        return f"Fixed. {self.symptom.all_well}" if self.is_fixed else self.symptom.all_well

    @property
    def looks_again(self) -> bool:
        """Whether it changes by itself within seconds."""
        return self.diagnosis.code in _MOVING

    @property
    def offers_sending(self) -> bool:
        """Whether sending the visit at once is of use before its next try."""
        return self.looks_again or self.diagnosis.code in _PROVED_BY_SENDING

    @property
    def cause(self) -> str:
        return CAUSE_LABELS[self.finding.cause] if self.finding else ""

    @property
    def tone(self) -> str:
        """Red is for what somebody has to fix; what passes by itself or waits for a guest is not."""
        found = self.finding
        if found is None:
            return "info" if self.is_open else "ok"
        if found.who in {NOBODY, GUEST, STAFF}:
            return "info"
        return "warn" if found.cause is Cause.SPEKTRIX else "bad"

    @property
    def icon(self) -> str | None:
        return _ICONS[self.finding.cause] if self.finding else None

    @property
    def is_open(self) -> bool:
        """Nothing is wrong as far as was looked, and not everything was."""
        return self.finding is None and bool(self.diagnosis.unknown)

    @property
    def evidence(self) -> tuple[str, ...]:
        return self.diagnosis.failed.evidence if self.diagnosis.failed else ()

    @property
    def status(self) -> int | None:
        return self.diagnosis.failed.status if self.diagnosis.failed else None

    @property
    def step(self) -> str:
        """What is to be done, as closely as it is known."""
        failed = self.diagnosis.failed
        return (failed.step if failed else "") or (self.finding.step if self.finding else "")

    @property
    def next_step(self) -> Link | None:
        return next_steps.next_step(self.finding, self.place, manager=self.manager) if self.finding else None

    @property
    def help(self) -> str:
        if self.finding:
            return next_steps.help_page(self.finding)
        return url_for("help.article", name="troubleshooting", _anchor=self.symptom.help)

    @property
    def rows(self) -> list[Row]:
        return [_row(line, moving=self.looks_again) for line in self.diagnosis.lines]

    @property
    def summary(self) -> str:
        """How far the checks came, for the list's head."""
        lines = self.diagnosis.lines
        if self.diagnosis.stopped_at:
            return f"Stopped at step {self.diagnosis.stopped_at} of {len(lines)}"
        passed = sum(isinstance(line.result, Passed) for line in lines)
        return f"{passed} of {len(lines)} passed"


def _row(line: Line, *, moving: bool) -> Row:
    result = line.result
    if isinstance(result, Passed):
        return Row(line.name, "ok", result.fact or None)
    if isinstance(result, Failed):
        return Row(line.name, "waiting" if moving else "bad", str(result.status) if result.status else None)
    if isinstance(result, Unknown):
        return Row(line.name, "skipped", reason=f"{result.why}.")
    return Row(line.name, "skipped")
