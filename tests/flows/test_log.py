"""From what a person sees on a page to its line in the log of a real process, and what the lines hold."""

import dataclasses
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from embedded import wait_until
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from jobs import relay
from portal import database
from portal.extensions import db
from portal.shell import demo
from tests.flows.test_secrets import Visitor, rename
from tests.support.lines import LINE
from tests.support.nursery import ROOT
from tests.support.postgres import url
from tests.support.processes import environment
from tests.support.reading import read


def lines(processes, name):
    found = [LINE.fullmatch(line) for line in processes.log(name).splitlines()]
    assert all(found), processes.log(name)
    return found


def lines_about(processes, reference):
    return [line for line in lines(processes, "web") if line["reference"] == reference]


@contextmanager
def without(table):
    """Take a table away for a while, so that whatever reads it fails."""
    rename(table, f"{table}_away")
    yield
    rename(f"{table}_away", table)


@pytest.fixture
def visitor(live, processes):
    db.session.rollback()
    processes.start("web")
    visitor = Visitor(processes.settings.portal_url)
    visitor.post("/sign-in", "/sign-in", email=demo.MANAGER_EMAIL, password=demo.PASSWORD)
    return visitor


@pytest.mark.parametrize(
    ("path", "endpoint", "frame"),
    [
        ("/diary", "bookings.diary", r"portal/bookings/diary/views\.py:\d+ diary"),
        ("/w/w_demo", "public.pick", r"portal/widgets/\S+\.py:\d+ "),
    ],
)
def test_reference_on_an_error_page_leads_to_the_frames(visitor, processes, path, endpoint, frame):
    with without("bookings"), without("house_versions"), without("service_periods"):
        page = visitor.get(path)
    assert page.status_code == 500
    reference = read(page).one("span", data_test="reference").words
    failed, answered = lines_about(processes, reference)
    assert failed["level"] == "ERROR"
    assert failed["event"].startswith(f"answering {endpoint}: unexpected sqlalchemy.exc.")
    assert re.search(rf" > {frame}", failed["event"])
    assert "; caused by " in failed["event"]
    assert answered["event"] == f"answered 500 at {endpoint}"


def test_reference_of_what_is_not_there_and_of_a_form_out_of_date(visitor, processes):
    for page, event in (
        (visitor.get("/bookings/987654"), "answered 404 at bookings."),
        (visitor.web.post(f"{visitor.portal}/sign-out", timeout=10), "answered 400 at venues.sign_out"),
    ):
        reference = read(page).one("span", data_test="reference").words
        (line,) = lines_about(processes, reference)
        assert line["event"].startswith(event)


def test_answer_for_a_program_names_the_reference_too(visitor, processes):
    with without("bookings"):
        answer = visitor.web.get(
            f"{visitor.portal}/diary", headers={"Accept": "application/json"}, timeout=10
        )
    assert answer.status_code == 500
    assert lines_about(processes, answer.json()["reference"])[0]["level"] == "ERROR"


def test_web_server_logs_neither_senders_nor_what_they_sent(visitor, processes):
    place = tuple(processes.settings.portal_url.removeprefix("http://").split(":"))
    with socket.create_connection((place[0], int(place[1])), timeout=10) as connection:
        connection.sendall(b"GET /canary-8731 canary-8731\r\nX: canary-8731\r\n\r\n")
        assert b"400" in connection.recv(1000)
    assert wait_until(lambda: "a request could not be read" in processes.log("web"), seconds=10)
    assert "canary-8731" not in processes.log("web")
    assert "127.0.0.1" not in "".join(
        line for line in processes.log("web").splitlines() if "Listening at" not in line
    )
    assert lines(processes, "web")


def test_job_that_fails_leaves_its_frames_in_the_log_and_nothing_in_redis(live, processes, tmp_path):
    db.session.rollback()
    with without("outbox_entries"):
        processes.start("worker")
        processes.script(
            "from jobs.context import app\n"
            "from portal import job_queue\n"
            "with app().app_context(): assert job_queue.enqueue('write_back', 1)\n"
        )
        assert wait_until(lambda: "write_back 1: unexpected " in processes.log("worker"), seconds=20)
    (line,) = [line for line in lines(processes, "worker") if "write_back 1" in line["event"]]
    assert re.search(r" > portal/outbox/service\.py:\d+ hangs > ", line["event"])
    processes.stop()
    redis = b"".join(path.read_bytes() for path in tmp_path.rglob("appendonly*") if path.is_file())
    assert b"Traceback" not in redis


def test_command_that_fails_says_where_on_one_line(settings, app_context):
    db.session.rollback()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "set-password", demo.MANAGER_EMAIL]
    with without("staff"):
        ended = subprocess.run(
            [*command, "--password", "canary-password-8731"],
            cwd=ROOT,
            env=environment(settings),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    (line,) = map(LINE.fullmatch, ended.stderr.splitlines())
    assert line["process"] == "command"
    assert re.search(r" > portal/venues/service\.py:\d+ set_password > ", line["event"])
    assert "canary" not in ended.stderr
    assert demo.MANAGER_EMAIL not in ended.stderr


def test_relay_calls_no_other_fault_of_the_database_away(live, app, caplog):
    db.session.rollback()
    with without("outbox_entries"):
        relay.look(app)
    assert "away" not in caplog.text
    assert "a round: unexpected sqlalchemy.exc." in caplog.text
    assert "portal/outbox/service.py" in caplog.text


def test_relay_calls_a_postgresql_away_that_was_killed_and_finds_it_again(own_server, settings, apps, caplog):
    if own_server is None:
        pytest.skip("a SQLite file cannot be killed")
    with apps.lend(dataclasses.replace(settings, database_url=url(own_server.port, "rezzy"))) as app:
        relay.look(app)
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            own_server.kill()
            with pytest.raises(OperationalError) as lost:
                db.session.execute(text("SELECT 1"))
            db.session.rollback()
        assert database.is_away(lost.value)
        relay.look(app)
        relay.look(app)
        assert [record.message for record in caplog.records] == ["the database is away"] * 2
        own_server.start_again()
        caplog.clear()
        relay.look(app)
        assert not caplog.records
