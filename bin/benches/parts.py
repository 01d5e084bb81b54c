"""The processes that `bin/bench` measures: started on free ports, on throw-away data, and all ended after."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from demo_stage import Keys, Ports, Stage
from embedded import LOOPBACK, answers, redis_answers, wait_until
from setup_venv import ROOT, VENV
from supervisor import Service

START_SECONDS = 60
UNDO_SECONDS = "10"


class Broken(RuntimeError):
    """Something could not be measured; the message says what happened."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int
    round_seconds: float = 4.0
    warm_up_seconds: float = 1.5
    bookings: int = 20_000
    diners: int = 40
    visits: int = 30
    history: int = 1_000_000
    guests: int = 1_000_000
    asked: int = 40
    rushes: int = 20
    answers: int = 5


class Parts:
    """The parts of one portal. Each is started when first asked for, and all end with the `with`."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        external = {"DATABASE_URL": database_url} if database_url else {}
        self.stage = Stage(Ports.free(), folder, Keys.made(), external, UNDO_SECONDS)
        self.running: dict[str, Service] = {}
        self._prepared = False

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self.running)):
            self.running.pop(name).kill()

    @property
    def database_url(self) -> str:
        return self.stage.environment["DATABASE_URL"]

    def prepare(self) -> None:
        """Bring the database to the newest schema and add the demo venue. Raises Broken."""
        if self._prepared:
            return
        for command in self.stage.preparations():
            done = subprocess.run(
                command, env=self.stage.environment, cwd=ROOT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Broken(f"Preparing the database failed:\n{done.stdout}{done.stderr}")
        self._prepared = True

    def start_whole(self) -> None:
        """Start the whole portal, its sandbox and its theatre, and wait until they answer. Raises Broken."""
        if "web" in self.running:
            return
        self.prepare()
        self.start_redis()
        for service in (self.stage.sandbox(), *self.stage.procfile()):
            self._start(service)
        self._await_http("web", self.stage.ports.portal, "/healthz")
        self._await_http("sandbox", self.stage.ports.theatre, "/")

    def start_redis(self) -> None:
        """Start a Redis, unless REDIS_URL names one, and wait until it answers. Raises Broken."""
        redis = self.stage.redis()
        if redis and "redis" not in self.running:
            self._start(redis)
            port, password = self.stage.ports.redis, self.stage.redis_password
            self._wait_for("redis", wait_until(lambda: redis_answers(port, password), START_SECONDS))

    @contextmanager
    def web_server(self, name: str, app: str, port: int, path: str, **settings: str) -> Iterator[Service]:
        """Run a WSGI app alone under gunicorn, the same way whatever the app; `path` tells when it answers.

        `settings` go before those of the other parts. Raises Broken.
        """
        options = "--workers 2 --threads 4 --keep-alive 5 --no-control-socket"
        places = ["--pythonpath", str(ROOT / "bin"), "--bind", f"{LOOPBACK}:{port}"]
        command = [str(VENV / "bin" / "gunicorn"), app, *options.split(), *places]
        service = Service(name, command, self.stage.environment, self.stage.log(name), ROOT)
        self._start(service, **settings)
        try:
            self._await_http(name, port, path)
            yield service
        finally:
            self.running.pop(name).kill()

    def pid(self, name: str) -> int:
        """Return the process id of a part. Raises Broken when it has ended."""
        process = self.running[name].process
        if process is None or process.poll() is not None:
            raise Broken(f"{name} ended by itself:\n{self._log_of(name)}")
        return process.pid

    def _start(self, service: Service, **settings: str) -> None:
        # Forty bookings from one address in a minute are what the limits are there to stop.
        service = replace(service, environment={**service.environment, "RATE_LIMITS": "no", **settings})
        self.running[service.name] = service
        service.start()

    def _await_http(self, name: str, port: int, path: str) -> None:
        self._wait_for(name, wait_until(lambda: answers(port, path), START_SECONDS))

    def _wait_for(self, name: str, answered: bool) -> None:
        if not answered:
            raise Broken(f"{name} did not answer within {START_SECONDS} s:\n{self._log_of(name)}")

    def _log_of(self, name: str) -> str:
        return self.running[name].log.read_text(errors="replace")[-3000:]
