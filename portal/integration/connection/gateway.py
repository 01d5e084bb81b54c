"""The one maker of Spektrix clients. Whoever calls through it sees codes, and no error of the client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import TypeVar

from sqlalchemy import select, update

from portal import clock, config
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection import domains
from portal.integration.connection.failures import (
    CallFailed,
    RecordMissing,
    code_of_domain,
    code_of_list,
    failure_of,
)
from portal.integration.connection.models import Integration
from portal.outbox.delivering import Call
from portal.outbox.models import ANSWERED
from portal.spektrix.client import CallRecord, SpektrixClient
from portal.spektrix.errors import SpektrixError
from portal.spektrix.feeds import EventRecord, Feed, PerformanceRecord
from portal.spektrix.schemas import AttributeValues, Basket, Customer

# Whole seasons come back at once (docs/spektrix.md section 7).
_LARGEST_FEED = 20_000_000

T = TypeVar("T")


class TransactionOpen(RuntimeError):
    """A call to Spektrix was about to leave while a database transaction was open."""


class Budget:
    """Seconds for all the calls of one piece of work, counted from its making, whoever makes them."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0 when none are."""
        return max(0.0, self._ends - time.monotonic())


@dataclass(frozen=True)
class Credentials:
    """What signs a call, copied out of the database before the call. Its repr shows no secret.

    Args:
        integration_id: of the row they came from, which keeps note of our clock; None for typed ones.
        generation: of that row when they were copied; it grows with every change of them.
        clock_skew_seconds: what is noted there.
    """

    client_name: str
    api_user: str
    api_key: str
    integration_id: int | None = None
    generation: int = 0
    clock_skew_seconds: int | None = None

    def __repr__(self) -> str:
        return f"Credentials(client_name={self.client_name!r})"


def credentials_of(integration: Integration) -> Credentials:
    """Copy the saved credentials. Raises CannotDecrypt when the key was saved under a lost encryption key."""
    return Credentials(
        integration.client_name,
        integration.api_user,
        integration.api_key,
        integration.id,
        integration.generation,
        integration.clock_skew_seconds,
    )


def unchanged(credentials: Credentials, *, lock: bool = False) -> Integration | None:
    """Return the row that the credentials were copied from, None where they were changed meanwhile.

    What Spektrix answered to them says nothing of other credentials, so it is saved nowhere else.
    """
    row = select(Integration).where(
        Integration.id == credentials.integration_id, Integration.generation == credentials.generation
    )
    if lock:
        row = row.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(row)


class Connection:
    """The calls of one piece of work. Each raises CallFailed, or RecordMissing for want of a record.

    The client's own methods say more about each call.
    """

    def __init__(self, client: SpektrixClient) -> None:
        self._client = client

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock is ahead of Spektrix's, where a call was refused for that alone."""
        return self._client.clock_skew

    def probe_client_name(self) -> None:
        with _as_failure():
            self._client.probe_client_name()

    def check_credentials(self) -> None:
        with _as_failure():
            self._client.check_credentials()

    def customer_by_email(self, email: str) -> Customer:
        with _as_failure():
            return self._client.customer_by_email(email)

    def customer_by_id(self, customer_id: str) -> Customer:
        with _as_failure():
            return self._client.customer_by_id(customer_id)

    def basket_by_id(self, basket_id: str) -> Basket:
        with _as_failure():
            return self._client.basket_by_id(basket_id)

    def update_attributes(self, customer_id: str, update: AttributeValues) -> None:
        with _as_failure():
            self._client.update_attributes(customer_id, update)


class Feeds:
    """The two public lists. Each raises CallFailed; a refusal says nothing of the API user."""

    def __init__(self, client: SpektrixClient) -> None:
        self._client = client

    def events(self, since: date) -> Feed[EventRecord]:
        with _as_failure(code_of_list):
            return self._client.events(since)

    def performances(self, since: date) -> Feed[PerformanceRecord]:
        with _as_failure(code_of_list):
            return self._client.performances(since)


def found(connection: Connection, ask: Callable[[], T]) -> T | None:
    """Return what `ask` finds, None where Spektrix has no such record (Q19).

    A 404 blames the record only once the client name is known to be right, and only if Spektrix itself said
    so. Raises CallFailed.
    """
    try:
        return ask()
    except CallFailed as failed:
        if failed.status != HTTPStatus.NOT_FOUND:
            raise
        connection.probe_client_name()
        if not isinstance(failed, RecordMissing):
            raise
        return None


