"""Wake-ups for the worker. Losing one is harmless, since the relay finds what is due in the database."""

from __future__ import annotations

import logging
import time

from flask import current_app
from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from portal import config
from portal.log import frames_of

log = logging.getLogger(__name__)

QUEUE = "rezzy"
# The worker runs these and nothing else: `jobs.<name>.run(row_id)`.
JOBS = (
    "verify_link",
    "write_back",
    "read_again",
    "check_connection",
    "look_at_trial",
    "sync_events",
)
_EXTENSION = "rezzy-queue"
_SECONDS_BETWEEN_COMPLAINTS = 60.0
_last_complaint = [float("-inf")]


def connect(url: str, timeout_seconds: float) -> Redis:
    """Return a client that gives up after `timeout_seconds` and never tries twice by itself."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )


def enqueue(job: str, row_id: int) -> bool:
    """Wake `jobs.<job>.run(row_id)`. Returns False, and never raises, when Redis is away."""
    if _EXTENSION not in current_app.extensions:
        connection = connect(config.current().redis_url, 0.2)
        current_app.extensions[_EXTENSION] = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    queue: Queue = current_app.extensions[_EXTENSION]
    try:
        # In one trip; RQ by itself takes two.
        with queue.connection.pipeline() as trip:
            queue.enqueue(
                f"jobs.{job}.run",
                row_id,
                job_timeout=60,
                result_ttl=0,
                failure_ttl=86_400,
                ttl=60,
                description=f"{job} {row_id}",
                pipeline=trip,
            )
            trip.execute()
    except RedisError as error:
        # Once a minute at most: every enqueued job would say the same.
        now = time.monotonic()
        if now - _last_complaint[0] > _SECONDS_BETWEEN_COMPLAINTS:
            _last_complaint[0] = now
            what = "is away" if is_away(error) else f"refuses work ({frames_of(error)})"
            log.warning("the queue %s; the relay does the work meanwhile", what)
        return False
    return True


def is_away(error: Exception) -> bool:
    """Tell whether Redis cannot be reached. One that wants another password can, though its errors say so."""
    reached = isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError)
    return isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError) and not reached
