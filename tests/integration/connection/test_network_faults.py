"""Visits and questions while Spektrix cannot be reached: what passes by itself and what does not (S08)."""

import socket

import pytest
from embedded import free_port
from flask import current_app

from tests.diagnosis.certificates import self_signed_server
from tests.people import TOM, TOM_ID
from tests.support.apps import change_settings


def use(address):
    change_settings(current_app, spektrix_url=address)


def nobody_knows_the_name(_sandbox, monkeypatch):
    ask = socket.getaddrinfo

    def unknown(host, *rest, **more):
        if host == "spektrix.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    use("https://spektrix.invalid")


def nobody_listens(_sandbox, _monkeypatch):
    use(f"http://127.0.0.1:{free_port()}")


def the_other_side_hangs_up(sandbox, _monkeypatch):
    sandbox.fault("*", "drop_connection")


def no_secure_connection_can_be_made(sandbox, _monkeypatch):
    use(sandbox.api_url.replace("http:", "https:"))


@pytest.fixture
def owed(stage, sandbox):
    """A visit to be sent and a basket to be asked about; returns their bookings, and what sets all right."""
    completed = stage.verified_booking()
    stage.complete(completed)
    booked = stage.book(TOM, sandbox.basket(TOM_ID), at=4)

    def mend():
        use(sandbox.api_url)
        sandbox.delete("faults")
        stage.skip_waits()
        stage.deliver()
        stage.deliver()
        assert stage.visit(completed).state == "confirmed"
        assert stage.link(booked).state == "verified"

    return completed, booked, mend


@pytest.mark.parametrize(
    "fault",
    [nobody_knows_the_name, nobody_listens, the_other_side_hangs_up, no_secure_connection_can_be_made],
    ids=lambda fault: fault.__name__,
)
def test_what_cannot_be_reached_is_tried_again_by_itself(stage, sandbox, owed, monkeypatch, fault):
    completed, booked, mend = owed
    fault(sandbox, monkeypatch)
    stage.deliver()
    for entry in (stage.visit(completed), stage.question(booked)):
        assert (entry.state, entry.reason) == ("retrying", "unreachable")
        assert entry.due_at is not None
    assert stage.integration.blocked_reason is None
    mend()


def test_a_wrong_certificate_stops_the_venue_with_its_own_reason(stage, sandbox, owed):
    """Nothing is sent past a certificate that is not right, however often it is tried."""
    completed, booked, mend = owed
    sandbox.delete("requests")
    use(self_signed_server())
    for _ in range(3):
        stage.skip_waits()
        stage.deliver()
        for entry in (stage.visit(completed), stage.question(booked)):
            assert (entry.state, entry.reason) == ("blocked", "certificate")
        assert stage.integration.blocked_reason == "certificate"
    assert stage.visit(completed).attempts == 0
    assert sandbox.requests() == []
    mend()
