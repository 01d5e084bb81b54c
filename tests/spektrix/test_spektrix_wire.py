"""What arrives over real sockets: too slow, too long, cut, forged, or from the wrong place."""

import datetime as dt
import gzip
import ipaddress
import logging
import socket
import ssl
import struct
import time
import tracemalloc

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.spektrix.errors import BodyCut, NotSpektrix, Redirected, ServerTrouble, TimedOut, Unreachable
from portal.spektrix.schemas import AttributeUpdate

GOOD = b'{"id": "I-1", "attribute_X": 1}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
UPDATE = AttributeUpdate(
    "attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", "attribute_NumberOfRestaurantVisits", 7
)
DEADLINE = 0.5
# A call without the deadline would hang for the whole drip, so even a busy machine tells them apart.
DRIP_SECONDS = 8
SOON = 4


def answer(body=GOOD, extra=b""):
    return HEAD + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body


def dripping(before, drops):
    """An answer whose tail comes at twenty bytes a second; each byte alone is in time."""

    def drip(connection, server):
        connection.sendall(before)
        ends = time.monotonic() + DRIP_SECONDS
        while time.monotonic() < ends and not server.stopped.is_set():
            connection.sendall(drops)
            server.pause(0.05)

    return drip


def silent(_connection, server):
    server.pause(DRIP_SECONDS)


def assert_times_out(client):
    started = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        client.customer_by_id("I-1")
    assert time.monotonic() - started < SOON
    return caught.value


def test_good_answer_is_read(make_client, serve):
    server = serve(answer())
    assert make_client(server.url).customer_by_id("I-1").attributes == {"attribute_X": 1}


def test_chunked_answer_is_read(make_client, serve):
    server = serve(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD))
    assert make_client(server.url).customer_by_id("I-1").id == "I-1"


def test_compressed_answer_is_read(make_client, serve):
    server = serve(answer(gzip.compress(GOOD), b"Content-Encoding: gzip\r\n"))
    assert make_client(server.url).customer_by_id("I-1").id == "I-1"


def test_connection_is_kept_for_the_next_call_and_cookies_are_not(make_client, serve):
    def polite(connection, _server):
        connection.sendall(answer(extra=b"Set-Cookie: session=1; Path=/\r\n"))
        return True

    server = serve(polite)
    client = make_client(server.url)
    client.customer_by_id("I-1")
    client.update_attributes("I-1", UPDATE)
    assert (server.connections, len(server.requests)) == (1, 2)
    assert b"Cookie" not in server.requests[1]


def test_each_answer_on_a_kept_connection_has_the_whole_time(make_client, serve):
    def unhurried(connection, server):
        server.pause(0.15)
        connection.sendall(answer())
        return True

    client = make_client(serve(unhurried).url, timeout_seconds=0.6)
    for _ in range(6):
        assert client.customer_by_id("I-1").id == "I-1"


def test_silent_server_ends_at_the_deadline(make_client, serve):
    assert assert_times_out(make_client(serve(silent).url, timeout_seconds=DEADLINE)).status is None


def test_dripping_body_ends_at_the_deadline(make_client, serve):
    server = serve(dripping(HEAD + b"Content-Length: 1000\r\n\r\n{", b" "))
    assert assert_times_out(make_client(server.url, timeout_seconds=DEADLINE)).status == 200


def test_late_byte_does_not_start_the_time_anew(make_client, serve):
    def late(connection, server):
        server.pause(1.3)
        connection.sendall(b"H")
        server.pause(DRIP_SECONDS)

    started = time.monotonic()
    with pytest.raises(TimedOut):
        make_client(serve(late).url, timeout_seconds=1.5).customer_by_id("I-1")
    assert time.monotonic() - started < 2.5


