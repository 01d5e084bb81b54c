"""What one booking costs beside a bare insert that is committed, and what a rush for the last places does.

Limits are on and counted in Redis, as they cost something too, and none is reached: each guest has an address
of their own (the portal trusts the load as its proxy), and the venue has many widgets.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, count, cycle, islice
from typing import Any

from embedded import free_port
from flask import Flask
from sqlalchemy import event, text

from benches import booking_venue, floor_insert, proc
from benches.booking_venue import PLACES, BookedVenue
from benches.parts import Broken, Parts, Scale
from benches.report import Figure, at_most, percentile
from benches.slots import CONNECTIONS, Sample, backends, compared, engine_of, settle
from portal import create_app
from portal.config import Settings
from portal.extensions import db

LEAST_RATE = 0.75
MOST_WAIT_MS = 250
RUSHES = (16, 256)
_MOST_A_SECOND = 1_000
_REFUSED = 500
# Of so many rushes one is made without the lock too.
_CONTROLS = 4
_BOOKED, _GONE = 200, 422


@dataclass
class Side:
    """A web server that takes forms. `helpers` returns the processes that work for it elsewhere.

    With `once` a form may be sent a single time, since it is booked then.
    """

    pid: int
    port: int
    forms: Iterator[str]
    helpers: Callable[[], list[int]]
    status: int = _BOOKED
    once: bool = False

    def press(self, seconds: float) -> Sample:
        """Send forms for `seconds` and return what came of it. Raises Broken."""
        lines = list(islice(self.forms, round(_MOST_A_SECOND * seconds)))
        before = self._used()
        found = _load(lines, self.port, CONNECTIONS, seconds, self.status)
        used = self._used() - before
        answers = int(found["answers"])
        sent = answers + CONNECTIONS
        if self.once and sent > len(lines):
            raise Broken("There are no free places left to book. Measure fewer rounds.")
        self.forms = chain(lines[sent:], self.forms)
        return Sample(used * 1000 / answers, answers / found["seconds"], found["p50_ms"], found["p99_ms"])

    def _used(self) -> float:
        return proc.cpu_seconds(proc.children(self.pid) + self.helpers())


@dataclass
class Rushes:
    """What came of several rushes of one size."""

    beyond: int = 0
    unsold: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def add(self, booked: int, found: dict[str, Any]) -> None:
        self.beyond += max(0, booked - PLACES)
        self.unsold += max(0, PLACES - booked)
        self.statuses.update(found["statuses"])
        self.waits += found["waits_ms"]


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the figures of a booking. Raises Broken."""
    parts.prepare()
    parts.start_redis()
    app = create_app(Settings.from_env({**parts.stage.environment, "RATE_LIMITS": "no"}))
    roomy, small = booking_venue.roomy(app), booking_venue.small(app)
    engine = engine_of(parts.database_url)
    with engine.begin() as connection:
        connection.execute(text(floor_insert.TABLE))
    settle(engine)
    forms = booking_venue.forms_anywhere(app, roomy)
    statements = _statements(app, forms)
    ports = free_port(), parts.stage.ports.portal, free_port()
    counted = {"RATE_LIMITS": "yes", "TRUSTED_PROXIES": "1"}
    with (
        parts.web_server("floor", "benches.floor_insert:app", ports[0], "/") as floor,
        parts.web_server("booking", "wsgi:app", ports[1], "/healthz", **counted) as ours,
        parts.web_server("unlocked", "benches.unlocked:app", ports[2], "/healthz", **counted),
    ):
        redis = [parts.pid("redis")] if "redis" in parts.running else []

        def helpers() -> list[int]:
            return backends(engine) + redis

        full = booking_venue.forms_for(app, small, booking_venue.day_of_rush(0), _REFUSED)
        bare = Side(parts.pid(floor.name), ports[0], _to_floor(cycle(full)), helpers)
        booking = Side(parts.pid(ours.name), ports[1], forms, helpers, once=True)
        steady = _rounds([bare, booking], scale)
        rushes = _all_rushes(app, small, ports, scale)
        # The first rush has left nothing of that day.
        refusals = _rounds([bare, replace(booking, forms=cycle(full), status=_GONE, once=False)], scale)
    engine.dispose()
    return [
        Figure("statements of a booking", str(statements)),
        *_figures(steady),
        compared(refusals, "CPU of a refused booking, ms", lambda sample: sample.cpu, 3),
        *rushes,
    ]


