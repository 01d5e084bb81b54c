"""Fixtures of every room's tests: a database of one's own, the app on it, and real servers where a test asks.

The controlling process starts the servers and tells its parallel workers where they are. Fixtures import the
portal themselves, since tests of the Spektrix client, the sandbox and the tools need neither it nor its
start-up time.
"""

import dataclasses
import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from redis import Redis

from tests.support.both_databases import in_browser, same_on_both
from tests.support.browser import launch_arguments
from tests.support.collector import spare_the_collector
from tests.support.places import new_folder
from tests.support.recording import RecordingQueue
from tests.support.sandbox import SandboxControl
from tests.support.servers import Addresses, Servers
from tests.support.templates import remember_compiled
from tests.support.valkey import PASSWORD, Valkey

SERVERS = pytest.StashKey[Servers]()
ADDRESSES = pytest.StashKey[Addresses]()


def pytest_addoption(parser):
    group = parser.getgroup("rezzy")
    group.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="where tests run")
    group.addoption(
        "--only-database", action="store_true", help="leave out tests that another database cannot change"
    )
    group.addoption("--long", action="store_true", help="run the slow proofs (marker long) too")


# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_configure(config):
    # A zone far from every venue's, so that a result which depends on the machine's zone is seen; another one
    # to try is the variable's (B19).
    os.environ.setdefault("TZ", "Pacific/Chatham")
    time.tzset()
    remember_compiled()
    if hasattr(config, "workerinput"):
        config.stash[ADDRESSES] = Addresses(**config.workerinput["addresses"])
        return
    folder = new_folder()
    config.stash[SERVERS] = Servers(folder, postgresql=config.getoption("database") == "postgresql")
    config.stash[ADDRESSES] = config.stash[SERVERS].addresses


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["addresses"] = dataclasses.asdict(node.config.stash[ADDRESSES])


def pytest_unconfigure(config):
    if servers := config.stash.get(SERVERS, None):
        servers.stop()


def pytest_collection_finish():
    spare_the_collector()


def pytest_collection_modifyitems(config, items):
    left_out = set()
    if not config.getoption("long"):
        left_out |= {item for item in items if item.get_closest_marker("long")}
    if config.getoption("only_database"):
        left_out |= set(same_on_both(items))
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = sorted((item for item in items if item not in left_out), key=_turn)


def _turn(item):
    """The long ones come first, so that the last to end are short; Firefox's before all, on one worker."""
    if "firefox_page" in item.fixturenames:
        return 0
    return 1 if in_browser(item) or "processes" in item.fixturenames else 2


@pytest.fixture(scope="session")
def addresses(pytestconfig):
    """Where this session's servers are."""
    return pytestconfig.stash[ADDRESSES]


@pytest.fixture(scope="session")
def databases(pytestconfig, addresses):
    """The maker of fresh databases of the kind that `--database` names."""
    from tests.support.databases import PostgresDatabases, SqliteDatabases

    if addresses.postgres_port:
        made = PostgresDatabases(Path(addresses.folder), addresses.postgres_port)
    else:
        made = SqliteDatabases(Path(addresses.quick_folder))
    yield made
    made.close()


