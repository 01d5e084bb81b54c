"""Web pages of other people, fetched over the connections that custom domains are tried with.

Nothing is followed, nothing is kept, and nothing is sent but the address and who is asking.
"""

from __future__ import annotations

from dataclasses import dataclass

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from portal.extensions import db
from portal.integration.connection.gateway import Budget, TransactionOpen
from portal.spektrix import faults
from portal.spektrix.deadline import DeadlineAdapter
from portal.spektrix.errors import NOWHERE, SpektrixError, TimedOut, Unreachable
from portal.spektrix.public_hosts import PublicAdapter
from portal.spektrix.transport import bare_session

_CHUNK = 16_384
_CONNECT_SHARE = 0.25


@dataclass(frozen=True)
class WebAnswer:
    """What a web server sent: the body is what came out of decompression, `cut` says that it goes on."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes
    cut: bool


class NotReached(Exception):
    """No answer. `kind` is one of `Unreachable`'s, "timed_out" or "broken"."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


def get(url: str, *, agent: str, budget: Budget, most_bytes: int, local: bool = False) -> WebAnswer:
    """Ask for one address, without a cookie, a referrer or credentials; a redirect is an answer.

    Args:
        url: http or https, of which the caller knows that it may be asked.
        agent: the User-Agent.
        budget: for all that the caller does.
        most_bytes: of the body, which is then cut.
        local: connect to this machine, which nothing else may be asked to do.

    Raises NotReached, and TransactionOpen when the session has a transaction open.
    """
    if db.session().in_transaction():
        raise TransactionOpen("commit before fetching a page")
    headers = {"User-Agent": agent, "Accept": "text/html", "Accept-Encoding": "gzip"}
    adapter = DeadlineAdapter if local else PublicAdapter
    with bare_session(https=adapter(), http=adapter()) as session:
        try:
            with _open(session, requests.Request("GET", url, headers), budget.left()) as response:
                body, cut = _body(response.raw, most_bytes)
                return WebAnswer(response.status_code, response.headers, body, cut)
        except SpektrixError as error:
            raise NotReached(_kind(error)) from None


def _open(session: requests.Session, request: requests.Request, seconds: float) -> requests.Response:
    if seconds <= 0:
        raise TimedOut
    limit = Timeout(connect=seconds * _CONNECT_SHARE, total=seconds)
    try:
        return session.send(
            request.prepare(),
            timeout=limit,  # type: ignore[arg-type]  # the stubs know of numbers only
            stream=True,
            allow_redirects=False,
        )
    except faults.HTTP_FAULTS as fault:
        raise faults.before_answer(fault, NOWHERE) from fault


def _body(raw: BaseHTTPResponse, most_bytes: int) -> tuple[bytes, bool]:
    body = b""
    try:
        while len(body) <= most_bytes and (chunk := raw.read(_CHUNK, decode_content=True)):
            body += chunk
    except faults.HTTP_FAULTS as fault:
        raise faults.inside_body(fault, NOWHERE) from fault
    return body[:most_bytes], len(body) > most_bytes


def _kind(error: SpektrixError) -> str:
    if isinstance(error, TimedOut):
        return "timed_out"
    return error.kind if isinstance(error, Unreachable) else "broken"
