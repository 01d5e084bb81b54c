"""What tests of the commands share: a supervisor in a process of its own, and a look at what is alive."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from embedded import wait_until
from tethered import command as tethered

BIN = Path(__file__).resolve().parents[2] / "bin"
PATIENCE_SECONDS = 20


class RunningSupervisor:
    """The supervisor on a Procfile of the test's; processes write their ids to files in `folder`."""

    def __init__(self, folder, lines):
        self.folder = folder
        procfile = folder / "Procfile"
        procfile.write_text("\n".join(lines))
        argv = [
            sys.executable,
            str(BIN / "supervisor.py"),
            "--procfile",
            str(procfile),
            "--logs",
            str(folder),
        ]
        self.process = subprocess.Popen(
            tethered(argv, signal.SIGKILL), cwd=folder, stdout=subprocess.PIPE, text=True
        )

    def pid(self, name):
        """Return the id that a process wrote to the file `name`, waiting until it has."""
        path = self.folder / name
        assert wait_until(lambda: path.exists() and path.read_text().strip(), PATIENCE_SECONDS), f"no {name}"
        return int(path.read_text())

    def next_pid(self, name, old):
        """Return the id in the file `name` once it differs from `old`."""
        assert wait_until(lambda: self.pid(name) != old, PATIENCE_SECONDS), f"{name} did not start again"
        return self.pid(name)

    def wait(self):
        """Return what the supervisor said and its exit status."""
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return said, self.process.returncode


@pytest.fixture
def supervise(tmp_path):
    """Starts the supervisor on the Procfile lines it is called with."""
    started = []

    def start(*lines):
        started.append(RunningSupervisor(tmp_path, lines))
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.process.kill()
        supervisor.process.communicate()


@pytest.fixture
def ends():
    """Tells whether a process ends within a few seconds; one that only waits to be collected has ended."""
    return lambda pid: wait_until(lambda: not is_alive(pid), PATIENCE_SECONDS)


def is_alive(pid):
    listing = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listing.stdout.strip()) and not listing.stdout.startswith("Z")
