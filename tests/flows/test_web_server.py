"""The web server's worker before a small app: what it gathers, whom it cuts off, and whom it waits for."""

import http.client
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import gunicorn.http.body
import pytest
from embedded import free_port, wait_until
from gunicorn.config import Config
from hypothesis import given, strategies as st

from portal.shell.assembly import LARGEST_BODY_BYTES
from portal.shell.server_connection import LONGEST_BODY, Connection, end_of_chunks
from tests.support.families import kill_family
from tests.support.nursery import ROOT, nursery
from tests.support.processes import BIN, environment
from tests.support.slow_people import WAYS, slow_people

pytestmark = [pytest.mark.timeout(240), pytest.mark.one_database]
# A hundredth of the patience makes these tests short; the worker reads both when it waits.
QUICK = f"""
exec(open({str(ROOT / "gunicorn.conf.py")!r}).read())
from portal.shell import server_worker
server_worker.PATIENCE_SECONDS = 1.0
server_worker.LEAST_BYTES = 2048
keepalive = 1
threads = 2
worker_connections = 40
"""
APP = """
import time

def app(environ, start_response):
    name, _, number = environ["PATH_INFO"][1:].partition("-")
    said = environ["REQUEST_METHOD"].encode() + b" " + environ["wsgi.input"].read()
    if name == "big":
        said = b"x" * int(number)
    if name == "slow":
        time.sleep(float(number))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
    return [said]
"""
SHORT = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class Server:
    """One worker of two threads at `place`."""

    def __init__(self, folder, settings):
        self.place = ("127.0.0.1", free_port())
        (folder / "quick.py").write_text(QUICK)
        (folder / "small.py").write_text(APP)
        options = ["--config", str(folder / "quick.py"), "--pythonpath", str(folder), "--workers", "1"]
        self.log = folder / "web.log"
        self.process = nursery().bear(
            [str(BIN / "gunicorn"), "small:app", *options, "--bind", "{}:{}".format(*self.place)],
            environment(settings),
            self.log,
        )
        assert wait_until(self._answers, seconds=45), self.log.read_text()

    def _answers(self):
        try:
            return self.get("/") == b"GET "
        except OSError:
            return False

    def get(self, path):
        connection = http.client.HTTPConnection(*self.place, timeout=10)
        connection.request("GET", path)
        with connection.getresponse() as answer:
            body = answer.read()
        connection.close()
        return body

    def connect(self, *, room=None):
        visitor = socket.socket()
        visitor.settimeout(10)
        if room:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        visitor.connect(self.place)
        return visitor

    def ask(self, *pieces, wait=0.0):
        """Send pieces with a pause between them and read until the server closes."""
        with self.connect() as visitor:
            for piece in pieces:
                visitor.sendall(piece)
                time.sleep(wait)
            return read_all(visitor)


def read_all(visitor, *, piece=65_536, wait=0.0):
    read = b""
    while more := visitor.recv(piece):
        read += more
        time.sleep(wait)
    return read


