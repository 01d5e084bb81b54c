"""Time zone data of the tests: a zone gets other rules, as with new data and a restart."""

import shutil
import zoneinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.availability import hours
from portal.venues import clock_rules

NO_SUMMER_TIME = {
    "Europe/London": "GMT0",
    "Africa/Casablanca": "<+00>0",
    "Australia/Lord_Howe": "<+1030>-10:30",
}


class ZoneData:
    """A folder of time zone data that goes before the machine's own, until `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._path = zoneinfo.TZPATH
        zoneinfo.reset_tzpath([str(folder), *self._path])

    def set(self, zone: str, rule: str) -> None:
        """Let `zone` go by a rule as POSIX writes them, such as GMT0."""
        path = self._folder / zone
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tzif(rule))
        _forget()

    def leave(self, zone: str) -> None:
        """Let `zone` go by its real rules again."""
        (self._folder / zone).unlink(missing_ok=True)
        _forget()

    def close(self) -> None:
        """Go back to the machine's data."""
        shutil.rmtree(self._folder)
        zoneinfo.reset_tzpath(self._path)
        _forget()


def tzif(rule: str) -> bytes:
    """Return a file of RFC 8536 that holds a rule and no list of changes."""
    header = b"TZif2" + bytes(15) + b"".join(count.to_bytes(4, "big") for count in (0, 0, 0, 0, 1, 4))
    block = header + bytes(6) + b"UTC\0"
    return block + block + b"\n" + rule.encode() + b"\n"


def _forget() -> None:
    """Forget what a process knows of zones, as a restart does."""
    ZoneInfo.clear_cache()
    hours.starts_on.cache_clear()
    clock_rules._from_day.cache_clear()