@contextmanager
def spektrix(
    credentials: Credentials,
    calls: list[Call],
    timeout_seconds: float | None = None,
    budget: Budget | None = None,
    fence: Callable[[], None] | None = None,
) -> Iterator[Connection]:
    """Open a connection for one piece of work; each call made is added to `calls`.

    Afterwards it is noted with the venue's integration whether our clock was wrong.

    Args:
        credentials: saved or typed.
        calls: where the calls made are added.
        timeout_seconds: for each whole call, where that is to be less than the setting.
        budget: for all calls together; a call for which nothing is left fails as TIMED_OUT without leaving.
        fence: asked before each call; what it raises stops the call. It leaves no transaction open.

    Raises TransactionOpen from a call made while the session has a transaction open.
    """
    settings = config.current()
    longest = settings.spektrix_timeout_seconds
    client = SpektrixClient(
        settings.spektrix_url,
        credentials.client_name,
        credentials.api_user,
        credentials.api_key,
        timeout_seconds=min(timeout_seconds or longest, longest),
        time_left=budget.left if budget else None,
        clock=clock.utc_now,
        before_call=_guard(fence),
        after_call=lambda record: calls.append(_as_call(record)),
    )
    with client:
        try:
            yield Connection(client)
        finally:
            _note_clock(credentials, client)


def public_probe(base_url: str, client_name: str, calls: list[Call], timeout: float | None = None) -> None:
    """Ask for the client name, unsigned, at a venue's custom domain.

    Connects to public addresses over https alone, checked as the connection is made, and follows no redirect
    (X11); only where local domains are allowed may it be this machine, over plain http.

    Args:
        base_url: what `domains.base_url` made of the domain.
        client_name: as saved or typed.
        calls: where the call made is added.
        timeout: seconds for the whole call, where that is to be less than the setting.

    Raises CallFailed when Spektrix does not answer there, with a code of the domain unless Spektrix itself is
    in trouble or does not know the client.
    """
    settings = config.current()
    client = SpektrixClient(
        base_url,
        client_name,
        "",
        "",
        timeout_seconds=settings.spektrix_timeout_seconds,
        time_left=None if timeout is None else lambda: timeout,
        public_only=not (settings.allow_local_domains and domains.is_local_address(base_url)),
        clock=clock.utc_now,
        before_call=_refuse_open_transaction,
        after_call=lambda record: calls.append(_as_call(record)),
    )
    with client, _as_failure(code_of_domain):
        client.probe_client_name()


@contextmanager
def public_feeds(client_name: str, budget: Budget) -> Iterator[Feeds]:
    """Open a connection for the public lists, which need no credentials and may be large.

    Args:
        client_name: as saved.
        budget: for all calls together.

    Raises TransactionOpen from a call made while the session has a transaction open.
    """
    settings = config.current()
    client = SpektrixClient(
        settings.spektrix_url,
        client_name,
        "",
        "",
        timeout_seconds=settings.feed_timeout_seconds,
        time_left=budget.left,
        max_bytes=_LARGEST_FEED,
        clock=clock.utc_now,
        before_call=_refuse_open_transaction,
    )
    with client:
        yield Feeds(client)


@contextmanager
def _as_failure(means: Callable[[CallFailed], Code] | None = None) -> Iterator[None]:
    """Turn an error of the client into the failure that it means; `means` names it by what was asked."""
    try:
        yield
    except SpektrixError as error:
        failed = failure_of(error)
    else:
        return
    failed.code = means(failed) if means else failed.code
    raise failed from None


def _note_clock(credentials: Credentials, client: SpektrixClient) -> None:
    """Save how wrong our clock is, or that it is right again, once a signed call has shown it."""
    if credentials.integration_id is None or not client.sign_in_accepted:
        return
    skew = round(client.clock_skew.total_seconds()) if client.clock_skew else None
    unchanged = (skew is None) == (credentials.clock_skew_seconds is None)
    if unchanged or db.session().in_transaction():
        return
    db.session.execute(
        update(Integration)
        .where(Integration.id == credentials.integration_id)
        .values(clock_skew_seconds=skew)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _guard(fence: Callable[[], None] | None) -> Callable[[], None]:
    def before_call() -> None:
        if fence is not None:
            fence()
        _refuse_open_transaction()

    return before_call


def _refuse_open_transaction() -> None:
    if db.session().in_transaction():
        raise TransactionOpen("commit before calling Spektrix")


def _as_call(record: CallRecord) -> Call:
    outcome = failure_of(record.error).code if record.error else ANSWERED
    return Call(record.call, record.status, outcome, record.duration_ms, clock.utc_now())
