"""Measure section by section and print a table for each; `bin/bench` starts this inside the environment."""

from __future__ import annotations

import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from embedded import ServerMissing
from sqlalchemy import MetaData, create_engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError
from walkthrough_people import StepFailed

from benches import (
    booking,
    bookings_list,
    diagnosis,
    diary,
    embed,
    log,
    memory,
    opening,
    search,
    sizes,
    slots,
    visits,
)
from benches.parts import Broken, Parts, Scale
from benches.report import Figure, load, machine, table
from benches.start import parser

_SECTIONS: dict[str, tuple[str, Callable[[Parts, Scale], list[Figure]]]] = {
    "slots": ("Times of one day at a busy venue, 16 connections", slots.measure),
    "booking": ("A booking, and rushes for the last places", booking.measure),
    "links": ("Booking submitted to link verified", visits.links),
    "visits": ("Completed to read back, 10 s of it the undo wait", visits.visits),
    "sizes": ("The widget in the browser", sizes.measure),
    "opening": ("A diner on a slow phone, and the page that carries the widget", opening.measure),
    "embed": ("Loads of embed.js, 16 connections", embed.measure),
    "memory": ("Memory after a little work", memory.measure),
    "log": ("Pages of a venue with a long history, asked one after the other", log.measure),
    "search": ("Finding one of a million guests", search.measure),
    "bookings-list": (
        "The list of a million bookings: processor time, beside the sign-in page",
        bookings_list.measure,
    ),
    "diary": ("The diary of 500 bookings on one day", diary.measure),
    "diagnosis": ("Find the fault, from pressing the button to the answer", diagnosis.measure),
}
_QUICK = Scale(
    rounds=1,
    round_seconds=0.5,
    warm_up_seconds=0.2,
    bookings=900,
    diners=3,
    visits=2,
    history=4_000,
    guests=4_000,
    asked=4,
    rushes=1,
    answers=1,
)


def main() -> int:
    options = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="rezzy-bench-") as name:
            _measure(options, Path(name))
    except (Broken, ServerMissing, StepFailed, SQLAlchemyError, requests.RequestException) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(options: Namespace, folder: Path) -> None:
    scale = _QUICK if options.quick else Scale(options.rounds)
    print(f"{machine()}\n{load()} at the start")
    with _database(options, folder) as url, Parts(folder, url) as parts:
        print(f"database: {make_url(parts.database_url).get_backend_name()}", flush=True)
        for name, (title, measure) in _SECTIONS.items():
            if name in (options.only or _SECTIONS):
                print(f"\n{table(title, measure(parts, scale))}", flush=True)
    print(f"\n{load()} at the end")


@contextmanager
def _database(options: Namespace, folder: Path) -> Iterator[str | None]:
    """Provide the database's URL; None stands for a SQLite file beside everything else."""
    if options.postgresql:
        with _embedded_postgresql(folder) as url:
            yield url
    elif options.database:
        with _lent(options.database):
            yield options.database
    else:
        yield None


@contextmanager
def _embedded_postgresql(folder: Path) -> Iterator[str]:
    from tests.support import postgres

    # PostgreSQL may run as another user, who has to be able to enter.
    folder.chmod(0o755)
    place = folder / "postgresql"
    place.mkdir()
    server = postgres.Postgres(place)
    try:
        yield postgres.url(server.port, "postgres")
    finally:
        server.stop()


@contextmanager
def _lent(url: str) -> Iterator[None]:
    """Use a database of somebody's, which must be empty before and is empty after. Raises Broken."""
    engine = create_engine(url)
    if inspect(engine).get_table_names():
        raise Broken("The database has tables already. Name an empty one, since all in it is deleted after.")
    try:
        yield
    finally:
        left = MetaData()
        left.reflect(engine)
        left.drop_all(engine)
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
