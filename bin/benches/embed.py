"""What one load of `embed.js` costs, beside a static file of the same size under the same web server."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests
from embedded import free_port
from setup_venv import ROOT

from benches.parts import Broken, Parts, Scale
from benches.report import Figure, median_and_spread
from benches.slots import Sample, Target

LEAST_RATE = 0.9
_SCRIPT = "/embed.js"


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return requests a second and CPU of both, asked in turns. Raises Broken."""
    parts.prepare()
    port = free_port()
    with parts.web_server("embed", "wsgi:app", port, "/healthz") as server:
        body = _body(port)
        with _static_file(body) as path:
            targets = [Target(parts.pid(server.name), port, [each], list) for each in (path, _SCRIPT)]
            for target in targets:
                target.press(scale.warm_up_seconds)
            rounds = [[target.press(scale.round_seconds) for target in targets] for _ in range(scale.rounds)]
    return _figures(rounds, len(body))


def _body(port: int) -> bytes:
    answer = requests.get(f"http://127.0.0.1:{port}{_SCRIPT}", headers={"Accept-Encoding": ""}, timeout=10)
    if not answer.ok:
        raise Broken(f"{_SCRIPT} answered {answer.status_code}.")
    return answer.content


@contextmanager
def _static_file(body: bytes) -> Iterator[str]:
    """Lay the same bytes among the static files, so that the floor is not a larger or smaller file."""
    place = Path(ROOT) / "static" / "bench-floor.js"
    place.write_bytes(body)
    try:
        yield f"/static/{place.name}"
    finally:
        place.unlink()


def _figures(rounds: list[list[Sample]], size: int) -> list[Figure]:
    ratio = statistics.median(script.rate / floor.rate for floor, script in rounds)
    return [
        Figure("bytes of embed.js, not compressed", f"{size:,}"),
        replace(
            _compared(rounds, "requests/s", "rate"),
            goal=f"{LEAST_RATE:g} x floor or more",
            reached=ratio >= LEAST_RATE,
        ),
        _compared(rounds, "CPU per answer, ms", "cpu", 3),
        _compared(rounds, "p50, ms", "p50", 1),
    ]


def _compared(rounds: list[list[Sample]], name: str, field: str, digits: int = 0) -> Figure:
    floor, script = (statistics.median(getattr(pair[side], field) for pair in rounds) for side in (0, 1))
    ratios = [getattr(pair[1], field) / getattr(pair[0], field) for pair in rounds]
    return Figure(name, f"{script:.{digits}f}", f"{floor:.{digits}f}", median_and_spread(ratios))