@pytest.fixture
def database_url(databases):
    """A migrated, empty database that only this test sees."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def settings_here():
    """What a folder or file changes about `settings`, where a mark cannot say it."""
    return {}


@pytest.fixture
def settings(request, database_url, settings_here):
    """Settings of a portal on a database of its own, from which neither Redis nor Spektrix can be reached.

    A test that asks for `sandbox` has it as its Spektrix, and one that asks for `mail_folder` has its letters
    kept there. `@pytest.mark.settings(rate_limits=True)`, on a test, a class or a file, changes any setting.
    """
    from tests.support.databases import settings_for

    asked = {}
    if "sandbox" in request.fixturenames:
        asked["spektrix_url"] = request.getfixturevalue("sandbox").api_url
    if "mail_folder" in request.fixturenames:
        asked["mail_url"] = request.getfixturevalue("mail_folder").as_uri()
    marks = reversed(list(request.node.iter_markers("settings")))
    marked = {name: value for mark in marks for name, value in mark.kwargs.items()}
    return settings_for(**{"database_url": database_url} | asked | settings_here | marked)


@pytest.fixture
def zone_data(tmp_path):
    """Time zone data that a test may change: `zone_data.set("Europe/London", "GMT0")`."""
    from tests.support.zones import ZoneData

    data = ZoneData(tmp_path / "zones")
    yield data
    data.close()


@pytest.fixture
def mail_folder(addresses, worker_id):
    """Where the portal's letters are kept, a file each; made with the first.

    Each test process has one address for it, so that tests with letters may share a portal.
    """
    folder = Path(addresses.quick_folder) / f"mail-{worker_id}"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def apps():
    """Portals that one test after another may use; `lend` one for settings of your own."""
    from tests.support.apps import Apps

    return Apps()


@pytest.fixture
def quick_passwords(monkeypatch):
    """Passwords are hashed as quickly as argon2 can, who otherwise takes his time on purpose."""
    from argon2 import PasswordHasher

    from portal.venues import passwords

    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def app(request, settings, apps, quick_passwords):
    """The portal; pushes no context by itself.

    No test may leave a copy of a day older than the database, `@pytest.mark.forgets_versions` excepted.
    """
    from tests.support.versions_kept import versions_kept

    with apps.lend(settings) as app, versions_kept() as forgotten:
        yield app
    if not request.node.get_closest_marker("forgets_versions"):
        assert forgotten == []


@pytest.fixture
def app_context(app):
    with app.app_context():
        yield


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def venue(app):
    """A venue that serves every day."""
    from tests.factories import make_venue

    with app.app_context():
        return make_venue()


@pytest.fixture
def staff(app, venue):
    """Somebody who works at `venue`."""
    from tests.factories import make_staff

    with app.app_context():
        return make_staff(venue)


@pytest.fixture
def desk(client, staff):
    """A test client at which a member of staff of `venue` is signed in."""
    from tests.factories import sign_in

    return sign_in(client, staff)


@pytest.fixture
def redis_url(addresses, worker_id):
    """A real, empty Redis database that only this test process uses."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id != "master" else 0
    url = f"redis://:{PASSWORD}@127.0.0.1:{addresses.valkey_port}/{number}"
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture
def valkey(tmp_path):
    """A server of this test alone, for killing and starting again."""
    server = Valkey(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def recording_queue(monkeypatch):
    """Records what `portal.job_queue.enqueue` is asked for; nothing reaches Redis."""
    queue = RecordingQueue()
    monkeypatch.setattr("portal.job_queue.enqueue", queue.enqueue)
    return queue


@pytest.fixture(scope="session")
def running_sandbox():
    from portal.sandbox.ports.server import SandboxServer

    with SandboxServer() as server:
        control = SandboxControl(server.api_url, server.theatre_url)
        yield control
        control.close()


@pytest.fixture
def sandbox(running_sandbox):
    """A fake Spektrix and theatre in this process, back at its seeds."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def portal_server():
    from tests.support.live_portal import PortalServer

    server = PortalServer()
    yield server
    server.stop()


@pytest.fixture
def serve_portal(apps, portal_server, quick_passwords):
    """Serves a portal on a real port: `with serve_portal(settings) as portal`, which has `url` and `app`."""

    @contextmanager
    def serve(settings):
        at_home = dataclasses.replace(settings, portal_url=portal_server.url)
        with apps.lend(at_home) as app, portal_server.serving(app) as portal:
            yield portal

    return serve


@pytest.fixture
def live_portal(serve_portal, settings, sandbox):
    """The portal on a real port, with the sandbox as its Spektrix: `url` and `app`."""
    with serve_portal(settings) as portal:
        yield portal


@pytest.fixture(scope="session")
def base_url():
    """Takes the place of the browser plug-in's own, which the next pytest no longer accepts."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    from playwright.sync_api import expect

    # A busy machine may take its time: patience costs nothing where all is well.
    expect.set_options(timeout=20_000)
    return {**browser_type_launch_args, **launch_arguments()}
