"""Processes of the portal without two seconds of importing each: children of one that imported everything.

A child runs the same module or script as its own Python would, in its own session and environment, and may be
killed like any other. The nursery ends with the test session, and what it bore ends with it.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tethered import command as tethered, tie

ROOT = Path(__file__).parents[2]
NEEDED = (
    "portal.shell.assembly",
    "jobs.worker",
    "jobs.relay",
    "gunicorn.app.wsgiapp",
    "portal.shell.server_worker",
)
LOOK_SECONDS = 0.02


@dataclass
class Child:
    """A process that was born there, with what tests ask of a `subprocess.Popen`."""

    nursery: "Nursery"
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while it runs."""
        if self.returncode is None:
            self.returncode = self.nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return the exit status; raises subprocess.TimeoutExpired after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(LOOK_SECONDS)
        return status


class Nursery:
    """The process of which others are born; one line of JSON for each question and each answer."""

    def __init__(self) -> None:
        program = [sys.executable, "-c", "from tests.support.nursery import serve; serve()"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "bin")])
        self._process = subprocess.Popen(
            tethered(program, signal.SIGKILL),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            cwd=ROOT,
            start_new_session=True,
            text=True,
        )
        atexit.register(self.close)

    def bear(self, argv: list[str], environment: dict[str, str], log: Path) -> Child:
        """Start `-m MODULE …`, `-c CODE` or `SCRIPT …`; what it prints is added to `log`."""
        return Child(self, self.ask(argv=argv, environment=environment, log=str(log)))

    def ask(self, **question: object) -> Any:
        self._process.stdin.write(f"{json.dumps(question)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@cache
def nursery() -> Nursery:
    """Return the one nursery of this test process."""
    return Nursery()


def serve() -> None:
    """Import what all children need, then bear them until nobody asks any more."""
    for name in NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        question = json.loads(line)
        answer = _ended(question["ended"]) if "ended" in question else _bear(**question)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _bear(argv: list[str], environment: dict[str, str], log: str) -> int:
    parent = os.getpid()
    if pid := os.fork():
        return pid
    os.setsid()
    tie(parent, signal.SIGKILL)
    _move_in(environment, log)
    _run(argv)
    sys.exit()


def _move_in(environment: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
        (2, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    ):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)


def _run(argv: list[str]) -> None:
    first, *rest = argv
    if first == "-m":
        sys.argv = rest
        # Imported by the parent, which Python would warn of.
        sys.modules.pop(rest[0], None)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        exec(rest[0], {"__name__": "__main__"})
    else:
        sys.argv = argv
        runpy.run_path(first, run_name="__main__")
