"""The calls the product makes to Spektrix; there is no way to make another (R103, R182)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self, TypeVar

import msgspec
import requests

from portal.spektrix import feeds, identifiers, schemas
from portal.spektrix.attribute_keys import body_of
from portal.spektrix.errors import (
    NotFound,
    NotSpektrix,
    Origin,
    PermissionMissing,
    SecretNotBase64,
    SignInRefused,
    SpektrixError,
    UnsafeIdentifier,
)
from portal.spektrix.feeds import EventRecord, Feed, PerformanceRecord
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, is_key_of
from portal.spektrix.schemas import AttributeValues, Basket, Customer, Performance
from portal.spektrix.signing import authorization, http_date
from portal.spektrix.transport import Answer, Transport

USER_AGENT = "MakeARezzy/0.1.0 (+Spektrix bridge)"

# No such host can exist: the top-level domain is reserved for this (RFC 2606).
NOBODY = "nobody@connection-test.invalid"

_LIST_START = 64  # bytes; more than any blank space before the bracket

# Spektrix's own tolerance is larger and not published; a smaller difference is no reason to sign again.
CLOCK_TOLERANCE = timedelta(seconds=60)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What may be logged about one call that was sent.

    Args:
        call: name of the client method.
        path_template: path below `api/v3/`, placeholders instead of ids.
        status: HTTP status, None when no answer arrived.
        error: what became of it, None where it succeeded.
    """

    call: str
    method: str
    path_template: str
    status: int | None
    duration_ms: int
    error: SpektrixError | None = None

    @property
    def outcome(self) -> str:
        """Return "ok" or the name of the error class."""
        return "ok" if self.error is None else type(self.error).__name__


@dataclass(frozen=True, slots=True)
class _Call:
    """One entry of the list of calls."""

    name: str
    method: str
    path_template: str
    signed: bool = True

    @property
    def origin(self) -> Origin:
        return Origin(call=self.name, path_template=self.path_template)


_PROBE = _Call("probe_client_name", "GET", "events?instanceStart_from={date}", signed=False)
_CUSTOMER_BY_EMAIL = _Call("customer_by_email", "GET", "customers?email={email}")
_CUSTOMER_BY_ID = _Call("customer_by_id", "GET", "customers/{id}")
_BASKET_BY_ID = _Call("basket_by_id", "GET", "baskets/{id}")
_PERFORMANCE = _Call("performance", "GET", "instances/{id}", signed=False)
_EVENTS = _Call("events", "GET", "events?instanceStart_from={date}", signed=False)
_PERFORMANCES = _Call("performances", "GET", "instances?startFrom={date}", signed=False)
_UPDATE = _Call("update_attributes", "PATCH", "customers/{id}")


