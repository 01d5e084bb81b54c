"""The command `bin/bench`: read the options, install what is needed, and go on inside the environment."""

from __future__ import annotations

import argparse
import os
import sys

import setup_venv
from setup_venv import PYTHON, ROOT

SECTIONS = (
    "slots",
    "booking",
    "links",
    "visits",
    "sizes",
    "memory",
    "log",
    "search",
    "bookings-list",
    "diary",
    "diagnosis",
    "opening",
    "embed",
)


def main() -> None:
    """Replace this process by the measuring one. Exits 1 when the environment cannot be made."""
    options = parser().parse_args()
    try:
        # The embedded PostgreSQL is one of the tests' tools.
        setup_venv.ensure(setup_venv.DEVELOPMENT if options.postgresql else setup_venv.RUNTIME)
    except setup_venv.SetupFailed as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)
    program = [str(PYTHON), "-m", "benches.run", *sys.argv[1:]]
    os.execve(program[0], program, setup_venv.environment(PYTHONPATH=f"{ROOT}{os.pathsep}{ROOT / 'bin'}"))  # noqa: S606 - ours


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="bin/bench",
        description="Start the portal on free ports with throw-away data, measure it, and say which goals it "
        "reaches. Ends with 0 when all was measured, goals missed or not, and with 1 when something broke.",
    )
    made.add_argument("--only", choices=SECTIONS, action="append", help="measure this alone; may be repeated")
    where = made.add_mutually_exclusive_group()
    where.add_argument("--database", metavar="URL", help="an empty database, left empty (default: SQLite)")
    where.add_argument("--postgresql", action="store_true", help="start a PostgreSQL and measure on it")
    made.add_argument(
        "--rounds",
        type=_positive,
        default=5,
        metavar="N",
        help="rounds of slots, opening and embed (default 5)",
    )
    made.add_argument(
        "--quick", action="store_true", help="do as little as shows that everything can be measured"
    )
    return made


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
