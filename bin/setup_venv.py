"""Make the virtual environment beside the code and keep it equal to a lock file.

Only the standard library, since this runs before anything is installed. Each step may be interrupted: the
next start finishes it or begins again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tethered

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"

_PIP = ROOT / "bin" / "vendor" / "pip-26.3-py3-none-any.whl"
_PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
_STAMP = VENV / "installed.json"
_UNFINISHED = VENV / "unfinished"
_PIP_INSTALL = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input")
_WORKS = "import sys, pip; sys.exit(sys.version_info < (3, 11))"


class SetupFailed(RuntimeError):
    """The environment could not be made; the message says what to do."""


def ensure(lock: Path) -> None:
    """Bring the virtual environment to what `lock` pins; returns at once where it is there already.

    Raises SetupFailed when a step cannot be done.
    """
    with _alone():
        if _is_installed(lock):
            return
        _ensure_venv()
        _UNFINISHED.touch()
        _install(lock)
        _STAMP.write_text(json.dumps(_stamps(lock)))
        _UNFINISHED.unlink()


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with the virtual environment's programs found first."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    ours = {"PATH": path, "VIRTUAL_ENV": str(VENV), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
    inherited = {key: value for key, value in os.environ.items() if key not in {"PYTHONHOME", "PYTHONPATH"}}
    return inherited | ours | changes


@contextmanager
def _alone() -> Iterator[None]:
    """Let one command at a time work on the environment; the lock ends with its holder, kill -9 included."""
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another command is installing; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_installed(lock: Path) -> bool:
    try:
        stamps = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return False
    return stamps.get(lock.name) == _fingerprint(lock) and not _UNFINISHED.exists() and _works()


def _stamps(lock: Path) -> dict[str, str]:
    """Return which locks are fulfilled now: the development lock pins all that the runtime lock does."""
    fulfilled = {lock, RUNTIME} if lock == DEVELOPMENT else {lock}
    return {path.name: _fingerprint(path) for path in fulfilled}


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _works() -> bool:
    """Tell whether the environment's Python starts: the one it was made from may be gone."""
    try:
        return subprocess.run([PYTHON, "-c", _WORKS], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _ensure_venv() -> None:
    # An installation that was cut off may have left a package that looks whole and is not.
    if _works() and not _UNFINISHED.exists():
        return
    print("Making the virtual environment .venv", flush=True)
    # Debian and Ubuntu leave out ensurepip, which would need root to add, so pip comes from here.
    if _run([sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)]):
        raise SetupFailed(f"python -m venv failed in {VENV}; its message stands above.")
    if hashlib.sha256(_PIP.read_bytes()).hexdigest() != _PIP_SHA256:
        raise SetupFailed(f"{_PIP.relative_to(ROOT)} is not the file it should be. Fetch this project again.")
    wheel = str(_PIP)
    if _run([str(PYTHON), f"{wheel}/pip", *_PIP_INSTALL[2:], "--no-index", "--no-deps", wheel]):
        raise SetupFailed("Installing pip failed; its message stands above.")


def _install(lock: Path) -> None:
    print(f"Installing what {lock.name} names; the first time takes a minute or two", flush=True)
    argv = [str(PYTHON), *_PIP_INSTALL, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    if _run(argv):
        raise SetupFailed("Installing failed; pip's message stands above. Fix that and run this again.")


def _run(argv: list[str]) -> int:
    """Run a command that ends with us, lest it go on writing while the next start begins again."""
    return subprocess.run(tethered.command(argv, signal.SIGKILL), check=False).returncode


def install_debian(packages: list[str]) -> bool:
    """Install Debian packages; returns False, having done nothing, where this is not Debian's root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing Debian's {' and '.join(packages)}", flush=True)
    _apt_get("update")
    return _apt_get("install", "-y", "--no-install-recommends", *packages)


def _apt_get(*words: str) -> bool:
    silent = environment(DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(["apt-get", "-q", *words], env=silent, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0
