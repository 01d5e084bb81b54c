"""What one answer of the public times costs, beside a bare Flask view under the same web server."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from embedded import free_port
from sqlalchemy import Engine, create_engine, make_url, text

from benches import proc, venue
from benches.parts import Broken, Parts, Scale
from benches.report import Figure, median_and_spread

CONNECTIONS = 16
WARM_AFTER, MOST_WARM_UPS = 12, 10
MOST_CPU, LEAST_RATE, MOST_P99 = 1.35, 0.75, 1.2
MOST_CPU_CHANGING, MOST_CPU_MONTH, MOST_GROWTH = 2.1, 3.0, 1.1
CHANGES_PER_SECOND = 5
OUR_NAME = "bench"


@dataclass(frozen=True)
class Sample:
    """One target in one round; times in milliseconds, `cpu` per answer."""

    cpu: float
    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Target:
    """A web server to ask. `database` returns the processes that work for it elsewhere."""

    pid: int
    port: int
    paths: list[str]
    database: Callable[[], list[int]]

    def workers(self) -> list[int]:
        return proc.children(self.pid)

    def press(self, seconds: float) -> Sample:
        """Ask for `seconds` and return what came of it. Raises Broken."""
        before = proc.cpu_seconds(self.workers() + self.database())
        found = _load(self.port, self.paths, seconds)
        used = proc.cpu_seconds(self.workers() + self.database()) - before
        answers = found["answers"]
        return Sample(used * 1000 / answers, answers / found["seconds"], found["p50_ms"], found["p99_ms"])


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the figures of the times page of a busy venue. Raises Broken."""
    parts.prepare()
    engine = engine_of(parts.database_url)
    paths = venue.fill(engine, scale.bookings)
    settle(engine)
    ports = free_port(), parts.stage.ports.portal
    with (
        parts.web_server("floor", "benches.floor:app", ports[0], "/") as floor,
        parts.web_server("slots", "wsgi:app", ports[1], "/healthz") as slots,
    ):
        bare = Target(parts.pid(floor.name), ports[0], ["/"], list)
        times = Target(parts.pid(slots.name), ports[1], paths, lambda: backends(engine))
        chooser = replace(times, paths=venue.pages_of_days())
        quiet = _rounds([bare, times], scale)
        memory = [_resident(bare), _resident(times)]
        with venue.busy_day(engine, CHANGES_PER_SECOND) as day_paths:
            changing = _rounds([bare, replace(times, paths=day_paths)], scale)
        months = _rounds([bare, chooser], scale)
    history = _with_history(parts, scale, engine, ports, paths)
    engine.dispose()
    return [
        Figure("bookings of the venue", f"{scale.bookings:,}"),
        *_figures(quiet, memory),
        _cpu(changing, f"CPU, {CHANGES_PER_SECOND} bookings/s on the day, ms", MOST_CPU_CHANGING),
        _cpu(months, "CPU of the page of 60 days, ms", MOST_CPU_MONTH),
        *history,
    ]


