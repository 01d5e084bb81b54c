"""The servers of one test session, and the words in which their addresses reach its parallel workers."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.places import new_quick_folder
from tests.support.postgres import Postgres
from tests.support.valkey import Valkey


@dataclass(frozen=True)
class Addresses:
    """Where a test process finds what the session started; plain values, so they travel between processes."""

    folder: str
    quick_folder: str
    valkey_port: int
    postgres_port: int | None


class Servers:
    """Valkey always, since it costs 50 ms; PostgreSQL when the session runs on it."""

    def __init__(self, folder: Path, *, postgresql: bool) -> None:
        # PostgreSQL may run as another user, who has to be able to enter.
        folder.chmod(0o755)
        self._folder = folder
        self._quick_folder = new_quick_folder()
        self._valkey = Valkey(_made(folder / "valkey"))
        self._postgres = Postgres(_made(folder / "postgres")) if postgresql else None

    @property
    def addresses(self) -> Addresses:
        return Addresses(
            folder=str(self._folder),
            quick_folder=str(self._quick_folder),
            valkey_port=self._valkey.port,
            postgres_port=self._postgres.port if self._postgres else None,
        )

    def stop(self) -> None:
        self._valkey.stop()
        if self._postgres:
            self._postgres.stop()
        shutil.rmtree(self._folder)
        shutil.rmtree(self._quick_folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
