"""The web server's own log lines, in the form of ours and without anybody's address."""

from __future__ import annotations

import re
import sys
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from portal.log import OneLine, configure

# A booking's token opens it, so no path with one is logged whole.
_TOKEN = re.compile(r"/[\w-]{20,}(?=/|$)")


class ServerLog(Logger):
    """What gunicorn logs with; `gunicorn.conf.py` names it."""

    def setup(self, cfg: Config) -> None:
        """Prepare gunicorn's log and ours, before any worker is born."""
        super().setup(cfg)
        configure("web")
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(OneLine("web"))

    def warning(self, msg: str, *args: object, **kwargs: Any) -> None:
        """Log a warning; one about a request that cannot be read names its sender and quotes it."""
        if msg.startswith("Invalid request"):
            error = sys.exception()
            msg, args = "a request could not be read: %s", (type(error).__name__,)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        """Log the error in hand; what gunicorn says beside it is the request's address."""
        super().exception(msg.partition(" %s")[0] if args else msg, **kwargs)

    def atoms(self, *of_the_request: Any) -> dict[str, Any]:
        """Return what a line of the access log may name."""
        named: dict[str, Any] = super().atoms(*of_the_request)
        return named | {"U": _TOKEN.sub("/…", named["U"] or "")}
