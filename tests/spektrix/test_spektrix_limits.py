"""A budget of time over several calls, and connections to public addresses alone (X11)."""

import socket

import pytest

from portal.spektrix.errors import TimedOut, Unreachable
from portal.spektrix.public_hosts import is_public

PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::a00:1",
    "fec0::1",
]


@pytest.fixture
def lead_to(monkeypatch):
    """Lets every host name lead to these addresses; a connection made fails the test."""

    def connect(address, *_args, **_kwargs):
        raise AssertionError(f"connected to {address}")

    def lead(*addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
        monkeypatch.setattr("portal.spektrix.public_hosts.create_connection", connect)

    return lead


def kind_of(client):
    with pytest.raises(Unreachable) as caught:
        client.probe_client_name()
    return caught.value.kind


@pytest.mark.parametrize("address", PRIVATE)
def test_no_connection_is_made_to_an_address_that_is_not_public(make_client, lead_to, address):
    assert not is_public(address)
    lead_to(address)
    assert kind_of(make_client("https://tickets.theatre.org", public_only=True)) == "not_public"


def test_one_private_address_among_public_ones_is_enough_to_refuse(make_client, lead_to):
    lead_to("93.184.215.14", "10.0.0.1")
    assert kind_of(make_client("https://tickets.theatre.org", public_only=True)) == "not_public"


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_connected_to(make_client, monkeypatch, lead_to, address):
    lead_to(address)
    asked = []

    def refuse(target, *_args, **_kwargs):
        asked.append(target)
        raise ConnectionRefusedError

    monkeypatch.setattr("portal.spektrix.public_hosts.create_connection", refuse)
    assert kind_of(make_client("https://tickets.theatre.org", public_only=True)) == "refused"
    assert asked == [(address, 443)]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1"])
def test_spellings_of_this_machine_are_refused(make_client, host):
    assert kind_of(make_client(f"https://{host}", public_only=True)) == "not_public"


def test_plain_http_is_never_used_for_a_typed_host(make_client):
    assert kind_of(make_client("http://tickets.theatre.org", public_only=True)) == "other"


def test_a_call_gets_no_more_time_than_is_left(make_client, serve):
    server = serve(lambda _connection, server: server.pause(5))
    client = make_client(server.url, timeout_seconds=5, time_left=lambda: 0.2)
    with pytest.raises(TimedOut):
        client.probe_client_name()


def test_with_no_time_left_nothing_is_sent(make_client, requests_mock):
    with pytest.raises(TimedOut):
        make_client(time_left=lambda: 0.0).probe_client_name()
    assert requests_mock.call_count == 0
