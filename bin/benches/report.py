"""Figures, and how they are printed."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_HEADS = ("figure", "measured", "floor", "ratio", "goal", "")
_PACKAGES = ("gunicorn", "Flask", "SQLAlchemy", "rq")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `reached` is None where no goal is set or nothing could be measured."""

    name: str
    measured: str
    floor: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "reached", False: "MISSED", None: ""}[self.reached]

    @property
    def cells(self) -> tuple[str, ...]:
        return self.name, self.measured, self.floor, self.ratio, self.goal, self.verdict


def at_most(name: str, value: float, limit: float, unit: str, digits: int = 1) -> Figure:
    """Return a figure that should be `limit` or less; `unit` is written behind both."""
    measured, goal = f"{value:.{digits}f} {unit}", f"{limit:g} {unit} or less"
    return Figure(name, measured, goal=goal, reached=value <= limit)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of them (0 to 1) do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def median_and_spread(values: Sequence[float]) -> str:
    """Return the median with the lowest and the highest value."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(title: str, figures: Sequence[Figure]) -> str:
    """Return figures as an aligned table."""
    rows = [_HEADS, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def load() -> str:
    """Return how busy the machine is, so that a reader can tell how far to trust the figures."""
    cores = os.cpu_count() or 1
    return f"load {os.getloadavg()[0]:.1f} on {cores} core{'' if cores == 1 else 's'}"


def machine() -> str:
    """Return what was measured on: kind, cores, memory, and the versions that matter."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    kind = f"{platform.system()} {platform.machine()}, {_processor()}"
    memory = f"{pages / 2**30:.0f} GiB"
    return f"{kind}, {os.cpu_count()} cores, {memory}; Python {platform.python_version()}, {versions}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "processor unknown")
