"""Ordered checks that stop at the first one that fails (N1).

A check is a question in plain words and a function that answers it; nothing here knows what is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from portal.findings import Code, Finding, finding

# Seconds for all calls of one run together, so that an answer comes within twelve when Spektrix hangs.
BUDGET_SECONDS = 11.0
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Passed:
    """Nothing is wrong here; `fact` is the short text that shows it."""

    fact: str = ""


@dataclass(frozen=True)
class Failed:
    """This is wrong.

    Args:
        evidence: the lines that show it.
        status: Spektrix's, where it answered.
        step: what is to be done, where that can be said more closely than the finding says it.
    """

    code: Code
    evidence: tuple[str, ...] = ()
    status: int | None = None
    step: str = ""


@dataclass(frozen=True)
class Unknown:
    """This could not be looked at just now, and that by itself is no fault; the checks go on."""

    why: str


Result = Passed | Failed | Unknown


@dataclass(frozen=True)
class Step(Generic[Subject]):
    """One check: what it asks, as a statement that holds when all is well, and how it is answered."""

    name: str
    look: Callable[[Subject], Result]


@dataclass(frozen=True)
class Line:
    """One check and how it ended; `result` is None after an earlier one has failed."""

    name: str
    result: Result | None


@dataclass(frozen=True)
class Diagnosis:
    """What the checks came to.

    Args:
        at: when they began, aware, in UTC.
        milliseconds: how long all of them took.
        live: whether Spektrix could be asked, or only what was known already was looked at.
    """

    lines: tuple[Line, ...]
    at: datetime
    milliseconds: int
    live: bool

    @property
    def failed(self) -> Failed | None:
        """The first thing that is wrong."""
        results = (line.result for line in self.lines)
        return next((result for result in results if isinstance(result, Failed)), None)

    @property
    def code(self) -> Code | None:
        return self.failed.code if self.failed else None

    @property
    def finding(self) -> Finding | None:
        """The words for the first thing that is wrong."""
        return finding(self.failed.code) if self.failed else None

    @property
    def unknown(self) -> list[Line]:
        """Checks that could not be made."""
        return [line for line in self.lines if isinstance(line.result, Unknown)]

    @property
    def stopped_at(self) -> int | None:
        """The number of the check that failed, counted from 1."""
        numbers = (n for n, line in enumerate(self.lines, start=1) if isinstance(line.result, Failed))
        return next(numbers, None)


def diagnose(
    steps: Sequence[Step[Subject]], gather: Callable[[], Subject], *, now: datetime, live: bool
) -> Diagnosis:
    """Run `steps` in their order until one fails; those after it are not run.

    Args:
        gather: collects the facts that the steps look at.
        now: when this begins.
        live: whether Spektrix may be asked.
    """
    began = time.perf_counter()
    subject = gather()
    lines: list[Line] = []
    failed = False
    for step in steps:
        result = None if failed else step.look(subject)
        failed = failed or isinstance(result, Failed)
        lines.append(Line(step.name, result))
    return Diagnosis(tuple(lines), now, round((time.perf_counter() - began) * 1000), live)


def not_connected(now: datetime, *, live: bool) -> Diagnosis:
    """Return the diagnosis of a venue without a connection, where there is nothing to check."""
    return _nothing_to_check("Spektrix is connected", Code.NOT_CONNECTED, now, live=live)


def no_widget(now: datetime, *, live: bool) -> Diagnosis:
    """Return the diagnosis of a venue without a widget, where there is nothing to check."""
    return _nothing_to_check("There is a booking widget", Code.NO_WIDGET, now, live=live)


def _nothing_to_check(name: str, code: Code, now: datetime, *, live: bool) -> Diagnosis:
    return Diagnosis((Line(name, Failed(code)),), now, milliseconds=0, live=live)
