"""Logging for the processes: one line an event, in UTC, with no personal data."""

from __future__ import annotations

import logging
import time


class OneLine(logging.Formatter):
    """Keep an event on one line, so that nothing typed into a field can forge a second one."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n").replace("\x1b", "\\x1b")


def configure() -> None:
    """Send our own events at INFO and everybody else's at WARNING to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("portal", "jobs"):
        logging.getLogger(name).setLevel(logging.INFO)
