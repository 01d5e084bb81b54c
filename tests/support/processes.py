"""The portal's own processes, as the Procfile starts them, for tests that kill them."""

import os
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path

import requests
from embedded import free_port, wait_until

from portal.config import Settings
from tests.support.families import kill_family
from tests.support.nursery import Child, nursery

BIN = Path(sys.prefix) / "bin"


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which `Settings.from_env` makes these settings again."""
    values = {f.name.upper(): getattr(settings, f.name) for f in fields(settings)}
    values["ENCRYPTION_KEYS"] = ",".join(settings.encryption_keys)
    # Whoever shifts the hour of the venue's day, to see which tests depend on it, shifts it for all.
    zones = {name: os.environ[name] for name in ("PYTHONTZPATH",) if name in os.environ}
    return {name: str(value) for name, value in values.items()} | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "TZ": os.environ["TZ"],
        **zones,
    }


@dataclass
class Processes:
    """Starts, kills and stops `web`, `worker` and `relay`; what they print lands in `folder`."""

    settings: Settings
    folder: Path
    running: dict[str, Child] = field(default_factory=dict)
    # What gunicorn is told besides.
    web_options: tuple[str, ...] = ()

    def start(self, *names: str) -> None:
        for name in names:
            self.running[name] = self._born(name, self._command(name))
        if "web" in names and not wait_until(self._answers, seconds=45):
            raise RuntimeError(f"the web process did not answer:\n{self.log('web')[-3000:]}")

    def script(self, code: str) -> int:
        """Run Python in a process of its own; returns its exit status, negative for a signal."""
        process = self._born("script", ["-c", code])
        return process.wait(timeout=30)

    def kill(self, *names: str) -> None:
        """End processes and all their children as a power cut does."""
        for name in names:
            process = self.running.pop(name)
            kill_family(process.pid)
            process.wait(timeout=10)

    def stop(self) -> None:
        self.kill(*list(self.running))

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _command(self, name: str) -> list[str]:
        if name != "web":
            return ["-m", f"jobs.{name}"]
        port = self.settings.portal_url.rpartition(":")[2]
        options = ["--workers", "2", "--bind", f"127.0.0.1:{port}", *self.web_options]
        return [str(BIN / "gunicorn"), "wsgi:app", *options]

    def _born(self, name: str, argv: list[str]) -> Child:
        return nursery().bear(argv, environment(self.settings), self.folder / f"{name}.log")

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.settings.portal_url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False


def free_portal_url() -> str:
    """Return the address of a portal that may be started on this machine."""
    return f"http://127.0.0.1:{free_port()}"
