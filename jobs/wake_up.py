"""The only jobs that our worker takes from Redis: one of the fixed list, with the number of one row.

RQ runs whatever function a job names, calls back whatever it names, and posts to whatever address it holds.
Whoever can write to Redis could so run a program of theirs beside our keys. A `WakeUp` is read before RQ
looks into it, and anything else is dropped.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Mapping
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import Job

from portal import job_queue

log = logging.getLogger(__name__)

# All that makes RQ do more than run one function once.
_EXTRAS = (
    b"success_callback_name",
    b"failure_callback_name",
    b"stopped_callback_name",
    b"webhooks",
    b"dependency_id",
    b"dependency_ids",
    b"retries_left",
    b"retry_intervals",
    b"repeats_left",
    b"repeat_intervals",
)
_LONGEST_BYTES = 1_000


class WakeUp(Job):
    """A job of ours: `jobs.<name>.run(row_id)`."""

    def restore(self, raw_data: Mapping[bytes, bytes]) -> Any:
        """Take over what Redis holds. Raises NoSuchJobError where it is no wake-up of ours."""
        if not _is_ours(raw_data):
            # Without its content, which may be anything.
            log.warning("dropped a job that is none of ours")
            raise NoSuchJobError("none of ours")
        return super().restore(raw_data)


def _is_ours(raw_data: Mapping[bytes, bytes]) -> bool:
    if any(raw_data.get(name) not in (None, b"", b"[]", b"null") for name in _EXTRAS):
        return False
    try:
        call = json.loads(_unpacked(raw_data.get(b"data", b"")))
    except (ValueError, RecursionError, zlib.error):
        return False
    return (
        isinstance(call, list)
        and len(call) == 4
        and call[0] in {f"jobs.{name}.run" for name in job_queue.JOBS}
        and call[1] is None
        and isinstance(call[2], list)
        and [type(argument) for argument in call[2]] == [int]
        and call[3] == {}
    )


def _unpacked(data: bytes) -> bytes:
    """Return what RQ has compressed, up to a size that none of ours comes near."""
    return zlib.decompressobj().decompress(data, _LONGEST_BYTES)
