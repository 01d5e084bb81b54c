"""A theatre whose two lists a test writes by hand, for what the sandbox's programme cannot be."""

import contextlib
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from portal.extensions import db
from tests import factories

OTHELLO = {"id": "1AB", "name": "Othello", "duration": 155}
CONCERT = {"id": "2AB", "name": "Winter Concert", "duration": 0}


def instance(instance_id="9AB", start="2026-06-12T18:30:00", event="1AB", **fields):
    """One record of the list of performances; `start` is in UTC."""
    return {"id": instance_id, "event": {"id": event}, "startUtc": start, "cancelled": False} | fields


class Theatre:
    """Answers `events` and `performances`, whoever asks; `before` is called ahead of each answer."""

    def __init__(self):
        self.start_anew()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answers, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def start_anew(self):
        self.events = [OTHELLO, CONCERT]
        self.performances = [instance()]
        self.asked = []
        self.before = lambda _path: None

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class Answers(BaseHTTPRequestHandler):
    """One request to the theatre."""

    def __init__(self, theatre, *connection):
        self.theatre = theatre
        super().__init__(*connection)

    def do_GET(self):
        path = urlsplit(self.path).path
        self.theatre.asked.append(self.path)
        self.theatre.before(path)
        records = self.theatre.events if path.endswith("/events") else self.theatre.performances
        body = json.dumps(records).encode()
        # Whoever asks may have given up meanwhile.
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def theatre_server():
    """One address for all tests, so that they may share a portal."""
    server = Theatre()
    yield server
    server.close()


@pytest.fixture
def theatre(theatre_server):
    theatre_server.start_anew()
    return theatre_server


@pytest.fixture
def settings_here(request):
    """The hand-written theatre is Spektrix where a test has one."""
    return (
        {"spektrix_url": request.getfixturevalue("theatre").url} if "theatre" in request.fixturenames else {}
    )


@pytest.fixture
def venue(app):
    """A venue that is connected and paused: its programme is read all the same."""
    with app.app_context():
        venue = factories.make_venue()
        factories.connect_spektrix(venue, active=False)
        return venue


@pytest.fixture
def statements(app):
    """Collect the statements that the portal sends to its database."""
    made = []

    def note(_connection, _cursor, statement, *_rest):
        made.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield made
    event.remove(engine, "before_cursor_execute", note)
