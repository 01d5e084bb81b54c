"""The command `bin/test`: install what the tests need, then run them on SQLite and again on PostgreSQL."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

import setup_venv
from setup_venv import PYTHON, ROOT, VENV

DATABASES = ("sqlite", "postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The same engine without the windows, tabs and menus around it: a page costs a quarter of the work.
ENGINE = "chromium-headless-shell"
FIREFOXES = ("firefox-esr", "firefox")
NOTHING_COLLECTED = 5
MOST_PARALLEL = 4


def main() -> None:
    options, pytest_arguments = _parser().parse_known_args()
    try:
        setup_venv.ensure(setup_venv.DEVELOPMENT)
        ensure_browser()
        ensure_pooler()
        sys.exit(0 if options.prepare_only else run(options.database, pytest_arguments))
    except setup_venv.SetupFailed as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Run all tests on SQLite and on PostgreSQL. Further arguments go to pytest; --long adds "
        "the slow proofs.",
        allow_abbrev=False,
    )
    parser.add_argument("--database", choices=DATABASES, help="run on this database only")
    parser.add_argument("--prepare-only", action="store_true", help="install what the tests need, run none")
    return parser


def ensure_browser() -> None:
    """Install Chromium, its engine alone, Firefox and what Playwright needs; where we may not, say how.

    The browser tests then fail with the same advice: a test that is skipped in silence proves nothing.
    """
    missing = missing_packages()
    if missing and not setup_venv.install_debian(missing):
        sys.stderr.write(
            f"The browser tests will fail: {' and '.join(missing)} cannot be found. "
            f"Install it with: sudo apt install {' '.join(missing)}\n"
        )
    if not shutil.which(ENGINE):
        # Where Debian's is not to be had the whole browser does, at more cost.
        setup_venv.install_debian([ENGINE])


def ensure_pooler() -> None:
    """Install PgBouncer where we may; the one file of tests that needs it is skipped elsewhere."""
    if not shutil.which("pgbouncer"):
        setup_venv.install_debian(["pgbouncer"])


def find_browser() -> str | None:
    """Return the path of a Chromium on PATH, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def find_engine() -> str | None:
    """Return the path of what browser tests run on: Chromium's engine alone, or else a whole one, or None."""
    return shutil.which(ENGINE) or find_browser()


def find_firefox() -> str | None:
    """Return the path of a Firefox on PATH, or None."""
    return next((path for name in FIREFOXES if (path := shutil.which(name))), None)


def missing_packages() -> list[str]:
    """Return the Debian packages without which the browser tests cannot start."""
    browsers = {"chromium": find_browser(), "firefox-esr": find_firefox()}
    missing = [name for name, program in browsers.items() if program is None]
    # Playwright's own Node needs libatomic, which minimal systems lack.
    node = next(VENV.glob("lib/python*/site-packages/playwright/driver/node"))
    starts = subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0
    return missing if starts else [*missing, "libatomic1"]


def run(database: str | None, arguments: list[str]) -> int:
    """Run pytest once on each database and return the first exit status that is not 0.

    The second run leaves out what another database cannot change; tests/support/both_databases.py has the
    rule. With --long it leaves out nothing. That nothing is left there is no failure, as long as the first
    run had tests.
    """
    if database:
        return _pytest(["--database", database, *arguments])
    first, second = DATABASES
    rule = [] if "--long" in arguments else ["--only-database"]
    statuses = [
        _pytest(["--database", first, *arguments]),
        _pytest(["--database", second, *rule, *arguments]),
    ]
    ran = [status for status in statuses if status != NOTHING_COLLECTED] or [NOTHING_COLLECTED]
    return next((status for status in ran if status), 0)


def _pytest(arguments: list[str]) -> int:
    command = [str(PYTHON), "-m", "pytest", *_in_parallel(arguments), *arguments]
    print(f"\n$ python {' '.join(command[1:])}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=setup_venv.environment(), check=False).returncode


def _in_parallel(arguments: list[str]) -> list[str]:
    """Return pytest-xdist's option, unless the caller chose a number or wants to debug."""
    chosen = ("-n", "--numprocesses", "--pdb", "--trace")
    if any(argument.startswith(chosen) for argument in arguments):
        return []
    # One more than there are processors: tests that wait for a browser or a process leave theirs to others.
    return ["-n", str(min((os.cpu_count() or 2) + 1, MOST_PARALLEL)), "--dist", "worksteal"]