def test_dripping_chunks_end_at_the_deadline(make_client, serve):
    server = serve(dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"))
    assert_times_out(make_client(server.url, timeout_seconds=DEADLINE))


@pytest.mark.parametrize(
    ("before", "drops"),
    [(b"", b"H"), (HEAD, b"x"), (HEAD, b"X-More: 1\r\n"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["status line", "one header", "many headers", "endless continue"],
)
def test_dripping_headers_end_at_the_deadline(make_client, serve, before, drops):
    assert_times_out(make_client(serve(dripping(before, drops)).url, timeout_seconds=DEADLINE))


def test_dripping_body_over_tls_ends_at_the_deadline(make_client, serve, certificate):
    server = serve(dripping(HEAD + b"Content-Length: 1000\r\n\r\n{", b" "), certificate.context)
    client = make_client(server.url, timeout_seconds=1.5)
    client._transport._session.verify = certificate.path
    assert assert_times_out(client).status == 200


def test_handshake_that_never_ends_is_a_time_out(make_client, serve):
    server = serve(silent)
    client = make_client(server.url.replace("http:", "https:"), timeout_seconds=DEADLINE)
    assert_times_out(client)


@pytest.mark.parametrize(
    "tail",
    [
        b"Content-Length: 1000\r\n\r\n" + GOOD,
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(GOOD), GOOD),
        b"Transfer-Encoding: chunked\r\n\r\nff\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\nnot hex\r\n",
    ],
    ids=["short", "no last chunk", "short chunk", "broken chunk"],
)
def test_answer_that_breaks_off_is_a_cut_body(make_client, serve, tail):
    with pytest.raises(BodyCut) as caught:
        make_client(serve(HEAD + tail).url).update_attributes("I-1", UPDATE)
    assert caught.value.status == 200


def test_reset_inside_the_body_is_a_cut_body(make_client, serve):
    def reset(connection, server):
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        server.pause(0.2)
        reset_on_close(connection)

    with pytest.raises(BodyCut):
        make_client(serve(reset).url).customer_by_id("I-1")


def test_endless_body_stops_at_the_limit(make_client, serve):
    def endless(connection, server):
        connection.sendall(HEAD + b"\r\n")
        while not server.stopped.is_set():
            connection.sendall(b" " * 65_536)

    with pytest.raises(NotSpektrix) as caught:
        make_client(serve(endless).url).customer_by_id("I-1")
    assert caught.value.reason == "too_large"


def test_body_of_exactly_the_limit_is_read(make_client, serve):
    url = serve(lambda connection, _server: connection.sendall(answer())).url
    assert make_client(url, max_bytes=len(GOOD)).customer_by_id("I-1").id == "I-1"
    with pytest.raises(NotSpektrix):
        make_client(url, max_bytes=len(GOOD) - 1).customer_by_id("I-1")


def test_compressed_bomb_stops_at_the_limit_in_little_memory(make_client, serve):
    bomb = gzip.compress(gzip.compress(b" " * 200_000_000, 1), 1)
    server = serve(answer(bomb, b"Content-Encoding: gzip, gzip\r\n"))
    tracemalloc.start()
    try:
        with pytest.raises(NotSpektrix) as caught:
            make_client(server.url).customer_by_id("I-1")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "too_large"


def test_broken_compression_is_malformed(make_client, serve):
    server = serve(answer(b"this is not gzip", b"Content-Encoding: gzip\r\n"))
    with pytest.raises(NotSpektrix) as caught:
        make_client(server.url).customer_by_id("I-1")
    assert caught.value.reason == "malformed"


@pytest.mark.parametrize(
    "location", [b"/thetheatre/api/v3/customers/I-1", b"http://[bad", b"//", b"\xff\xfe", b""]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(make_client, serve, status, location):
    head = b"HTTP/1.1 %d Moved\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % (status, location)
    server = serve(head)
    with pytest.raises(Redirected) as caught:
        make_client(server.url).update_attributes("I-1", UPDATE)
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("line", [b"302 Found\r\nLocation: /login", b"503 Busy"])
def test_body_of_a_refusal_is_not_waited_for(make_client, serve, line):
    server = serve(dripping(b"HTTP/1.1 %b\r\nContent-Length: 1000\r\n\r\n" % line, b"x"))
    started = time.monotonic()
    with pytest.raises((Redirected, ServerTrouble)):
        make_client(server.url, timeout_seconds=DRIP_SECONDS).customer_by_id("I-1")
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
    ids=["another protocol", "no status", "too many headers", "endless header", "two lengths"],
)
def test_what_is_not_http_is_not_spektrix(make_client, serve, garbage):
    with pytest.raises(NotSpektrix) as caught:
        make_client(serve(garbage).url).customer_by_id("I-1")
    assert caught.value.reason == "not_http"


def test_refused_connection_is_unreachable(make_client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert unreachable_kind(make_client(f"http://127.0.0.1:{port}")) == "refused"


def test_unknown_host_is_unreachable(make_client, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert unreachable_kind(make_client("https://spektrix.invalid")) == "dns"


def test_reset_before_the_answer_is_unreachable(make_client, serve):
    server = serve(lambda connection, _server: reset_on_close(connection))
    assert unreachable_kind(make_client(server.url)) == "reset"


def test_connection_closed_without_a_word_is_unreachable(make_client, serve):
    server = serve(b"")
    assert unreachable_kind(make_client(server.url)) == "reset"
    assert len(server.requests) == 1


def test_plain_server_on_a_tls_address_is_unreachable(make_client, serve):
    def plain(connection, _server):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = serve(plain)
    server_url = server.url.replace("http:", "https:")
    # A handshake holds no blank line, so the raw server must not wait for one.
    server._talk = lambda connection: plain(connection, server)
    assert unreachable_kind(make_client(server_url)) == "tls"


def test_certificate_nobody_vouches_for_is_unreachable_and_stays_so(make_client, serve, certificate):
    server = serve(answer(), certificate.context)
    with pytest.raises(Unreachable) as caught:
        make_client(server.url).customer_by_id("I-1")
    assert (caught.value.kind, caught.value.retryable) == ("certificate", False)
    assert server.requests == []


def test_certificate_for_another_name_is_unreachable(make_client, serve, certificate):
    server = serve(answer(), certificate.context)
    client = make_client(server.url.replace("127.0.0.1", "localhost"))
    client._transport._session.verify = certificate.path
    assert unreachable_kind(client) == "certificate"


def test_surroundings_change_nothing(make_client, serve, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password stranger\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "absent.pem"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = serve(answer(b"[]"))
    make_client(server.url).probe_client_name()
    assert b"Authorization" not in server.requests[0]


def test_no_log_line_holds_an_id(make_client, serve, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(HEAD + b"no colon here\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(NotSpektrix):
        make_client(server.url).customer_by_email("canary@example.org")
    with pytest.raises(NotSpektrix):
        make_client(server.url).basket_by_id("90412ACANARY")
    assert "canary" not in caplog.text.lower()


def unreachable_kind(client):
    with pytest.raises(Unreachable) as caught:
        client.customer_by_id("I-1")
    assert caught.value.status is None
    return caught.value.kind


def reset_on_close(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Certificate:
    """A self-signed certificate for 127.0.0.1 alone."""

    def __init__(self, folder):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.path = str(folder / "certificate.pem")
        (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
        (folder / "both.pem").write_bytes(certificate.public_bytes(pem) + secret)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "both.pem")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("tls"))
