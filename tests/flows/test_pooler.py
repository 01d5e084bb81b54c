"""Behind PgBouncer in transaction mode: whatever outlives a transaction is lost to the next one."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from portal.database import engine_options, engine_url
from portal.extensions import db
from portal.outbox.models import Kind
from portal.shell import demo
from tests.flows.test_secrets import Visitor
from tests.support.pooler import Pooler, find_program

pytestmark = pytest.mark.timeout(120)
PEOPLE, LOOKS = 8, 12


@pytest.fixture
def pooler(addresses):
    if not addresses.postgres_port:
        pytest.skip("runs with --database postgresql")
    if not find_program():
        pytest.skip("PgBouncer is not installed: apt install pgbouncer")
    folder = Path(addresses.folder) / "pooler"
    folder.mkdir()
    folder.chmod(0o755)
    pooler = Pooler(folder, addresses.postgres_port)
    yield pooler
    pooler.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["", "0"], ids=["as it is", "prepare_threshold=0"])
def database_url(request, pooler, databases):
    query = {"prepare_threshold": request.param} if request.param else {}
    with databases.fresh() as fresh:
        yield pooler.url(fresh, **query)


def test_portal_works_behind_a_pooler(live, processes):
    """Many look at once and a visit goes all the way, each transaction on whatever connection is free."""
    ids = live.linked_bookings(6)
    processes.start("web", "worker", "relay")
    people = []
    for _ in range(PEOPLE):
        person = Visitor(processes.settings.portal_url)
        person.post("/sign-in", "/sign-in", email=demo.MANAGER_EMAIL, password=demo.PASSWORD)
        people.append(person)

    def look(person):
        pages = ("/diary", "/guests", "/integrations/spektrix", f"/bookings/{ids[0]}")
        return [person.get(page).status_code for _ in range(LOOKS // len(pages)) for page in pages]

    with ThreadPoolExecutor(PEOPLE) as crowd:
        answers = [crowd.submit(look, person) for person in people]
        for booking_id in ids:
            live.complete(booking_id)
        assert {status for one in answers for status in one.result()} == {200}
    assert live.wait_for("confirmed", len(ids))
    assert live.states(Kind.WRITE_BACK) == {"confirmed": len(ids)}
    db.session.rollback()
    assert "unexpected" not in processes.logs()


def crowded(url):
    """Ask one question thirty times on each of eight connections at the same time; returns what failed."""
    engine = create_engine(engine_url(url), **engine_options(url))

    def ask(_number):
        failed = []
        with engine.connect() as connection:
            for number in range(30):
                try:
                    assert (
                        connection.execute(text("SELECT CAST(:n AS int)"), {"n": number}).scalar() == number
                    )
                    connection.commit()
                except DBAPIError as error:
                    failed.append(type(error.orig).__name__)
                    connection.rollback()
        return failed

    with ThreadPoolExecutor(8) as crowd:
        failed = [name for one in crowd.map(ask, range(8)) for name in one]
    engine.dispose()
    return failed


def test_nothing_is_prepared_at_the_server(database_url):
    assert crowded(database_url) == []


def test_with_prepared_statements_the_same_would_fail(pooler, databases):
    """The safeguard off."""
    with databases.fresh() as fresh:
        assert crowded(pooler.url(fresh, prepare_threshold="1"))