def bodies(answers):
    """Return status and body of answers that came one after the other."""
    found = []
    while answers:
        head, _, answers = answers.partition(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
        found.append((int(head.split()[1]), answers[:length]))
        answers = answers[length:]
    return found


@pytest.fixture
def server(tmp_path, settings):
    started = Server(tmp_path, settings)
    yield started
    kill_family(started.process.pid)
    started.process.wait(timeout=10)


def test_slow_people_of_each_way_hold_nobody_up_and_are_cut_off(server):
    for name, way in WAYS.items():
        with slow_people(server.place, [way] * 20) as people:
            began = time.monotonic()
            assert server.get("/") == b"GET ", name
            assert time.monotonic() - began < 1, name
            assert wait_until(lambda people=people: not people.held(), seconds=30), name
    assert "ERROR" not in server.log.read_text()


def test_slow_sender_is_told(server):
    refusal = (408, b"This request came too slowly. Send it again.")
    assert bodies(server.ask(SHORT[:-2])) == [refusal]
    assert bodies(server.ask(CHUNKED, b"5\r\nab")) == [refusal]


def test_whoever_says_nothing_is_told_nothing(server):
    assert server.ask() == b""


def test_slow_visitors_who_come_on_are_waited_for(server):
    body = b"a" * 12_000
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    pieces = [body[at : at + 1500] for at in range(0, len(body), 1500)]
    assert bodies(server.ask(head, *pieces, wait=0.3)) == [(200, b"POST " + body)]
    for size, room, wait in ((8_000_000, 65_536, 0.03), (200_000, 4096, 0.05)):
        with server.connect(room=room) as visitor:
            visitor.sendall(b"GET /big-%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % size)
            assert bodies(read_all(visitor, wait=wait)) == [(200, b"x" * size)]


def test_answers_that_nobody_takes_hold_no_thread(server):
    people = [server.connect(room=2048) for _ in range(6)]
    for one in people:
        one.sendall(b"GET /big-8000000 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert server.get("/") == b"GET "
    for one in people:
        one.close()


def test_request_may_come_in_any_pieces(server):
    request = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"

    def split(at):
        return bodies(server.ask(request[:at], request[at:], wait=0.01))

    with ThreadPoolExecutor(8) as visitors:
        assert list(visitors.map(split, range(1, len(request)))) == [[(200, b"POST abc")]] * (
            len(request) - 1
        )


def test_chunks_are_put_together(server):
    for body, said in (
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3;name=value\r\nabc\r\nA\r\n0123456789\r\n00\r\nX-A: b\r\n\r\n", b"abc0123456789"),
        (b"0\r\n\r\n", b""),
    ):
        answers = server.ask(CHUNKED, body, SHORT[:-2] + b"Connection: close\r\n\r\n")
        assert bodies(answers) == [(200, b"POST " + said), (200, b"GET ")]


def _with(*lines):
    return b"\r\n".join((b"POST / HTTP/1.1", b"Host: a", *lines, b"", b""))


def test_what_cannot_be_read_is_refused_at_once(server):
    for request, status in (
        (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0\r\nno header\r\n\r\n", 400),
        (CHUNKED + b"ffffff\r\n" + b"a" * (LONGEST_BODY + 100), 413),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000, 431),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"\r\n\r\n\r\n", 400),
        # Whatever a proxy might read in another way, so that what is behind would be another request.
        (CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
        (CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (_with(b"Transfer-Encoding: identity"), 400),
        (_with(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n", 400),
        (_with(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n", 501),
        (_with(b"Transfer-Encoding : chunked") + b"0\r\n\r\n", 400),
        (_with(b"Transfer_Encoding: chunked", b"Content-Length : 3") + b"abc", 400),
        (_with(b"X: a", b" b"), 400),
        (_with(b"X: a\nContent-Length: 3") + b"abc", 400),
        (_with(b"X: a\rContent-Length: 3") + b"abc", 400),
        (_with(b"X: a\0b"), 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX: a\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        *((_with(b"Content-Length: " + length), 400) for length in (b"+3", b"3,3", b"0x3", b"3 3", b"\xb2")),
        (_with(b"Content-Length: 3", b"Content-Length: 3") + b"abc", 400),
        (_with(b"Host: b"), 400),
        (_with(b"Expect: 200-ok"), 417),
        *(
            (CHUNKED + size + b"\r\nabc\r\n0\r\n\r\n", 400)
            for size in (b"0x3", b"+3", b"3 ", b" 3", b"0_3", b"3;=")
        ),
        (CHUNKED + b"3;" + b"a" * 9_000 + b"\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED + b"3;" + b"a" * 9_000, 400),
        (CHUNKED + b"3\nabc\n0\n\n" + b"a" * 9_000, 400),
        (CHUNKED + b"0\r\nContent-Length: 3\r\n\r\n", 400),
        (CHUNKED + b"0\r\nX: " + b"a" * 9_000, 400),
        # More than is taken of each.
        (_with(*(b"X-%d: a" % number for number in range(101))), 431),
        (_with(b"X: " + b"a" * 9_000), 431),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ):
        with server.connect() as visitor:
            visitor.sendall(request)
            assert int(visitor.recv(65_536).split()[1]) == status, request[:100]
    assert "ERROR" not in server.log.read_text()
    assert "cut off" not in server.log.read_text()


def test_body_that_is_too_long_is_left_to_the_portal_unread(server):
    assert LONGEST_BODY > LARGEST_BODY_BYTES
    request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    assert bodies(server.ask(request % (LONGEST_BODY + 1) + b"a" * 1000, SHORT)) == [(200, b"POST ")]
    whole = request % LONGEST_BODY + b"a" * LONGEST_BODY
    assert [status for status, _ in bodies(server.ask(whole, SHORT))] == [200, 200]


def test_requests_that_come_together_are_answered_in_their_order(server):
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    together = bodies(server.ask(SHORT + post + SHORT + CHUNKED + b"1\r\na\r\n0\r\n\r\n" + post))
    assert [body for _, body in together] == [b"GET ", b"POST abc", b"GET ", b"POST a", b"POST abc"]


def test_visitor_who_waits_to_be_asked_for_the_body_is_asked(server):
    with server.connect() as visitor:
        visitor.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert visitor.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        visitor.sendall(b"abc")
        assert bodies(read_all(visitor)) == [(200, b"POST abc")]


@pytest.mark.parametrize(
    ("framing", "body", "said"),
    [
        (b"Content-Length: 2", b"ab", b"ab"),
        (b"Content-Length: 0", b"", b""),
        (b"Transfer-Encoding: chunked", b"2\r\nab\r\n0\r\n\r\n", b"ab"),
        (b"X: no body", b"", b""),
        (b"Content-Length: 2000000", b"", b""),
        (b"Content-Length: 2000000", b"a" * 1000, b""),
    ],
)
def test_visitor_who_need_not_be_asked_for_the_body_gets_the_answer_alone(server, framing, body, said):
    request = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n"
    assert bodies(server.ask(request + framing + b"\r\n\r\n" + body)) == [(200, b"POST " + said)]


def test_visitor_who_waits_to_be_asked_in_vain_is_told_why(server):
    expecting = CHUNKED.replace(b"Host", b"Expect: 100-continue\r\nHost")
    with server.connect() as visitor:
        visitor.sendall(expecting)
        assert visitor.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        visitor.sendall(b"ffffff\r\n" + b"a" * LONGEST_BODY)
        told = b"This request is too long. Shorten it and send it again."
        assert bodies(read_all(visitor)) == [(413, told)]
    ((status, told),) = bodies(server.ask(expecting.replace(b"100-continue", b"200-ok")))
    assert status == 417
    assert b"200-ok" in told


def test_old_browsers_may_stay(server):
    request = b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"
    assert bodies(server.ask(request * 3)) == [(200, b"POST abc")] * 3


def test_body_of_a_head_is_no_next_request(server):
    head = b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    answers = server.ask(head + SHORT[:-2] + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.endswith(b"\r\n\r\nGET ")


def test_many_requests_at_once_are_all_answered(server):
    with server.connect() as visitor, ThreadPoolExecutor(1) as sender:
        sent = sender.submit(visitor.sendall, SHORT * 2_000 + SHORT[:-2] + b"Connection: close\r\n\r\n")
        assert bodies(read_all(visitor)) == [(200, b"GET ")] * 2_001
        sent.result()


def test_body_of_very_many_chunks_is_read_in_a_thread_and_copied_a_few_times(monkeypatch):
    """Read with all that follows at hand, gunicorn copies the rest of the body for each chunk."""
    copied = 0

    def counting(data=b""):
        nonlocal copied
        copied += len(data)
        return bytearray(data)

    monkeypatch.setattr(gunicorn.http.body, "bytearray", counting, raising=False)
    body = b"1\r\na\r\n" * 21_000 + b"0\r\n\r\n"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        with ThreadPoolExecutor(1) as sender:
            sender.submit(theirs.sendall, CHUNKED + body)
            ours.setblocking(True)
            while not connection.is_ready():
                connection.receive()
        assert copied == 0
        assert connection.whole_request().body.read() == b"a" * 21_000
        assert copied < 100 * len(body)
        connection.close(is_answer_lost=False)


def test_old_browsers_and_heads_alone_are_answered(server):
    assert bodies(server.ask(b"GET / HTTP/1.0\r\n\r\n")) == [(200, b"GET ")]
    assert server.ask(b"HEAD / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n")


def test_more_people_than_there_is_room_for_keep_nobody_out(server):
    with slow_people(server.place, [WAYS["never end a body"]] * 300):
        assert [server.get("/") for _ in range(5)] == [b"GET "] * 5


def test_stop_answers_what_was_asked_and_waits_for_no_slow_people(server):
    with ThreadPoolExecutor(1) as visitors, slow_people(server.place, list(WAYS.values())):
        asked = visitors.submit(server.get, "/slow-1.5")
        time.sleep(0.5)
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        assert asked.result() == b"GET "
        assert server.process.wait(timeout=15) == 0
        assert time.monotonic() - began < 10


CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=5)


@given(chunks=CHUNKS, trailers=st.sampled_from([b"", b"A: b\r\n"]), behind=st.binary(max_size=20))
def test_end_of_chunks_is_found_wherever_the_pieces_part(chunks, trailers, behind):
    whole = (
        b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"
    )
    at = 0
    for length in range(len(whole)):
        at, is_end = end_of_chunks(bytearray(whole[:length]), at)
        assert not is_end
    assert end_of_chunks(bytearray(whole + behind), at) == (len(whole), True)
