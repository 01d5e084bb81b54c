"""Where rate limits are counted: in Redis; while it is away, in a file that a machine's processes share.

Memory would count for one process alone, and each would let the whole limit through. Both places hold keyed
hashes and times, nothing that names a person or an address, and what has expired goes with the next count.
A machine without a writable folder for the file counts in memory after all.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from limits.storage import MemoryStorage, MovingWindowSupport, RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from portal import clock, job_queue
from portal.config import Settings
from portal.log import frames_of

log = logging.getLogger(__name__)

SCHEME = "rezzy"
_SECONDS_OF_REST = 5.0
_SECONDS_FOR_A_TURN = 2.0
_REDIS_SECONDS = 0.2
_TABLE = "CREATE TABLE IF NOT EXISTS hits (key TEXT NOT NULL, taken_at REAL NOT NULL, ends_at REAL NOT NULL)"
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS hits_of_a_key ON hits (key, taken_at)",
    "CREATE INDEX IF NOT EXISTS hits_by_end ON hits (ends_at)",
)
_MOVING_ONLY = "limits are counted over moving windows alone"
_Answer = TypeVar("_Answer")


def shared_file(settings: Settings) -> Path:
    """Return the file of this portal: the same for all its processes, and a name nobody else can foretell."""
    name = hmac.new(settings.secret_key.encode(), settings.database_url.encode(), hashlib.sha256)
    return Path(tempfile.gettempdir()) / f"rezzy-limits-{name.hexdigest()[:32]}.sqlite3"


def flask_config(settings: Settings) -> dict[str, object]:
    """Return what Flask-Limiter is told."""
    return {
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": f"{SCHEME}://",
        "RATELIMIT_STRATEGY": "moving-window",
        "RATELIMIT_STORAGE_OPTIONS": {
            "redis_url": settings.redis_url,
            "path": str(shared_file(settings)),
            "secret": settings.secret_key,
        },
    }


class FileCounter:
    """Counts over a moving window, exactly, however many processes do it at once.

    Each count opens the file anew, so that neither a fork nor a cleaner of old files can split the processes.

    Args:
        path: the file, made when it is first needed, for its owner alone.

    All methods raise OSError or sqlite3.Error when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, key: str, limit: int, seconds: int, amount: int) -> bool:
        """Count `amount` and return True, unless that makes more than `limit` within `seconds`."""
        now = clock.utc_now().timestamp()
        with self._open() as file:
            file.execute("DELETE FROM hits WHERE ends_at <= ?", (now,))
            if self._count(file, key, now - seconds) + amount > limit:
                return False
            file.executemany("INSERT INTO hits VALUES (?, ?, ?)", [(key, now, now + seconds)] * amount)
            return True

    def window(self, key: str, seconds: int) -> tuple[float, int]:
        """Return when the oldest count within `seconds` was made, and how many there are."""
        now = clock.utc_now().timestamp()
        with self._open() as file:
            oldest = file.execute(
                "SELECT min(taken_at) FROM hits WHERE key = ? AND taken_at > ?", (key, now - seconds)
            ).fetchone()[0]
            return oldest or now, self._count(file, key, now - seconds)

    def forget(self, key: str) -> None:
        """Forget what was counted under `key`."""
        with self._open() as file:
            file.execute("DELETE FROM hits WHERE key = ?", (key,))

    def remove(self) -> None:
        """Take the file away, and with it all that was counted."""
        self._path.unlink(missing_ok=True)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        connection = sqlite3.connect(self._path, timeout=_SECONDS_FOR_A_TURN, isolation_level=None)
        with closing(connection) as file:
            # Counts need not outlive the machine, so nothing waits for its disk.
            file.execute("PRAGMA synchronous=OFF")
            file.execute("BEGIN IMMEDIATE")
            for statement in (_TABLE, *_INDEXES):
                file.execute(statement)
            yield file
            file.execute("COMMIT")

    @staticmethod
    def _count(file: sqlite3.Connection, key: str, since: float) -> int:
        query = "SELECT count(*) FROM hits WHERE key = ? AND taken_at > ?"
        return int(file.execute(query, (key, since)).fetchone()[0])


class SharedStorage(Storage, MovingWindowSupport):
    """What Flask-Limiter counts in. Never raises: a booking must not fail for want of a counter."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012

    def __init__(
        self, uri: str, redis_url: str, path: str, secret: str, wrap_exceptions: bool = False
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._secret = secret.encode()
        self._redis = RedisStorage(
            redis_url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
        )
        self._file = FileCounter(Path(path))
        self._memory = MemoryStorage()
        self._rests_until = {"Redis": 0.0, "file": 0.0}

    @property
    def base_exceptions(self) -> type[Exception]:
        return RedisError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        hashed = self._hash(key)
        return self._first_that_answers(
            lambda: self._redis.acquire_entry(hashed, limit, expiry, amount),
            lambda: self._file.take(hashed, limit, expiry, amount),
            lambda: self._memory.acquire_entry(hashed, limit, expiry, amount),
        )

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        hashed = self._hash(key)
        return self._first_that_answers(
            lambda: self._redis.get_moving_window(hashed, limit, expiry),
            lambda: self._file.window(hashed, expiry),
            lambda: self._memory.get_moving_window(hashed, limit, expiry),
        )

    def clear(self, key: str) -> None:
        hashed = self._hash(key)
        self._first_that_answers(
            lambda: self._redis.clear(hashed),
            lambda: self._file.forget(hashed),
            lambda: self._memory.clear(hashed),
        )

    def reset(self) -> None:
        self._file.remove()
        self._memory.reset()
        with suppress(RedisError):
            self._redis.reset()

    def check(self) -> bool:
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError(_MOVING_ONLY)

    def get(self, key: str) -> int:
        raise NotImplementedError(_MOVING_ONLY)

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError(_MOVING_ONLY)

    def _hash(self, key: str) -> str:
        # Keys name addresses and accounts, which nobody needs to read here.
        return hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()

    def _first_that_answers(
        self, redis: Callable[[], _Answer], file: Callable[[], _Answer], memory: Callable[[], _Answer]
    ) -> _Answer:
        now = clock.utc_now().timestamp()
        for place, ask in (("Redis", redis), ("file", file)):
            if now < self._rests_until[place]:
                continue
            try:
                return ask()
            except (RedisError, OSError, sqlite3.Error) as error:
                self._rests_until[place] = now + _SECONDS_OF_REST
                why = "it is away" if job_queue.is_away(error) else frames_of(error)
                log.warning("limits are not counted in the %s: %s", place, why)
        return memory()
