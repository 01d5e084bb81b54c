"""Where the files of a test session lie."""

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 256 * 1024 * 1024


def new_folder() -> Path:
    """Return a new folder of temporary files."""
    return Path(tempfile.mkdtemp(prefix="rezzy-tests-"))


def new_quick_folder() -> Path:
    """Return a new folder in memory, or on disk where there is not enough of it.

    SQLite waits for the disk at every commit, which a machine with a busy disk drags out to seconds.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    return Path(tempfile.mkdtemp(prefix="rezzy-tests-", dir=MEMORY if roomy else None))
