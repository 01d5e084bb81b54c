"""What a request says about itself on a way that no proxy of ours vouches for: believed from nobody."""

import http.client
import re
import socket

import pytest
from flask import request

from tests.support.tables import each_row

CANARY = "evil-8731.example"
SAID = [
    ("SCRIPT_NAME", "/w"),
    ("Script-Name", "/w"),
    ("X-Script-Name", "/w"),
    ("X-Forwarded-Prefix", "/w"),
    ("PATH_INFO", "/sign-in"),
    ("REMOTE_USER", "priya@greenroom.example"),
    ("REMOTE_ADDR", "203.0.113.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Protocol", "ssl"),
    ("X-Forwarded-Ssl", "on"),
    ("X-Forwarded-Scheme", "https"),
    ("X-Forwarded-Host", CANARY),
    ("X-Host", CANARY),
    ("X-Forwarded-Server", CANARY),
    ("X-Forwarded-Port", "8731"),
    ("X-Forwarded-For", "203.0.113.7"),
    ("X-Real-Ip", "203.0.113.7"),
    ("Forwarded", f"for=203.0.113.7;host={CANARY};proto=https"),
    ("X-Original-Url", "/sign-in"),
    ("X-Rewrite-Url", "/sign-in"),
    ("X-Http-Method-Override", "POST"),
]
PATHS = ["/sign-in", "/w/sign-in", "/diary", "/w/w_demo", "/embed.js", "/healthz"]


@pytest.fixture
def ask(live, processes):
    """Ask a real web process, and get what a browser would do with the answer."""
    processes.start("web")
    host, port = processes.settings.portal_url.removeprefix("http://").split(":")

    def ask(path, **headers):
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        kept = {
            name: value
            for name, value in answer.getheaders()
            if name not in {"Date", "Set-Cookie", "Connection"}
        }
        page = re.sub(r'(value="|content=")[^"]{20,}"|Reference <span.*?</span>', "", answer.read().decode())
        connection.close()
        return answer.status, kept, page

    return ask


def test_nothing_is_believed_of_what_a_request_says_about_its_way(ask):
    plain = {path: ask(path) for path in PATHS}
    assert plain["/sign-in"][0] == 200
    assert plain["/w/sign-in"][0] == 404
    believed = [
        (name, path) for name, value in SAID for path in PATHS if ask(path, **{name: value}) != plain[path]
    ]
    assert not believed


def test_a_line_of_the_proxy_protocol_is_no_request(ask, processes):
    place = processes.settings.portal_url.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=10) as connection:
        connection.sendall(
            b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_portal_stays_at_the_root_whatever_the_server_believes(client):
    answer = client.get("/sign-in", environ_overrides={"SCRIPT_NAME": "/w", "PATH_INFO": "/sign-in"})
    assert answer.status_code == 404


@pytest.mark.settings(trusted_proxies=1)
class TestBehindOneProxy:
    @each_row(
        "name, value, seen",
        [
            ("X-Forwarded-For", "198.51.100.9, 203.0.113.7", lambda: request.remote_addr == "203.0.113.7"),
            ("X-Forwarded-Proto", "http, https", lambda: request.scheme == "https"),
            ("X-Forwarded-Host", f"{CANARY}, book.example", lambda: request.host == "book.example"),
            ("X-Forwarded-Port", "8731", lambda: request.host == "localhost"),
            ("X-Forwarded-Prefix", "/w", lambda: request.root_path == ""),
            ("Forwarded", f"host={CANARY};proto=https", lambda: request.url == "http://localhost/healthz"),
        ],
    )
    def test_only_what_it_adds_last_is_believed(self, app, name, value, seen):
        with app.test_client() as client:
            assert client.get("/healthz", headers={name: value}).status_code == 200
            assert seen()
