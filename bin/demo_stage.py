"""What the demo runs: its ports, its data folder, its keys, and the processes in them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import LOOPBACK, free_port, port_is_free, redis_command, redis_program
from setup_venv import PYTHON, ROOT, VENV, environment
from supervisor import Service, read_procfile, shell

FIRST_PORT = 8700
_PARTS = {"portal": "portal", "spektrix": "fake Spektrix", "theatre": "pretend theatre", "redis": "Redis"}


class CannotStart(RuntimeError):
    """The demo cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Ports:
    """Where each part listens; `redis` is left alone when REDIS_URL names another."""

    portal: int
    spektrix: int
    theatre: int
    redis: int

    @classmethod
    def counted_from(cls, base: int) -> Ports:
        return cls(base, base + 1, base + 2, base + 79)

    @classmethod
    def free(cls) -> Ports:
        return cls(free_port(), free_port(), free_port(), free_port())

    def require_free(self) -> None:
        """Raises CannotStart when another program has one of the ports."""
        for name, port in vars(self).items():
            if not port_is_free(port) and not (name == "redis" and os.environ.get("REDIS_URL")):
                raise CannotStart(
                    f"Port {port}, meant for the {_PARTS[name]}, is in use by another program. "
                    "Stop that program, or choose other ports: bin/demo --port-base 9700"
                )


@dataclass(frozen=True)
class Keys:
    """What must stay the same between two starts, or stored data would lose its meaning."""

    secret_key: str
    encryption_key: str
    widget_id: str

    @classmethod
    def made(cls) -> Keys:
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        return cls(secrets.token_urlsafe(32), fernet, secrets.token_hex(10))

    @classmethod
    def kept_in(cls, path: Path) -> Keys:
        """Return the keys in the file at `path`, which is written where it is missing."""
        if not path.exists():
            draft = path.with_suffix(".draft")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(vars(cls.made()), indent=2))
            draft.rename(path)
        return cls(**json.loads(path.read_text()))


@dataclass(frozen=True)
class Stage:
    """One complete set of processes. `external` may name a DATABASE_URL and a REDIS_URL to use.

    `seeds` are options of `flask seed-demo`: which house the demo opens on.
    """

    ports: Ports
    folder: Path
    keys: Keys
    external: Mapping[str, str]
    write_back_grace_seconds: str
    seeds: tuple[str, ...] = ()

    @property
    def portal_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.portal}"

    @property
    def spektrix_url(self) -> str:
        return f"http://localhost:{self.ports.spektrix}"

    @property
    def theatre_url(self) -> str:
        return f"http://localhost:{self.ports.theatre}"

    @property
    def environment(self) -> dict[str, str]:
        return environment(
            DATABASE_URL=self.external.get("DATABASE_URL") or f"sqlite:///{self.folder / 'portal.db'}",
            REDIS_URL=self.external.get("REDIS_URL") or self._own_redis_url,
            SECRET_KEY=self.keys.secret_key,
            ENCRYPTION_KEYS=self.keys.encryption_key,
            PORTAL_URL=self.portal_url,
            ALLOW_LOCAL_DOMAINS="1",
            MAIL_URL=self.mail_folder.absolute().as_uri(),
            SPEKTRIX_URL=self.spektrix_url,
            WRITE_BACK_GRACE_SECONDS=self.write_back_grace_seconds,
            BIND_ADDRESS=LOOPBACK,
            PORT=str(self.ports.portal),
        )

    @property
    def redis_password(self) -> str:
        """The password of our own Redis, the same at every start."""
        return hashlib.sha256(f"redis:{self.keys.secret_key}".encode()).hexdigest()

    @property
    def _own_redis_url(self) -> str:
        return f"redis://:{self.redis_password}@{LOOPBACK}:{self.ports.redis}/0"

    @property
    def mail_folder(self) -> Path:
        """Where letters to managers and guests are kept, a file each, since a demo sends no mail."""
        return self.folder / "mail"

    def log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def preparations(self) -> list[list[str]]:
        """Return the commands that bring the database up to date and fill it; each may run again."""
        flask = [str(PYTHON), "-m", "flask", "--app", "wsgi"]
        site = f"localhost:{self.ports.theatre}"
        seed = ["seed-demo", "--widget-id", self.keys.widget_id, "--site", site, *self.seeds]
        return [[*flask, "db", "upgrade"], [*flask, *seed]]

    def redis(self) -> Service | None:
        """Return our own Redis, or None where REDIS_URL names another. Raises ServerMissing."""
        if self.external.get("REDIS_URL"):
            return None
        command = redis_command(
            redis_program(VENV), self.ports.redis, self.folder / "redis", self.redis_password
        )
        return self._service("redis", command, last=True)

    def sandbox(self) -> Service:
        options = {
            "--api-port": str(self.ports.spektrix),
            "--theatre-port": str(self.ports.theatre),
            "--state": str(self.folder / "sandbox.json"),
            "--portal-url": self.portal_url,
            "--widget-id": self.keys.widget_id,
        }
        parts = [part for option in options.items() for part in option]
        return self._service("sandbox", [str(PYTHON), "-m", "portal.sandbox", *parts])

    def procfile(self) -> list[Service]:
        lines = read_procfile(ROOT / "Procfile").items()
        return [self._service(name, shell(line)) for name, line in lines]

    def _service(self, name: str, command: list[str], *, last: bool = False) -> Service:
        return Service(name, command, self.environment, self.log(name), ROOT, last)


def data_folder(base: int, *, empty: bool = False) -> Path:
    """Return where the demo whose ports are counted from `base` keeps its data; an empty one has its own."""
    name = "demo-empty" if empty else "demo"
    return ROOT / "var" / (name if base == FIRST_PORT else f"{name}-{base}")


def kept_stage(base: int, *, empty: bool = False) -> Stage:
    """Return the stage whose data stays between starts. Raises CannotStart when a port is taken."""
    ports, folder = Ports.counted_from(base), data_folder(base, empty=empty)
    ports.require_free()
    folder.mkdir(exist_ok=True)
    keys = Keys.kept_in(folder.with_suffix(".json"))
    grace = os.environ.get("WRITE_BACK_GRACE_SECONDS", "10")
    return Stage(ports, folder, keys, os.environ, grace, ("--empty",) if empty else ("--evenings",))


def thrown_away_stage(folder: Path) -> Stage:
    """Return a stage on free ports that leaves nothing behind and touches no database of anybody's."""
    return Stage(Ports.free(), folder, Keys.made(), {}, "1")
