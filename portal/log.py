"""Logging, the same in every process: one line an event, in UTC, with no personal data.

A line says when, how serious, which process, which module, in a web process the reference of the request,
which an error page shows, and what happened:

    2026-06-12T18:04:05.123Z ERROR web[4711] portal.shell.web reference=5f0c9a1e answering bookings.diary: …

An error is logged with its kind and every frame, and without its message, whose values may be a guest's.
"""

from __future__ import annotations

import errno
import logging
import re
import secrets
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from flask import g, has_request_context

_ROOT = Path(__file__).resolve().parent.parent
# What ends a line for some reader, or moves the cursor of a terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TRACEBACK = "Traceback (most recent call last):"
# Endless recursion has a thousand frames, of which the first and the last tell all.
_MOST_FRAMES = 60


def configure(process: str) -> None:
    """Log to standard error as `process`: our own events from INFO, everybody else's from WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(process))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("portal", "jobs"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    warnings.formatwarning = _one_line_warning
    sys.excepthook = _ended_by
    threading.excepthook = _thread_ended_by


class OneLine(logging.Formatter):
    """Keeps an event on one line, so that nothing typed into a field can forge a second one."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, process: str) -> None:
        """Take the name of the process, which each line begins with."""
        layout = f"%(asctime)s %(levelname)s {process}[%(process)d] %(name)s %(reference)s%(message)s"
        super().__init__(layout)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback, a library's own included, gives way to the frames."""
        record.reference = f"reference={reference()} " if has_request_context() else ""
        error = record.exc_info[1] if record.exc_info else None
        record.message, pasted, _ = _message(record).partition(_TRACEBACK)
        record.asctime = self.formatTime(record)
        line = self.formatMessage(record)
        error = error or (sys.exception() if pasted else None)
        if error is not None:
            line = f"{line.rstrip()}: {frames_of(error)}"
        return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), line)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Python's own complaint about values that do not fit would show them, on many lines.
        return str(record.msg)


def reference() -> str:
    """Return what marks this request's lines in the log, after `reference=`; an error page shows it."""
    found: str = g.setdefault("reference", secrets.token_hex(4))
    return found


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log that `what` came to an error that nobody foresaw."""
    log.error("%s: unexpected %s", what, frames_of(error))


def frames_of(error: BaseException) -> str:
    """Return the kind of an error and its frames, outermost first, then those of what caused it.

    No message and no line of source is among it, since both may hold what a person typed.
    """
    return "; caused by ".join(f"{_kind(one)} at {_frames(one.__traceback__)}" for one in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)


def _kind(error: BaseException) -> str:
    """Return the type's name, and the code by which SQLite and the operating system tell faults apart."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    number = error.errno if isinstance(error, OSError) else None
    code = getattr(error, "sqlite_errorname", None) or errno.errorcode.get(number or 0)
    return f"{name} ({code})" if code else name


def _frames(trace: TracebackType | None) -> str:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{_place(code.co_filename)}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    if len(frames) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        frames[half:-half] = [f"({len(frames) - 2 * half} more)"]
    return " > ".join(frames) or "unknown place"


def _place(file: str) -> str:
    """Return a file's path inside the project, or for a library's inside the folder it is imported from."""
    path = Path(file)
    folders = [Path(entry) for entry in sys.path if entry and path.is_relative_to(entry)]
    for folder in sorted({_ROOT, *folders}, key=lambda one: len(one.parts), reverse=True):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return file


def _one_line_warning(
    message: Warning | str,  # noqa: ARG001, it may quote a value
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,  # noqa: ARG001
) -> str:
    return f"{category.__name__} at {_place(filename)}:{lineno}"


def _ended_by(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        logging.getLogger("portal").critical("ended by %s", frames_of(error))


def _thread_ended_by(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        logging.getLogger("portal").critical("a thread was ended by %s", frames_of(ended.exc_value))
