"""The one maker of Spektrix clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app

from portal import clock
from portal.extensions import db
from portal.integration.models import Integration
from portal.outbox.service import Call
from portal.spektrix.client import CallRecord, SpektrixClient


class TransactionOpen(RuntimeError):
    """A call to Spektrix was about to leave while a database transaction was open."""


@dataclass(frozen=True)
class Credentials:
    """What signs a call, copied out of the database before the call. Its repr shows no secret."""

    client_name: str
    api_user: str
    api_key: str

    def __repr__(self) -> str:
        return f"Credentials(client_name={self.client_name!r})"


def credentials_of(integration: Integration) -> Credentials:
    """Copy the saved credentials. Raises CannotDecrypt when the key was saved under a lost encryption key."""
    return Credentials(integration.client_name, integration.api_user, integration.api_key)


@contextmanager
def spektrix(credentials: Credentials, calls: list[Call]) -> Iterator[SpektrixClient]:
    """Open a client for one piece of work; each call made is added to `calls`.

    Raises TransactionOpen from a call made while the session has a transaction open.
    """
    settings = current_app.extensions["settings"]
    client = SpektrixClient(
        settings.spektrix_url,
        credentials.client_name,
        credentials.api_user,
        credentials.api_key,
        timeout_seconds=settings.spektrix_timeout_seconds,
        clock=clock.utc_now,
        before_call=_refuse_open_transaction,
        after_call=lambda record: calls.append(_as_call(record)),
    )
    with client:
        yield client


def _refuse_open_transaction() -> None:
    if db.session().in_transaction():
        raise TransactionOpen("commit before calling Spektrix")


def _as_call(record: CallRecord) -> Call:
    return Call(record.call, record.status, record.outcome, record.duration_ms, clock.utc_now())
