"""What Linux says about a process: its processor time and its memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB_IN_KIB = 1024


@dataclass(frozen=True)
class Memory:
    """In MiB. `rss` counts every page a process sees, `pss` divides shared ones among those who share."""

    rss: float
    pss: float


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time, user and system, that these processes have used; ended ones count as 0."""
    return sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # The name in brackets may hold spaces; the fields are counted from behind it (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that run."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def memory(pid: int) -> Memory | None:
    """Return the memory of a process, or None when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
    return Memory(sizes["Rss"] / _MIB_IN_KIB, sizes["Pss"] / _MIB_IN_KIB) if "Pss" in sizes else None
