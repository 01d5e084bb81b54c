"""How much memory each process of the portal holds after a little work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benches import proc
from benches.diners import VERIFIED, Diners
from benches.parts import Broken, Parts, Scale
from benches.proc import Memory
from benches.report import Figure

WEB_MIB = 150
WORKER_MIB = 120
LOOK_SECONDS = 0.01


def measure(parts: Parts, scale: Scale) -> list[Figure]:
    """Return the memory of web processes, worker, its job and relay. Raises Broken or StepFailed."""
    parts.start_whole()
    job = _largest_job(parts, scale.diners)
    webs = enumerate(proc.children(parts.pid("web")), 1)
    return [
        *(_figure(f"web process {number}", proc.memory(pid), WEB_MIB) for number, pid in webs),
        _figure("worker", proc.memory(parts.pid("worker")), WORKER_MIB),
        _figure("worker's job, at its largest", job, WORKER_MIB),
        _figure("relay", proc.memory(parts.pid("relay")), WORKER_MIB),
    ]


def _largest_job(parts: Parts, number: int) -> Memory | None:
    """Let some diners book, and return the most memory that a process of the worker's held meanwhile."""
    diners, done = Diners(parts), threading.Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        watching = pool.submit(lambda: list(_jobs(parts.pid("worker"), done)))
        try:
            diners.results.waits(diners.book(number), number, VERIFIED)
        finally:
            done.set()
        return max(watching.result(), key=lambda memory: memory.rss, default=None)


def _jobs(worker: int, done: threading.Event) -> Iterator[Memory]:
    while not done.wait(LOOK_SECONDS):
        for pid in proc.children(worker):
            if memory := proc.memory(pid):
                yield memory


def _figure(name: str, memory: Memory | None, limit: float) -> Figure:
    if memory is None:
        raise Broken(f"The {name} was not there to be measured.")
    measured = f"{memory.rss:.0f} MiB (PSS {memory.pss:.0f})"
    return Figure(f"{name}, RSS", measured, goal=f"{limit:g} MiB or less", reached=memory.rss <= limit)
