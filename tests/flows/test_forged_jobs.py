"""Whoever can write to Redis can wake our jobs, and can do nothing else."""

import json
import zlib

import pytest
from embedded import wait_until
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from portal import job_queue
from portal.extensions import db

WAKE = """
from portal import create_app, job_queue
with create_app().app_context():
    assert job_queue.enqueue("verify_link", 1)
"""
RQ_AS_IT_COMES = """
from rq.job import Job
from jobs import worker
worker.WakeUp = Job
worker.main()
"""


@pytest.fixture
def redis(live, settings):
    # An open transaction of the test would keep the worker out of SQLite.
    db.session.rollback()
    with Redis.from_url(settings.redis_url) as connection:
        connection.flushdb()
        yield connection


@pytest.fixture
def queue(redis):
    return Queue(job_queue.QUEUE, connection=redis, serializer=JSONSerializer)


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "somebody was here"


def forged(queue, mark):
    """Jobs that would do something of their writer's choosing, each by another way."""
    touch = f"touch '{mark}'"
    return {
        "a program": queue.enqueue("os.system", touch),
        "code": queue.enqueue("builtins.exec", f"open({str(mark)!r}, 'w')"),
        "a method": _with_data(queue, ["system", "os", [touch], {}]),
        "our job with a text": queue.enqueue("jobs.verify_link.run", touch),
        "our job with two numbers": queue.enqueue("jobs.verify_link.run", 1, 2),
        "our job by name": queue.enqueue("jobs.verify_link.run", entry_id=1),
        "our job with a truth": queue.enqueue("jobs.verify_link.run", True),
        "another name in jobs": queue.enqueue("jobs.context.app"),
        "after success": _with_field(queue, "success_callback_name", "os.getcwd"),
        "after failure": _with_field(queue, "failure_callback_name", "os.getcwd"),
        "when stopped": _with_field(queue, "stopped_callback_name", "os.getcwd"),
        "an address to call": _with_field(queue, "webhooks", json.dumps([{"url": "http://127.0.0.1:9/"}])),
        "again and again": _with_field(queue, "repeats_left", "1000"),
        "once more": _with_field(queue, "retries_left", "1000"),
        "no JSON": _with_field(queue, "data", b"\x80\x04cos\nsystem\n."),
        "a bomb": _with_field(queue, "data", zlib.compress(b"[" + b" " * 50_000_000 + b"]")),
        "nothing": _with_field(queue, "data", b""),
    }


def _with_field(queue, name, value):
    job = queue.enqueue("jobs.verify_link.run", 0)
    queue.connection.hset(job.key, name, value)
    return job


def _with_data(queue, data):
    return _with_field(queue, "data", zlib.compress(json.dumps(data).encode()))


def is_done(queue, genuine):
    return not Job.exists(genuine.id, connection=queue.connection)


@pytest.mark.one_database
def test_worker_runs_the_jobs_of_its_list_and_drops_every_other(processes, queue, mark):
    dropped = forged(queue, mark)
    genuine = queue.enqueue("jobs.verify_link.run", 1, result_ttl=0)
    processes.start("worker")
    assert wait_until(lambda: is_done(queue, genuine), seconds=20)
    assert not mark.exists()
    lines = [line for line in processes.log("worker").splitlines() if "dropped a job" in line]
    assert len(lines) == len(dropped), processes.log("worker")
    assert "touch" not in processes.log("worker")
    assert processes.running["worker"].poll() is None


@pytest.mark.one_database
def test_without_the_list_the_worker_runs_whatever_redis_holds(processes, queue, mark):
    """The control: this is what RQ does by itself."""
    queue.enqueue("os.system", f"touch '{mark}'")
    processes.running["worker"] = processes._born("worker", ["-c", RQ_AS_IT_COMES])
    assert wait_until(mark.exists, seconds=20)


@pytest.mark.one_database
def test_a_job_of_ours_is_taken_as_the_portal_writes_it(processes, queue):
    assert processes.script(WAKE) == 0
    (job_id,) = queue.job_ids
    processes.start("worker")
    assert wait_until(lambda: not Job.exists(job_id, connection=queue.connection), seconds=20), (
        processes.logs()
    )
    assert "dropped" not in processes.log("worker")
