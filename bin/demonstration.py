"""The command `bin/demo`: set up, start everything, say where it is, and stop it all again."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import setup_venv
import tethered
from demo_stage import FIRST_PORT, CannotStart, Stage, data_folder, kept_stage, thrown_away_stage
from embedded import ServerMissing, answers, redis_answers
from setup_venv import PYTHON, ROOT
from supervisor import Stopped, Supervisor

START_SECONDS = 60
LAST_LINES = 15
DEMO_RUNS = """
The Make a Rezzy demo is running.

  Portal            {stage.portal_url}
                    priya@greenroom.example (manager), sam@greenroom.example (staff)
                    password curtain-up-7.30pm
  Pretend theatre   {stage.theatre_url}
                    amara.okafor@example.org, tom.whitfield@example.org, daniel.reyes@example.org
                    password opening-night
  Fake Spektrix     {stage.spektrix_url}/_sandbox/

  Mail              {folder}/mail/
  Data and logs     {folder}
  Ctrl-C stops everything; bin/demo --fresh starts over.
"""


def main() -> None:
    options = _parser().parse_args()
    try:
        setup_venv.ensure(setup_venv.RUNTIME)
        sys.exit(walk_through() if options.walkthrough else show(options))
    except (setup_venv.SetupFailed, ServerMissing, CannotStart) as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
    except (KeyboardInterrupt, Stopped):
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/demo", description="Run the whole portal on this machine.")
    parser.add_argument("--fresh", action="store_true", help="delete the demo's data and start over")
    parser.add_argument(
        "--walkthrough",
        action="store_true",
        help="tell the whole story by script on throw-away data, then end",
    )
    parser.add_argument(
        "--empty", action="store_true", help="open on a venue with nothing set up yet, with data of its own"
    )
    parser.add_argument(
        "--port-base", type=int, default=FIRST_PORT, metavar="N", help=f"first port (default {FIRST_PORT})"
    )
    return parser


def show(options: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C and return the exit status."""
    with _only_demo_in(data_folder(options.port_base, empty=options.empty)):
        stage = kept_stage(options.port_base, empty=options.empty)
        if options.fresh:
            shutil.rmtree(stage.folder)
            stage.folder.mkdir()
            if stage.external.get("DATABASE_URL"):
                _say("DATABASE_URL names a database of yours, which --fresh leaves as it is.")
        with Supervisor(_say) as supervisor:
            _start(stage, supervisor)
            _say(DEMO_RUNS.format(stage=stage, folder=stage.folder.relative_to(ROOT)))
            try:
                supervisor.run_for_ever()
            except Stopped:
                _say("\nStopping; work in progress may finish first.")
    return 0


def walk_through() -> int:
    """Run bin/walkthrough.py against a set of processes of its own and return its exit status."""
    with tempfile.TemporaryDirectory(prefix="rezzy-walkthrough-") as folder, Supervisor(_say) as supervisor:
        stage = thrown_away_stage(Path(folder))
        _start(stage, supervisor)
        script = [str(PYTHON), str(ROOT / "bin" / "walkthrough.py")]
        places = ["--portal", stage.portal_url, "--api", stage.spektrix_url, "--theatre", stage.theatre_url]
        command = tethered.command([*script, *places, "--widget", stage.keys.widget_id], signal.SIGKILL)
        story = subprocess.Popen(command, env=stage.environment, cwd=ROOT)
        try:
            while story.poll() is None:
                supervisor.turn()
        finally:
            story.kill()
        if status := story.wait():
            # What each process logged last, since its log goes away with the throw-away data.
            for log in sorted(stage.log("any").parent.iterdir()):
                if last := _tail(log):
                    _say(f"\n{log.stem} last logged:\n{last}")
        return status


@contextmanager
def _only_demo_in(folder: Path) -> Iterator[None]:
    """Raises CannotStart when another demo uses the same data; a killed one no longer counts."""
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart("This demo is running already. Stop it with Ctrl-C in its window.") from None
        yield


def _start(stage: Stage, supervisor: Supervisor) -> None:
    """Start everything in order and wait until it answers. Raises CannotStart with the log of what failed."""
    if redis := stage.redis():
        supervisor.start(redis)
        _wait(supervisor, lambda: redis_answers(stage.ports.redis, stage.redis_password))
    supervisor.start(stage.sandbox())
    _wait(supervisor, lambda: answers(stage.ports.theatre, "/"))
    for command in stage.preparations():
        _prepare(stage, command)
        supervisor.tick()
    for service in stage.procfile():
        supervisor.start(service)
    _wait(supervisor, lambda: answers(stage.ports.portal, "/healthz"))


def _prepare(stage: Stage, command: list[str]) -> None:
    log = stage.log("prepare")
    with log.open("ab") as output:
        done = subprocess.run(
            command, env=stage.environment, cwd=ROOT, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise CannotStart(f"Preparing the database failed:\n{_tail(log)}")


def _wait(supervisor: Supervisor, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if service := supervisor.dead():
            raise CannotStart(f"{service.name} ended while starting:\n{_tail(service.log)}")
        if ready():
            return
        supervisor.tick()
    raise CannotStart(f"Not everything answered within {START_SECONDS} s. Its logs say more.")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])


def _say(line: str) -> None:
    print(line, flush=True)
