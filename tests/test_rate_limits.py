"""Where limits are counted when Redis is away: once for a machine, not once for each process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal import rate_limits
from portal.extensions import visitors_address
from portal.rate_limits import SharedStorage
from tests.support.databases import settings_for
from tests.support.tables import each_row

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "redis://127.0.0.1:1/0"
NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
TAKE = """
import sys
from portal.rate_limits import SharedStorage
storage = SharedStorage("", "redis://127.0.0.1:1/0", sys.argv[1], "secret")
print("ready", flush=True)
sys.stdin.readline()
print(sum(storage.acquire_entry("an address", 20, 600) for _ in range(40)))
"""


def process(path, redis_url=NOWHERE):
    """What one web process counts with."""
    return SharedStorage("", redis_url, str(path), "secret")


def taken(storages, limit=20, key="198.51.100.7"):
    return sum(storage.acquire_entry(key, limit, 600) for _ in range(limit) for storage in storages)


@pytest.fixture
def shared(tmp_path):
    return tmp_path / "limits.sqlite3"


def test_two_processes_let_one_limit_through_together(shared):
    assert taken([process(shared), process(shared)]) == 20


def test_without_the_file_each_would_let_the_whole_limit_through(tmp_path):
    """The control: what falls back to memory counts for itself."""
    nowhere = tmp_path / "no folder" / "limits.sqlite3"
    assert taken([process(nowhere), process(nowhere)]) == 40


def test_real_processes_at_the_same_time_let_one_limit_through_together(shared):
    command = [sys.executable, "-c", TAKE, str(shared)]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for one in running:
        assert one.stdout.readline() == "ready\n"
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert sum(int(one.communicate(timeout=30)[0]) for one in running) == 20


def test_threads_of_one_process_share_the_limit_too(shared):
    storage = process(shared)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _n: storage.acquire_entry("an address", 20, 600), range(60)))
    assert sum(answers) == 20


def test_the_window_moves_with_the_clock(shared):
    storage = process(shared)
    with time_machine.travel(NOON, tick=False) as clock:
        assert [storage.acquire_entry("k", 2, 60) for _ in range(3)] == [True, True, False]
        clock.shift(59)
        assert not storage.acquire_entry("k", 2, 60)
        assert storage.get_moving_window("k", 2, 60) == (NOON.timestamp(), 2)
        clock.shift(2)
        assert storage.get_moving_window("k", 2, 60)[1] == 0
        assert storage.acquire_entry("k", 2, 60)


def test_one_address_does_not_use_up_the_limit_of_another(shared):
    storage = process(shared)
    assert taken([storage], key="198.51.100.7") == 20
    assert taken([storage], key="198.51.100.8") == 20


def test_what_has_expired_is_gone_from_the_file(shared):
    storage = process(shared)
    with time_machine.travel(NOON, tick=False) as clock:
        taken([storage])
        clock.shift(601)
        storage.acquire_entry("another", 20, 600)
        with storage._file._open() as file:
            assert file.execute("SELECT count(*) FROM hits").fetchone() == (1,)


def test_the_file_names_nobody_and_is_its_owners_alone(shared):
    storage = process(shared)
    storage.acquire_entry("LIMITER/198.51.100.7/public.book", 20, 600)
    assert b"198.51" not in shared.read_bytes()
    assert shared.stat().st_mode & 0o077 == 0


def test_a_file_that_is_none_of_ours_stops_no_booking(shared):
    shared.write_bytes(b"not a database, but longer than the header of one" * 50)
    assert taken([process(shared)]) == 20


def test_a_link_planted_in_its_place_is_not_followed(shared, tmp_path):
    other = tmp_path / "somebody's.txt"
    other.write_text("")
    shared.symlink_to(other)
    assert process(shared).acquire_entry("k", 2, 60)
    assert other.read_text() == ""


def test_redis_counts_while_it_is_there_and_the_file_from_the_moment_it_goes(valkey, shared):
    both = [process(shared, valkey.url()), process(shared, valkey.url())]
    assert taken(both) == 20
    assert not shared.exists()
    valkey.kill()
    assert taken(both) == 20
    assert shared.exists()


def test_redis_counts_again_soon_after_it_came_back(valkey, shared):
    with time_machine.travel(NOON, tick=False) as clock:
        storage = process(shared, valkey.url())
        valkey.kill()
        assert storage.acquire_entry("k", 1, 3600)
        valkey.start()
        assert not storage.acquire_entry("k", 1, 3600)
        clock.shift(6)
        assert storage.acquire_entry("k", 1, 3600)


def test_all_processes_of_a_portal_find_the_same_file_and_other_portals_another():
    one, same = (
        settings_for("sqlite:///a.db"),
        settings_for("sqlite:///a.db", redis_url="redis://elsewhere/0"),
    )
    assert rate_limits.shared_file(one) == rate_limits.shared_file(same)
    others = [settings_for("sqlite:///b.db"), settings_for("sqlite:///a.db", secret_key="another")]
    assert len({rate_limits.shared_file(settings) for settings in (one, *others)}) == 3


@each_row(
    "remote, counted",
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        (None, "127.0.0.1"),
    ],
)
def test_addresses_that_one_household_may_choose_among_count_as_one(remote, counted):
    with Flask("bare").test_request_context(environ_overrides={"REMOTE_ADDR": remote}):
        assert visitors_address() == counted
