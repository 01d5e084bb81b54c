"""A real Redis-compatible server for one test session."""

import signal
import subprocess
import sys
from pathlib import Path

from embedded import free_port, redis_answers, redis_command, redis_program, wait_until
from tethered import command as tethered

PASSWORD = "a-password-of-the-tests"


class Valkey:
    """A server on a free loopback port with its data in `folder`; it dies with the test session."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.start()

    def start(self) -> None:
        argv = redis_command(redis_program(Path(sys.prefix)), self.port, self._folder, PASSWORD)
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                tethered(argv, signal.SIGKILL), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        if not wait_until(lambda: redis_answers(self.port, PASSWORD), seconds=20):
            raise RuntimeError(f"Valkey did not answer:\n{(self._folder / 'valkey.log').read_text()[-2000:]}")

    def url(self, database: int = 0) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def kill(self) -> None:
        """End it as a power cut does; `start` brings it back on the same port with its data."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
