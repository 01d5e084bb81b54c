"""Portals that one test after another may use, since making one costs more than most tests do."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from embedded import wait_until
from flask import Flask
from sqlalchemy import QueuePool

from portal import config, create_app
from portal.config import Settings
from portal.extensions import db, limiter
from tests.support.collector import spare_the_collector

MOST_KEPT = 12
ANSWERED_WITHIN_SECONDS = 5.0


def change_settings(app: Flask, **changes: object) -> None:
    """Change settings of a portal in the middle of a test; whoever borrows it next has them as they were."""
    app.extensions["settings"] = dataclasses.replace(config.of(app), **changes)


@dataclass(frozen=True)
class _Kept:
    """A portal, and what it held when it was new."""

    app: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]


class Apps:
    """Lends portals to tests: the same settings get the same portal, put back as it was when it was new.

    Each test gets a database of its own all the same: the address stays, what lies there is replaced. With
    the portal its engine is kept, and with that every statement that SQLAlchemy has compiled.
    """

    def __init__(self) -> None:
        self._kept: dict[Settings, _Kept] = {}

    @contextmanager
    def lend(self, settings: Settings) -> Iterator[Flask]:
        """Yield the portal of `settings`; its connections are closed afterwards."""
        kept = self._kept.pop(settings, None) or _make(settings)
        # There is one limiter, which heeds the portal that was made last and remembers what that one counted.
        limiter.enabled = settings.rate_limits
        if settings.rate_limits:
            limiter.reset()
        if not settings.rate_limits:
            self._keep(settings, kept)
        # A browser that is being closed may have asked something after the last test.
        _disconnect(kept.app)
        yield kept.app
        if settings.rate_limits:
            limiter.reset()
        limiter.enabled = False
        _disconnect(kept.app)
        for now, new in ((kept.app.config, kept.config), (kept.app.extensions, kept.extensions)):
            now.clear()
            now.update(new)

    def _keep(self, settings: Settings, kept: _Kept) -> None:
        self._kept[settings] = kept
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]


def _disconnect(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        pool = db.engine.pool
        # A thread that still answers somebody gives its connection back; to a pool that is gone it could not.
        if isinstance(pool, QueuePool):
            wait_until(lambda: pool.checkedout() == 0, ANSWERED_WITHIN_SECONDS)
        db.engine.dispose()


def _make(settings: Settings) -> _Kept:
    app = create_app(settings)
    spare_the_collector()
    return _Kept(app, dict(app.config), dict(app.extensions))
