"""Run a command that dies with the process that started it, instead of living on as an orphan.

Usage: python tethered.py PARENT_PID SIGNAL [--user NAME] COMMAND [ARGUMENT...]

The kernel sends SIGNAL when the parent ends, kill -9 included. Only Linux can do this; elsewhere the command
simply runs. With --user (root only) the command runs as that user; the tie must be made after the change of
user, which clears it, and so cannot be left to subprocess.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def command(argv: list[str], signum: int, user: str = "") -> list[str]:
    """Return the command line that runs `argv` tied to the calling process."""
    drop = ["--user", user] if user else []
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(signum)), *drop, *argv]


def become(name: str) -> None:
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def tie(parent: int, signum: int) -> None:
    """Ask for `signum` at the parent's end; exits at once if the parent has ended already."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        sys.exit("the process that asked for this command has ended")


def main(argv: list[str]) -> None:
    parent, signum, rest = int(argv[0]), int(argv[1]), argv[2:]
    if rest[0] == "--user":
        become(rest[1])
        rest = rest[2:]
    tie(parent, signum)
    os.execvp(rest[0], rest)  # noqa: S606 - the command is the caller's own


if __name__ == "__main__":
    main(sys.argv[1:])
