"""A process with all that descends from it, for ending them together as a power cut does."""

import contextlib
import os
import signal
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return a process and its descendants, some of which lead process groups of their own."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def kill_family(pid: int) -> None:
    for member in family(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
