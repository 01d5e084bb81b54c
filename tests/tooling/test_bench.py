"""bin/bench measures what it says, and says what it cannot measure."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread

import pytest
from benches.load import BadAnswer, press, request, rush
from benches.report import Figure, percentile, table
from sqlalchemy import create_engine, text

BENCH = Path(__file__).resolve().parents[2] / "bin" / "bench"


def bench(*options, seconds=110):
    return subprocess.run(
        [sys.executable, BENCH, *options], capture_output=True, text=True, timeout=seconds, check=False
    )


class Answering(BaseHTTPRequestHandler):
    """Answers 200 to everything but /missing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments):
        """Keep quiet."""


class Server(ThreadingMixIn, HTTPServer):
    """Takes several at once, and waits for them when it is closed."""


@pytest.fixture
def server_port():
    with Server(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.long
@pytest.mark.timeout(190)
def test_quick_run_prints_figures_of_what_was_asked_for_and_ends_well():
    ran = bench("--quick", "--only", "slots", "--only", "log", seconds=180)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "CPU per answer, ms" in ran.stdout
    assert "1.35 x floor or less" in ran.stdout
    assert "CPU of the page of 60 days, ms" in ran.stdout
    assert "Spektrix page, p95" in ran.stdout
    assert "held visits, p50" in ran.stdout
    assert "Memory" not in ran.stdout


@pytest.mark.long
@pytest.mark.timeout(250)
def test_quick_run_books_and_rushes_with_the_lock_and_without():
    ran = bench("--quick", "--only", "booking", seconds=240)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "CPU of a booking, ms" in ran.stdout
    assert "1 x 256 for 4 places, beyond" in ran.stdout
    assert "without the lock, beyond" in ran.stdout


def test_database_with_tables_is_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))

    ran = bench("--quick", "--only", "sizes", "--database", url)

    assert ran.returncode == 1
    assert ran.stderr == (
        "bench: The database has tables already. Name an empty one, since all in it is deleted after.\n"
    )
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM theirs")).scalar() == 0
    engine.dispose()


def test_load_counts_answers_and_their_time(server_port):
    found = press(server_port, ["/"], connections=1, seconds=0.2)

    assert found["answers"] > 1
    assert 0 < found["p50_ms"] <= found["p99_ms"]


def test_rush_sends_all_at_once_and_counts_what_came_back(server_port):
    found = rush(server_port, ["/", "/missing", "/"])

    assert found["statuses"] == {200: 2, 404: 1}
    assert len(found["waits_ms"]) == 3


def test_form_is_posted_as_the_widgets_page_does_from_an_address_of_its_own():
    sent = request("/w/x/bookings name=Ada", 80, number=258).decode().split("\r\n")

    assert sent[0] == "POST /w/x/bookings HTTP/1.1"
    assert {"X-Forwarded-For: 10.0.1.2", "HX-Request: true", "Content-Length: 8"} < set(sent)
    assert sent[-1] == "name=Ada"


def test_load_stops_at_an_answer_that_is_no_answer(server_port):
    with pytest.raises(BadAnswer, match="404"):
        press(server_port, ["/", "/missing"], connections=1, seconds=5)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5), (0.95, 10), (0.99, 10), (0.1, 1)])
def test_percentile_is_a_value_that_was_seen(share, expected):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == expected


def test_table_says_what_was_missed_and_stays_quiet_without_a_goal():
    lines = table("Title", [Figure("a", "5", goal="4", reached=False), Figure("b", "6")]).splitlines()

    assert lines[2].split() == ["a", "5", "4", "MISSED"]
    assert lines[3].split() == ["b", "6"]