def _to_floor(forms: Iterator[str]) -> Iterator[str]:
    return (f"/bookings {form.partition(' ')[2]}" for form in forms)


def _rounds(sides: list[Side], scale: Scale) -> list[list[Sample]]:
    for side in sides:
        side.press(scale.warm_up_seconds)
    return [[side.press(scale.round_seconds) for side in sides] for _ in range(scale.rounds)]


def _statements(app: Flask, forms: Iterator[str]) -> int:
    """Return how many statements one booking sends, once the portal has made its first."""
    sent: list[str] = []
    client = app.test_client()
    with app.app_context():
        bound = db.engine
    event.listen(bound, "before_cursor_execute", lambda _1, _2, statement, *_3: sent.append(statement))
    for line in islice(forms, 2):
        sent.clear()
        path, _, form = line.partition(" ")
        kind = "application/x-www-form-urlencoded"
        answer = client.post(path, data=form, content_type=kind, headers={"HX-Request": "true"})
        if answer.status_code != _BOOKED:
            raise Broken(f"A booking was answered with {answer.status}.")
    return len(sent)


def _all_rushes(app: Flask, venue: BookedVenue, ports: tuple[int, int, int], scale: Scale) -> list[Figure]:
    """Rush for the last places, on the floor, on the portal and on one without its lock, in turns."""
    figures = []
    days = map(booking_venue.day_of_rush, count())
    oversold = 0
    for guests in RUSHES:
        bare, ours = Rushes(), Rushes()
        for number in range(scale.rushes):
            day = next(days)
            forms = booking_venue.forms_for(app, venue, day, guests)
            found = _load(list(_to_floor(iter(forms))), ports[0], guests, 0)
            bare.add(PLACES, found)
            found = _load(forms, ports[1], guests, 0)
            ours.add(booking_venue.booked(app, venue, day), found)
            if number < scale.rushes // _CONTROLS + 1:
                day = next(days)
                forms = booking_venue.forms_for(app, venue, day, guests)
                _load(forms, ports[2], guests, 0)
                oversold += max(0, booking_venue.booked(app, venue, day) - PLACES)
        figures += _of_rushes(f"{scale.rushes} x {guests} for {PLACES} places", bare, ours)
    control = Figure("without the lock, beyond", str(oversold), goal="1 or more", reached=oversold > 0)
    return [*figures, control]


def _of_rushes(title: str, bare: Rushes, ours: Rushes) -> list[Figure]:
    answers = ", ".join(f"{status}: {many}" for status, many in sorted(ours.statuses.items()))
    p50, p99 = percentile(ours.waits, 0.5), percentile(ours.waits, 0.99)
    bare_p99 = percentile(bare.waits, 0.99)
    return [
        Figure(f"{title}, beyond", str(ours.beyond), goal="0", reached=ours.beyond == 0),
        Figure(f"{title}, unsold", str(ours.unsold), goal="0", reached=ours.unsold == 0),
        Figure(f"{title}, answers", answers),
        Figure(f"{title}, p50, ms", f"{p50:.0f}", f"{percentile(bare.waits, 0.5):.0f}"),
        Figure(f"{title}, p99, ms", f"{p99:.0f}", f"{bare_p99:.0f}", f"{p99 / bare_p99:.2f}"),
        replace(
            at_most(f"{title}, slowest", max(ours.waits), MOST_WAIT_MS, "ms", 0),
            floor=f"{max(bare.waits):.0f} ms",
        ),
    ]


def _figures(rounds: list[list[Sample]]) -> list[Figure]:
    rate = statistics.median(ours.rate / floor.rate for floor, ours in rounds)
    return [
        compared(rounds, "CPU of a booking, ms", lambda sample: sample.cpu, 3),
        replace(
            compared(rounds, "bookings/s", lambda sample: sample.rate, 0),
            goal=f"{LEAST_RATE:g} x floor or more",
            reached=rate >= LEAST_RATE,
        ),
        compared(rounds, "p50, ms", lambda sample: sample.p50, 1),
        compared(rounds, "p99, ms", lambda sample: sample.p99, 1),
    ]


def _load(lines: list[str], port: int, connections: int, seconds: float, *status: int) -> Any:
    command = [sys.executable, "-m", "benches.load", *map(str, (port, connections, seconds, *status))]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(done.stderr.strip())
    return json.loads(done.stdout)
