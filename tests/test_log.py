"""What a line of the log says: where an error came from, and nothing of what people typed."""

import logging
import re
import sqlite3
import subprocess
import sys
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from redis import exceptions as redis_errors
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal import database, job_queue, log
from portal.log import OneLine, frames_of
from tests.support.lines import LINE

ROOT = Path(__file__).parents[1]
TYPED = "what a guest typed"


@pytest.fixture
def written():
    """A logger whose lines are kept as the processes write them."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    logger = logging.Logger("portal.kept")  # noqa: LOG001, one that no other test can reach
    handler = Kept()
    handler.setFormatter(OneLine("web"))
    logger.addHandler(handler)
    logger.lines = lines
    return logger


def look_up():
    raise KeyError(TYPED)


def book():
    try:
        look_up()
    except KeyError as error:
        raise ValueError(TYPED) from error


def caught(function) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError


def test_frames_say_file_line_and_function_of_each_cause():
    found = frames_of(caught(book))
    places = r"ValueError at tests/test_log\.py:\d+ caught > tests/test_log\.py:\d+ book; "
    causes = r"caused by KeyError at tests/test_log\.py:\d+ book > tests/test_log\.py:\d+ look_up"
    assert re.fullmatch(places + causes, found), found


def test_frames_hold_neither_message_nor_source():
    found = frames_of(caught(book))
    assert TYPED not in found
    assert "raise" not in found


def test_error_that_came_up_while_another_was_handled_names_both():
    def clumsy():
        try:
            look_up()
        except KeyError:
            1 / 0  # noqa: B018

    assert re.search(r"^ZeroDivisionError .*; caused by KeyError ", frames_of(caught(clumsy)))


def test_hidden_context_stays_hidden():
    def hiding():
        try:
            look_up()
        except KeyError:
            raise ValueError from None

    assert "KeyError" not in frames_of(caught(hiding))


def test_errors_that_cause_each_other_are_named_once():
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert frames_of(one) == "ValueError at unknown place; caused by KeyError at unknown place"


def test_endless_recursion_fits_on_a_line():
    def deeper():
        deeper()

    found = frames_of(caught(deeper))
    assert re.search(r"> \(\d+ more\) >", found)
    assert len(found) < 10_000


def test_libraries_are_named_as_they_are_imported():
    found = frames_of(caught(lambda: create_engine("sqlite:////nowhere/at/all.db").connect()))
    assert " > sqlalchemy/engine/" in found
    assert "site-packages" not in found


def test_code_of_the_machine_and_of_sqlite_is_named():
    assert frames_of(OSError(28, TYPED)).startswith("OSError (ENOSPC) at ")
    with closing(sqlite3.connect(":memory:")) as database:
        broken = caught(lambda: database.execute("SELECT * FROM nothing"))
    assert frames_of(broken).startswith("sqlite3.OperationalError (SQLITE_ERROR) at ")


def test_line_says_when_how_serious_who_and_what(written):
    written.warning("the queue is away")
    (line,) = written.lines
    assert LINE.fullmatch(line), line
    assert re.search(r"Z WARNING web\[\d+\] portal\.kept the queue is away$", line)


def test_no_value_makes_a_second_line(written):
    breaks = "".join(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029]))
    written.warning("one %s event", breaks)
    (line,) = written.lines
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert r"\n" in line


def test_trace_of_a_library_gives_way_to_frames(written):
    try:
        look_up()
    except KeyError:
        written.exception("it broke")
        written.error("it broke\n%s", traceback.format_exc())
    assert len(written.lines) == 2
    for line in written.lines:
        assert re.search(r"it broke(\\n)?: KeyError at tests/test_log\.py:\d+ ", line), line
        assert TYPED not in line


def test_lines_of_a_request_share_its_reference(written):
    app = Flask("portal")
    with app.test_request_context():
        shown = log.reference()
        written.warning("one")
        written.warning("two")
    with app.test_request_context():
        written.warning("another request")
    written.warning("no request")
    assert [f"reference={shown} " in line for line in written.lines] == [True, True, False, False]
    assert "reference=" in written.lines[2]
    assert "reference=" not in written.lines[3]


CLUMSY = """
import logging, threading, warnings
from portal.log import configure

configure("relay")

def look_up():
    raise KeyError("what a guest typed")

warnings.warn("what a guest typed")
logging.getLogger("portal.clumsy").error("%d of %s", "what a guest typed")
thread = threading.Thread(target=look_up)
thread.start()
thread.join()
look_up()
"""


def test_what_no_code_of_ours_catches_is_one_line_too():
    ended = subprocess.run(
        [sys.executable, "-c", CLUMSY], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    lines = [LINE.fullmatch(line) for line in ended.stderr.splitlines()]
    assert all(lines), ended.stderr
    warned, misfit, thread, end = (line["event"] for line in lines)
    assert warned == "UserWarning at <string>:10"
    assert misfit == "%d of %s"
    assert re.fullmatch(r"a thread was ended by KeyError at threading\.py:.* > <string>:8 look_up", thread)
    assert end == "ended by KeyError at <string>:15 <module> > <string>:8 look_up"
    assert TYPED not in ended.stderr


def test_database_that_fails_is_not_called_away(app_context):
    from portal.extensions import db

    with pytest.raises((OperationalError, ProgrammingError)) as failed:
        db.session.execute(text("SELECT * FROM nothing"))
    assert not database.is_away(failed.value)
    db.session.rollback()


def test_sqlite_file_that_cannot_be_opened_is_away(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/nowhere/portal.db")
    with pytest.raises(OperationalError) as failed:
        engine.connect()
    assert database.is_away(failed.value)


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (redis_errors.ConnectionError(), True),
        (redis_errors.TimeoutError(), True),
        (redis_errors.BusyLoadingError(), True),
        (redis_errors.AuthenticationError(), False),
        (redis_errors.ResponseError(), False),
        (redis_errors.OutOfMemoryError(), False),
    ],
)
def test_redis_that_refuses_is_not_called_away(error, away):
    assert job_queue.is_away(error) is away


SERVED = """
from datetime import timedelta
from types import SimpleNamespace
from gunicorn.config import Config
from portal.shell.server_log import ServerLog

settings = Config()
settings.set("accesslog", "-")
settings.set("access_log_format", "%(m)s %(U)s %(s)s")
log = ServerLog(settings)
path = "/w/w_demo/bookings/canary-8731-canary-8731"
environ = {
    "REQUEST_METHOD": "GET",
    "RAW_URI": path + "?name=canary",
    "PATH_INFO": path,
    "QUERY_STRING": "name=canary",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "203.0.113.7",
}
answer = SimpleNamespace(status="200 OK", sent=1, headers=[])
log.access(answer, SimpleNamespace(headers=[]), environ, timedelta(0))
try:
    raise OSError(5, "canary")
except OSError:
    log.exception("Error handling request %s %s", "GET", path)
"""


def test_web_server_names_no_address_of_a_request():
    served = subprocess.run(
        [sys.executable, "-c", SERVED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert served.returncode == 0, served.stderr
    (access,), (error,) = served.stdout.splitlines(), served.stderr.splitlines()
    assert LINE.fullmatch(access)["event"] == "GET /w/w_demo/bookings/… 200"
    assert LINE.fullmatch(error)["event"] == "Error handling request: OSError (EIO) at <string>:23 <module>"