def _with_history(
    parts: Parts, scale: Scale, engine: Engine, ports: tuple[int, int], paths: list[str]
) -> list[Figure]:
    """Measure the same with ever more parties before today, each time with servers that know nothing yet."""
    figures, ratios, before = [], [], 0
    for parties in (scale.history // 1000, scale.history // 10, scale.history):
        venue.lengthen_history(engine, before, parties)
        settle(engine)
        before = parties
        with (
            parts.web_server("floor", "benches.floor:app", ports[0], "/") as floor,
            parts.web_server("slots", "wsgi:app", ports[1], "/healthz") as slots,
        ):
            bare = Target(parts.pid(floor.name), ports[0], ["/"], list)
            times = Target(parts.pid(slots.name), ports[1], paths, lambda: backends(engine))
            rounds = _rounds([bare, times], replace(scale, rounds=(scale.rounds + 1) // 2))
        ratios.append(statistics.median(times.cpu / bare.cpu for bare, times in rounds))
        figures.append(
            compared(rounds, f"CPU with {parties:,} before today, ms", lambda sample: sample.cpu, 3)
        )
    growth = ratios[-1] / ratios[0]
    most = f"{MOST_GROWTH:g} or less"
    return [
        *figures,
        Figure("the last to the first", f"{growth:.2f}", goal=most, reached=growth <= MOST_GROWTH),
    ]


def _rounds(targets: list[Target], scale: Scale) -> list[list[Sample]]:
    """Press targets in turn, once they know what they are asked: on a busy machine that takes a while."""
    for target in targets:
        answers = 0.0
        for _ in range(MOST_WARM_UPS):
            answers += target.press(scale.warm_up_seconds).rate * scale.warm_up_seconds
            if answers >= WARM_AFTER * len(target.paths):
                break
    return [[target.press(scale.round_seconds) for target in targets] for _ in range(scale.rounds)]


def engine_of(address: str) -> Engine:
    """Return an engine whose connections can be told from the portal's."""
    url = make_url(address)
    named = url.update_query_dict({"application_name": OUR_NAME})
    return create_engine(named if url.get_backend_name() == "postgresql" else url)


def settle(engine: Engine) -> None:
    """Let the database look at what was inserted, as PostgreSQL does by itself within a minute."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))


def backends(engine: Engine) -> list[int]:
    """Return PostgreSQL's processes that serve the portal, which must run on this machine."""
    if engine.dialect.name != "postgresql":
        return []
    others = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name <> :ours"
    )
    with engine.connect() as connection:
        pids = list(connection.scalars(text(others), {"ours": OUR_NAME}))
    if not all(Path(f"/proc/{pid}").exists() for pid in pids):
        raise Broken("The database runs on another machine, so what it costs cannot be counted.")
    return pids


def _load(port: int, paths: list[str], seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benches.load", str(port), str(CONNECTIONS), str(seconds)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(done.stderr.strip())
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _resident(target: Target) -> float:
    """Return the resident memory of the largest worker, in MiB."""
    return max(memory.rss for pid in target.workers() if (memory := proc.memory(pid)))


def _figures(rounds: list[list[Sample]], memory: list[float]) -> list[Figure]:
    rate = statistics.median(slots.rate / floor.rate for floor, slots in rounds)
    p99 = statistics.median(slots.p99 / floor.p99 for floor, slots in rounds)
    return [
        _cpu(rounds, "CPU per answer, ms", MOST_CPU),
        replace(
            compared(rounds, "requests/s", lambda sample: sample.rate, 0),
            goal=f"{LEAST_RATE:g} x floor or more",
            reached=rate >= LEAST_RATE,
        ),
        compared(rounds, "p50, ms", lambda sample: sample.p50, 1),
        replace(
            compared(rounds, "p99, ms", lambda sample: sample.p99, 1),
            goal=f"{MOST_P99:g} x floor or less",
            reached=p99 <= MOST_P99,
        ),
        Figure(
            "memory of a worker, MiB", f"{memory[1]:.0f}", f"{memory[0]:.0f}", f"{memory[1] / memory[0]:.2f}"
        ),
    ]


def _cpu(rounds: list[list[Sample]], name: str, most: float) -> Figure:
    ratio = statistics.median(slots.cpu / floor.cpu for floor, slots in rounds)
    figure = compared(rounds, name, lambda sample: sample.cpu, 3)
    return replace(figure, goal=f"{most:g} x floor or less", reached=ratio <= most)


def compared(rounds: list[list[Sample]], name: str, of: Callable[[Sample], float], digits: int) -> Figure:
    """Compare one value; the ratio is the median of the ratios inside each round."""
    floor, slots = (statistics.median(of(pair[side]) for pair in rounds) for side in (0, 1))
    ratio = median_and_spread([of(pair[1]) / of(pair[0]) for pair in rounds])
    return Figure(name, f"{slots:.{digits}f}", f"{floor:.{digits}f}", ratio)
