"""Measure section by section and print a table for each; `bin/bench` starts this inside the environment."""

from __future__ import annotations

import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bench_slots
import requests
from bench_parts import Broken, Parts, Scale
from bench_report import Figure, load, machine, table
from bench_start import parser
from embedded import ServerMissing
from sqlalchemy.exc import SQLAlchemyError

_TITLES: dict[str, tuple[str, Callable[[Parts, Scale], list[Figure]]]] = {
    "slots": ("Times of one day, 20,000 bookings, 16 connections", bench_slots.measure),
}
_WHOLE = {"round_seconds": 4.0, "warm_up_seconds": 1.5, "diners": 40, "visits": 30}
_QUICK = {"round_seconds": 0.5, "warm_up_seconds": 0.2, "diners": 3, "visits": 2}


def main() -> int:
    options = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="rezzy-bench-") as name:
            _measure(options, Path(name))
    except (Broken, ServerMissing, SQLAlchemyError, requests.RequestException) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(options: Namespace, folder: Path) -> None:
    scale = Scale(1, **_QUICK) if options.quick else Scale(options.rounds, **_WHOLE)
    print(f"{machine()}\n{load()} at the start")
    with _database(options, folder) as url, Parts(folder, url) as parts:
        print(f"database: {'PostgreSQL' if url else 'SQLite'}", flush=True)
        for name, (title, measure) in _TITLES.items():
            if name in (options.only or _TITLES):
                print(f"\n{table(title, measure(parts, scale))}", flush=True)
    print(f"\n{load()} at the end")


@contextmanager
def _database(options: Namespace, folder: Path) -> Iterator[str | None]:
    """Provide the database's URL; None stands for a SQLite file beside everything else."""
    if not options.postgresql:
        yield options.database
        return
    yield None


if __name__ == "__main__":
    sys.exit(main())
