"""F12: web, worker, relay, Redis and the database killed at once in a rush, then started in any order."""

import random

import pytest
from embedded import wait_until
from sqlalchemy.exc import OperationalError

from portal.extensions import db
from tests.support.postgres import url

pytestmark = pytest.mark.timeout(120)


class InProcess:
    """SQLite lives in the processes that use it, and dies with them."""

    def kill(self):
        db.session.remove()
        db.engine.dispose()

    def start_again(self):
        return


@pytest.fixture
def database_url(own_server, databases):
    if own_server:
        yield url(own_server.port, "rezzy")
        return
    with databases.fresh() as fresh:
        yield fresh


@pytest.fixture
def database(own_server):
    return own_server or InProcess()


def test_every_visit_arrives_after_everything_was_killed_at_once(live, processes, valkey, database):
    seed = random.randrange(10**6)
    order = random.Random(seed)
    ids = live.linked_bookings(12)
    processes.start("web", "worker", "relay")
    for booking_id in ids[:6]:
        live.complete(booking_id)
    processes.kill("web", "worker", "relay")
    valkey.kill()
    for booking_id in ids[6:]:
        live.complete(booking_id)
    database.kill()
    db.engine.dispose()
    starts = [lambda name=name: processes.start(name) for name in ("worker", "relay")]
    starts += [valkey.start, database.start_again]
    order.shuffle(starts)
    for start in starts:
        start()
    assert wait_until(lambda: all_arrived(live, processes), seconds=60), (seed, processes.logs()[-2000:])
    processes.start("web")
    assert sorted(live.visits_written().values()) == ["1"] * 12


def all_arrived(live, processes) -> bool:
    """Look, and do what the supervisor does: a worker that found no Redis has ended by itself."""
    for name, process in list(processes.running.items()):
        if process.poll() is not None:
            processes.start(name)
    try:
        return live.states().get("confirmed") == 12
    except OperationalError:
        db.session.rollback()
        return False
