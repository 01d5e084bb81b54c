"""A migrated database of its own for every test, made from one that the session migrated once."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from flask_migrate import upgrade

from portal import create_app
from portal.config import Settings
from portal.extensions import db
from tests.support import postgres

TEMPLATE = "rezzy_template"
TEST_KEY = "cmV6enktdGVzdC1rZXktcmV6enktdGVzdC1rZXktMTI="


def settings_for(database_url: str, **changes: object) -> Settings:
    """Return settings of a portal that can reach nothing but its database, unless `changes` say otherwise."""
    nowhere = "127.0.0.1:1"
    values = {
        "secret_key": "a secret of the tests",
        "encryption_keys": (TEST_KEY,),
        "database_url": database_url,
        "redis_url": f"redis://{nowhere}/0",
        "spektrix_url": f"http://{nowhere}",
        "rate_limits": False,
        "testing": True,
    }
    return Settings(**(values | changes))


def migrate(database_url: str) -> None:
    """Bring the database at `database_url` to the newest schema, as `flask db upgrade` does."""
    app = create_app(settings_for(database_url))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


class Databases:
    """Fresh databases at few addresses: one for each that a test process holds at the same time."""

    def __init__(self) -> None:
        self._in_use: set[str] = set()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a migrated, empty database that nobody else uses meanwhile."""
        process = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        name = next(name for n in count() if (name := f"rezzy_{process}_{n}") not in self._in_use)
        self._in_use.add(name)
        yield self._renew(name)
        self._in_use.remove(name)

    def _renew(self, name: str) -> str:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was kept from test to test."""


class SqliteDatabases(Databases):
    """SQLite files under `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _renew(self, name: str) -> str:
        path = self._folder / f"{name}.db"
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()
        shutil.copyfile(self._template(), path)
        return f"sqlite:///{path}"

    def _template(self) -> Path:
        template = self._folder / f"{TEMPLATE}.sqlite"
        with _once(template):
            if not template.exists():
                draft = template.with_suffix(".draft")
                migrate(f"sqlite:///{draft}")
                draft.rename(template)
        return template


class PostgresDatabases(Databases):
    """Databases in the session's own PostgreSQL on `port`."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__()
        self._folder = folder
        self._port = port
        self._known: dict[str, postgres.Reused] = {}

    def _renew(self, name: str) -> str:
        self._ensure_template()
        if name not in self._known:
            self._known[name] = postgres.Reused(self._port, name, TEMPLATE)
        self._known[name].empty()
        return postgres.url(self._port, name)

    def close(self) -> None:
        for database in self._known.values():
            database.close()

    def _ensure_template(self) -> None:
        done = self._folder / "postgres-template-made"
        with _once(done):
            if not done.exists():
                postgres.create_database(self._port, TEMPLATE)
                migrate(postgres.url(self._port, TEMPLATE))
                done.touch()


@contextmanager
def _once(path: Path) -> Iterator[None]:
    """Hold the lock that belongs to `path`, so that parallel test processes make it one at a time."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