class SpektrixClient:
    """One venue's way to Spektrix, for one thread at a time.

    Every method raises errors of the `SpektrixError` tree and no others. Nothing is tried twice, but for one
    case: a signed call refused with 401, by an answer whose own Date is over a minute away from our clock, is
    signed once more by Spektrix's clock (S39). A refused call was not carried out, so that repeats nothing.

    `clock_skew` is how far our clock is ahead of Spektrix's, where that alone was why a call was refused;
    None while no signature had to be corrected. `sign_in_accepted` tells whether a signed call got through.

    Args:
        base_url: scheme and host, `https://system.spektrix.com`.
        client_name: the venue's short name at Spektrix, case kept.
        login: login name of the API user.
        secret: its API key, base64 text.
        timeout_seconds: deadline of each whole call.
        time_left: seconds left for all of the work, asked before each call; a call gets no more than that.
        public_only: connect to public addresses over https alone, checked as each connection is made.
        max_bytes: largest body accepted, after decompression.
        clock: aware UTC now; signs the calls.
        before_call: called right before each call leaves; what it raises stops the call.
        after_call: told of each call that was sent, whatever became of it.
    """

    def __init__(
        self,
        base_url: str,
        client_name: str,
        login: str,
        secret: str,
        *,
        timeout_seconds: float = 10.0,
        max_bytes: int = 1_000_000,
        time_left: Callable[[], float] | None = None,
        public_only: bool = False,
        clock: Callable[[], datetime],
        before_call: Callable[[], None] | None = None,
        after_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._client_name = client_name
        self._login = login
        self._secret = secret
        self._clock = clock
        self._before_call = before_call
        self._after_call = after_call
        self._transport = Transport(
            timeout_seconds, max_bytes, clock, time_left=time_left, public_only=public_only
        )
        self.clock_skew: timedelta | None = None
        self.sign_in_accepted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the open connections."""
        self._transport.close()

    def probe_client_name(self) -> None:
        """Whether the client name is right, without credentials (docs/spektrix.md section 8).

        Only the beginning of the list is read, since a venue's whole programme can be large.

        Raises:
            NotFound: Spektrix does not know the name.
        """
        today = self._clock().astimezone(UTC).date().isoformat()
        self._make(_PROBE, today, schemas.read_list_start, enough=_LIST_START)

    def check_credentials(self) -> None:
        """Whether login and key are accepted, by asking for a customer who cannot exist.

        A 404 from Spektrix itself proves that the signature passed (docs/spektrix.md section 8), provided
        that `probe_client_name` has found the name to be right.

        Raises:
            SignInRefused: key, login or clock is wrong.
            PermissionMissing: the API user may not read customers.
            NotFound: a web page said 404, not Spektrix.
        """
        try:
            self.customer_by_email(NOBODY)
        except NotFound as answer:
            if not answer.is_json:
                raise

    def customer_by_email(self, email: str) -> Customer:
        """The one customer with this e-mail address.

        Raises:
            NotFound: there is none.
        """
        value = _checked(_CUSTOMER_BY_EMAIL, identifiers.email, email)
        return self._make(_CUSTOMER_BY_EMAIL, value, schemas.read_customer)

    def customer_by_id(self, customer_id: str) -> Customer:
        """The customer with this id; an answer about another is refused as "wrong_id".

        Raises:
            NotFound: Spektrix has no such customer, or not any more.
        """
        value = _checked(_CUSTOMER_BY_ID, identifiers.customer_id, customer_id)
        return self._make(_CUSTOMER_BY_ID, value, lambda body: schemas.read_customer(body, customer_id))

    def basket_by_id(self, basket_id: str) -> Basket:
        """The basket with this id and who owns it.

        Raises:
            NotFound: it has expired, was paid for, or never was.
        """
        value = _checked(_BASKET_BY_ID, identifiers.object_id, basket_id)
        return self._make(_BASKET_BY_ID, value, lambda body: schemas.read_basket(body, basket_id))

    def performance(self, instance_id: str) -> Performance:
        """One showing, by the id that a ticket carries; public, so unsigned.

        Raises:
            NotFound: there is no such showing.
        """
        value = _checked(_PERFORMANCE, identifiers.object_id, instance_id)
        return self._make(_PERFORMANCE, value, lambda body: schemas.read_performance(body, instance_id))

    def events(self, since: date) -> Feed[EventRecord]:
        """The events with a performance from the day `since` on; public, so unsigned."""
        return self._make(_EVENTS, since.isoformat(), feeds.read_events)

    def performances(self, since: date) -> Feed[PerformanceRecord]:
        """The performances on or after the day `since`, cancelled ones among them; public, so unsigned."""
        return self._make(_PERFORMANCES, since.isoformat(), feeds.read_performances)

    def update_attributes(self, customer_id: str, update: AttributeValues) -> None:
        """Write both attributes of a customer in one update, and no other attribute.

        Success means that the update was accepted, not that it was stored: read the customer
        back, since Spektrix drops unknown attributes without an error (R29).

        Raises:
            UnsafeIdentifier: a key is not an accepted spelling of its attribute.
            NotFound: Spektrix has no such customer, or not any more.
        """
        value = _checked(_UPDATE, identifiers.customer_id, customer_id)
        _require_own_keys(update)
        values = ((update.last_dined_key, update.last_dined_at), (update.visits_key, update.visits))
        body = msgspec.json.encode(body_of(values))
        self._make(_UPDATE, value, lambda reply: schemas.read_update_reply(reply, customer_id), body)

    def _make(
        self,
        call: _Call,
        value: str,
        read: Callable[[bytes], _T],
        body: bytes | None = None,
        enough: int | None = None,
    ) -> _T:
        """Make one call and read its answer; `value` fills the template's one placeholder."""
        request = self._prepared(call, value, body)
        try:
            return self._send(call, request, read, enough)
        except SignInRefused as refused:
            skew = self._skew_shown_by(call, refused)
            if skew is None:
                raise
        return self._send(call, request, read, enough, skew)

    def _skew_shown_by(self, call: _Call, refused: SignInRefused) -> timedelta | None:
        """How far our clock is ahead, where that may be why the call was refused and was not allowed for."""
        if not call.signed or self.clock_skew is not None or refused.server_date is None:
            return None
        skew = self._clock() - refused.server_date
        return skew if abs(skew) > CLOCK_TOLERANCE else None

    def _send(
        self,
        call: _Call,
        request: requests.PreparedRequest,
        read: Callable[[bytes], _T],
        enough: int | None,
        skew: timedelta | None = None,
    ) -> _T:
        if self._before_call:
            self._before_call()
        # Signed last, because the hook may wait its turn and a signature grows old.
        request = self._signed(call, request, skew or self.clock_skew or timedelta())
        started = time.monotonic()
        try:
            answer = self._transport.fetch(request, call.origin, enough)
            result = _read(answer, read)
        except SpektrixError as error:
            self._report(call, started, error.status, error)
            if _proves_sign_in(error):
                self._note_sign_in(call, skew)
            raise
        self._report(call, started, answer.origin.status)
        self._note_sign_in(call, skew)
        return result

    def _note_sign_in(self, call: _Call, skew: timedelta | None) -> None:
        if call.signed:
            self.sign_in_accepted = True
            self.clock_skew = skew or self.clock_skew

    def _prepared(self, call: _Call, value: str, body: bytes | None) -> requests.PreparedRequest:
        name = _checked(call, identifiers.client_name, self._client_name)
        head, _, rest = call.path_template.partition("{")
        path = head + value + rest.partition("}")[2]
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._base_url}/{name}/api/v3/{path}"
        return requests.Request(call.method, url, headers=headers, data=body).prepare()

    def _signed(
        self, call: _Call, request: requests.PreparedRequest, skew: timedelta
    ) -> requests.PreparedRequest:
        """The request with its Date and, in owner mode, the signature of its final address."""
        date = http_date(self._clock() - skew)
        request.headers["Date"] = date
        if call.signed:
            value = self._authorization(call, request, date)
            # The library sends headers as Latin-1; a login name beyond that has to arrive as UTF-8.
            request.headers["Authorization"] = value.encode().decode("latin-1")
        return request

    def _authorization(self, call: _Call, request: requests.PreparedRequest, date: str) -> str:
        login = _checked(call, identifiers.login, self._login)
        body = request.body if isinstance(request.body, bytes) else None
        try:
            return authorization(call.method, request.url or "", date, body, login, self._secret)
        except SecretNotBase64:
            error = SecretNotBase64(call.origin)
        raise error

    def _report(
        self, call: _Call, started: float, status: int | None, error: SpektrixError | None = None
    ) -> None:
        if self._after_call:
            duration_ms = round((time.monotonic() - started) * 1000)
            self._after_call(
                CallRecord(call.name, call.method, call.path_template, status, duration_ms, error)
            )


def _proves_sign_in(error: SpektrixError) -> bool:
    """Whether Spektrix itself looked for the record, or at the rights, of somebody it knows."""
    return isinstance(error, PermissionMissing) or (isinstance(error, NotFound) and error.is_json)


def _checked(call: _Call, check: Callable[[str], str], text: str) -> str:
    """The text as it may leave, or an error that does not repeat it."""
    try:
        return check(text)
    except ValueError:
        error = UnsafeIdentifier(call.origin)
    raise error


def _require_own_keys(update: AttributeValues) -> None:
    own = is_key_of(LAST_DINED_AT, update.last_dined_key) and is_key_of(NUMBER_OF_VISITS, update.visits_key)
    if not own:
        raise UnsafeIdentifier(_UPDATE.origin)


def _read(answer: Answer, read: Callable[[bytes], _T]) -> _T:
    """The answer's body as a value; a body that is not called JSON is not even looked at."""
    if answer.body.strip() and not answer.origin.is_json:
        raise NotSpektrix("not_json", answer.origin)
    try:
        return read(answer.body)
    except schemas.UnreadableAnswer as unreadable:
        error = NotSpektrix(unreadable.reason, answer.origin)
    raise error
