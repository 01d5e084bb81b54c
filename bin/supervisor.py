"""Run the lines of a Procfile on one machine: restart what dies, drain on stop, leave nothing behind.

Usage: python bin/supervisor.py [--procfile FILE] [--logs FOLDER]

Each process leads a session of its own, so that Ctrl-C reaches the supervisor alone and a dead process's
children can be found. If the supervisor itself is killed with -9, the kernel ends the processes (Linux).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import tethered

TICK_SECONDS = 0.1
DRAIN_SECONDS = 30.0
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
STEADY_SECONDS = 30.0


class Stopped(Exception):
    """Somebody asked the supervisor to end."""


@dataclass
class Service:
    """One process to keep running. `last` marks what the others need until they have ended."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    last: bool = False
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    due_at: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                tethered.command(self.command, signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def note_death(self) -> float:
        """Kill what the dead process left behind and return the pause before its next start, in seconds."""
        now = time.monotonic()
        self.kill()
        self.process = None
        self.failures = 0 if now - self.started_at > STEADY_SECONDS else self.failures
        pause = PAUSES_SECONDS[min(self.failures, len(PAUSES_SECONDS) - 1)]
        self.failures += 1
        self.due_at = now + pause
        return pause

    def ask_to_end(self) -> None:
        if self.is_running and self.process:
            self.process.terminate()

    def kill(self) -> None:
        """End the process and all that it started, those in process groups of their own included."""
        if self.process:
            for pid in session_members(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()


def session_members(leader: int) -> list[int]:
    """Return the processes of the session that `leader` leads, or led before it died."""
    return [pid for pid in _all_processes() if _session_of(pid) == leader]


def _all_processes() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return [int(pid) for pid in listing.stdout.split()]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def shell(line: str) -> list[str]:
    """Return the command that runs a Procfile line, whose ${NAME:-default} are the shell's to fill in."""
    return ["/bin/sh", "-c", f"exec {line}"]


def read_procfile(path: Path) -> dict[str, str]:
    """Return command lines by process name."""
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name.strip(): command.strip() for name, _, command in pairs}


class Supervisor:
    """Keeps services running until the end of its `with`, which stops them, those marked `last` last.

    `say` receives one line for each thing a person should know.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._services: list[Service] = []
        self._asked_to_stop = 0

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        self._end([service for service in self._services if not service.last])
        self._end([service for service in self._services if service.last])

    def start(self, service: Service) -> None:
        self._services.append(service)
        service.start()

    def run_for_ever(self) -> None:
        """Restart what dies until somebody asks for the end, which raises Stopped."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Wait a moment and start again what has died. Raises Stopped when the end was asked for."""
        self.tick()
        self._restart_the_dead()

    def tick(self) -> None:
        """Wait a moment. Raises Stopped when the end was asked for."""
        time.sleep(TICK_SECONDS)
        if self._asked_to_stop:
            raise Stopped

    def dead(self) -> Service | None:
        """Return a service that has ended by itself, if there is one."""
        return next((service for service in self._services if not service.is_running), None)

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _restart_the_dead(self) -> None:
        for service in self._services:
            if service.process is None:
                if time.monotonic() >= service.due_at:
                    service.start()
            elif not service.is_running:
                code = service.process.returncode
                pause = service.note_death()
                self._say(f"{service.name} ended ({_how(code)}); it starts again in {pause:g} s")

    def _end(self, services: list[Service]) -> None:
        """Ask all to end, wait while they finish their work, then kill; another Ctrl-C ends the wait."""
        for service in services:
            service.ask_to_end()
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(service.is_running for service in services):
            if time.monotonic() > deadline or self._asked_to_stop > 1:
                break
            time.sleep(TICK_SECONDS)
        for service in services:
            service.kill()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Run every line of a Procfile and keep it running.")
    parser.add_argument("--procfile", type=Path, default=Path("Procfile"))
    parser.add_argument(
        "--logs", type=Path, default=Path("var/log"), help="folder for one log file a process"
    )
    options = parser.parse_args()
    with contextlib.suppress(Stopped), Supervisor(say=lambda line: print(line, flush=True)) as supervisor:
        for name, line in read_procfile(options.procfile).items():
            log = options.logs / f"{name}.log"
            supervisor.start(Service(name, shell(line), os.environ, log, Path.cwd()))
        supervisor.run_for_ever()


if __name__ == "__main__":
    main()
