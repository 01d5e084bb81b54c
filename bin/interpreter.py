"""Make sure that a command runs on a Python that the portal supports.

Every Python from 3.7 on must be able to read this file and those that start it, or an old one would stop with
a syntax error instead of with the line below.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
KNOWN = ("python3.13", "python3.12", "python3.11")


def require() -> None:
    """Return on Python 3.11 or newer; else start the command again on such a Python, or end with status 2."""
    if sys.version_info >= OLDEST:
        return
    newer = find_newer()
    if newer is None:
        version = ".".join(str(part) for part in sys.version_info[:2])
        sys.stderr.write(f"Python {version} is too old. Install Python 3.11 or newer, then run this again.\n")
        sys.exit(2)
    os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the command itself, on another Python


def find_newer() -> str | None:
    """Return the first Python on PATH that is new enough and really starts, or None."""
    found = (shutil.which(name) for name in KNOWN)
    return next((path for path in found if path and starts(path)), None)


def starts(path: str) -> bool:
    """Tell whether the program at `path` is more than a version manager's empty shell."""
    return subprocess.call([path, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
