"""One signed request out, one bounded answer in: no redirects, no retries, no surroundings."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from portal.spektrix import faults
from portal.spektrix.deadline import DeadlineAdapter
from portal.spektrix.errors import NotSpektrix, Origin, TimedOut, refusal
from portal.spektrix.public_hosts import PublicAdapter

_CHUNK = 16_384
_RETRY_AFTER_RANGE = (1.0, 3600.0)
# A host has a few addresses, each tried for this share of the time, so that all fit into it.
_CONNECT_SHARE = 0.25

# Their lines carry whole addresses, that is e-mail addresses, customer ids and basket ids.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(lambda _record: False)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A 2xx answer: its body after decompression, and what is safe to say about it."""

    body: bytes
    origin: Origin


class Transport:
    """Sends prepared requests over connections of its own, one thread at a time.

    Args:
        timeout_seconds: for a whole call, from connecting to the last byte of the body; only the
            look-up of the host name keeps to the resolver's own limits.
        max_bytes: largest body read, counted after decompression.
        clock: aware UTC now, against which a Retry-After date is read.
        time_left: seconds left for all of the work that this call is part of.
        public_only: connect to public addresses over https alone.
    """

    def __init__(
        self,
        timeout_seconds: float,
        max_bytes: int,
        clock: Callable[[], datetime],
        *,
        time_left: Callable[[], float] | None = None,
        public_only: bool = False,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._clock = clock
        self._time_left = time_left
        self._session = _session(public_only)

    def fetch(self, request: requests.PreparedRequest, origin: Origin, enough: int | None = None) -> Answer:
        """The answer to a request, if it is a 2xx.

        Args:
            request: with its final address and headers.
            origin: call and path template, for errors.
            enough: stop reading without complaint after this many bytes.

        Raises:
            SpektrixError: everything else.
        """
        response = self._open(request, origin)
        with response:
            origin = self._described(response, origin)
            error = refusal(origin, _media_type(response))
            if error is not None:
                raise error
            return Answer(self._body(response.raw, origin, enough), origin)

    def close(self) -> None:
        """Give up the open connections."""
        self._session.close()

    def _open(self, request: requests.PreparedRequest, origin: Origin) -> requests.Response:
        seconds = self._seconds_for(origin)
        limit = Timeout(connect=seconds * _CONNECT_SHARE, total=seconds)
        try:
            return self._session.send(
                request,
                timeout=limit,  # type: ignore[arg-type]  # the stubs know of numbers only
                stream=True,
                allow_redirects=False,
            )
        except faults.HTTP_FAULTS as fault:
            error = faults.before_answer(fault, origin)
        # Raised out here, because the library's own exception names the full address.
        raise error

    def _seconds_for(self, origin: Origin) -> float:
        if self._time_left is None:
            return self._timeout_seconds
        left = self._time_left()
        if left <= 0:
            raise TimedOut(origin)
        return min(self._timeout_seconds, left)

    def _body(self, raw: BaseHTTPResponse, origin: Origin, enough: int | None) -> bytes:
        limit = enough or self._max_bytes + 1
        # One that grows in place: adding to bytes copies all of them each time, half a minute for 20 MB.
        body = bytearray()
        try:
            while len(body) < limit and (chunk := raw.read(min(limit, _CHUNK), decode_content=True)):
                body += chunk
        except faults.HTTP_FAULTS as fault:
            error = faults.inside_body(fault, origin)
        else:
            if len(body) <= self._max_bytes:
                return bytes(body)
            error = NotSpektrix("too_large", origin)
        raise error

    def _described(self, response: requests.Response, origin: Origin) -> Origin:
        server_date = _parsed_date(response.headers.get("Date", ""))
        now = server_date or self._clock()
        return replace(
            origin,
            status=response.status_code,
            server_date=server_date,
            retry_after=_retry_after(response.headers.get("Retry-After", ""), now),
            is_json=_is_json(_media_type(response)),
        )


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere: even unfollowed, the library would read a redirect's body without any limit."""
        return None


def bare_session(**adapters: HTTPAdapter) -> requests.Session:
    """Return a session that follows no redirect and takes nothing from its surroundings.

    Args:
        adapters: the only schemes there are, each with what connects.
    """
    session = _Session()
    session.trust_env = False  # no proxy, no netrc, no certificates from the surroundings
    session.verify = True
    session.adapters.clear()
    for scheme, adapter in adapters.items():
        session.mount(f"{scheme}://", adapter)
    return session


def _session(public_only: bool) -> requests.Session:
    if public_only:
        return bare_session(https=PublicAdapter())
    return bare_session(https=DeadlineAdapter(), http=DeadlineAdapter())


def _media_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header, whole seconds or a date, within its range."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        date = _parsed_date(text)
        if date is None:
            return None
        seconds = (date - now).total_seconds()
    shortest, longest = _RETRY_AFTER_RANGE
    return min(max(seconds, shortest), longest)


def _parsed_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
