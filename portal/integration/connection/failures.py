"""What a failed call means. This is the one place where an error of the client becomes a code."""

from __future__ import annotations

from datetime import timedelta

from portal.findings import Cause, Code, Finding, finding
from portal.spektrix import errors
from portal.spektrix.errors import (
    NotFound,
    NotSpektrix,
    PermissionMissing,
    SlowDown,
    SpektrixError,
    Unreachable,
    may_take_effect,
)

# What `detail` says of an answer that Spektrix itself would not give in this form.
WEB_PAGE = "page"
TOO_LARGE = "too_large"
# The client name is probed with this one; "" is what could not even be sent.
_ABOUT_THE_NAME = {"probe_client_name", ""}
_PAUSE_WITHOUT_ADVICE = timedelta(seconds=60)
_CODES: dict[type[SpektrixError], Code] = {
    errors.SignInRefused: Code.KEY_REFUSED,
    errors.SecretNotBase64: Code.KEY_NOT_BASE64,
    errors.BlockedAtEdge: Code.EDGE_BLOCK,
    errors.SlowDown: Code.SLOW_DOWN,
    errors.ServerTrouble: Code.OUTAGE,
    errors.TimedOut: Code.TIMED_OUT,
    errors.BodyCut: Code.UNREACHABLE,
    errors.Redirected: Code.REDIRECTED,
    errors.NotSpektrix: Code.NOT_SPEKTRIX,
    errors.Rejected: Code.REJECTED,
}
_REFUSED_RIGHTS = {"basket_by_id": Code.BASKETS_REFUSED, "update_attributes": Code.WRITING_REFUSED}
# What Spektrix does not have, where it says 404 of what a call names.
_MISSING = {
    "basket_by_id": Code.BASKET_GONE,
    "customer_by_email": Code.NO_ACCOUNT,
    "customer_by_id": Code.CUSTOMER_GONE,
    "update_attributes": Code.CUSTOMER_GONE,
}


class CallFailed(Exception):
    """A call to Spektrix that did not succeed, and what follows from that.

    Args:
        code: what is wrong.
        status: HTTP status of the answer, None where none came.
        call: name of the client method.
        detail: how the network failed, as `NETWORK_FAULTS` words it, or WEB_PAGE, TOO_LARGE or "".
        pause: for how long Spektrix asked us to make no call, None where it did not.
        may_take_effect: whether an update that ended so may have been carried out, or may be yet.
        final: whether the same call would be refused again, whoever waits.
    """

    def __init__(
        self,
        code: Code,
        status: int | None = None,
        *,
        call: str = "",
        detail: str = "",
        pause: timedelta | None = None,
        may_take_effect: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(code, status, call)
        self.code, self.status, self.call, self.detail = code, status, call, detail
        self.pause, self.may_take_effect, self.final = pause, may_take_effect, final

    @property
    def finding(self) -> Finding:
        return finding(self.code)

    @property
    def stops(self) -> bool:
        """Whether the set-up is at fault, so that somebody has to mend it before anything else is sent."""
        return self.finding.stops

    @property
    def is_about_details(self) -> bool:
        """Whether the credentials were judged; all others say only that Spektrix could not be asked."""
        return self.finding.cause is Cause.CREDENTIALS or self.code is Code.REJECTED


class RecordMissing(CallFailed):
    """Spektrix itself says that it has no such record.

    That blames the record only once the client name is known to be right (Q19): `probe_client_name` tells.
    """


def failure_of(error: SpektrixError) -> CallFailed:
    """Return what an error of the client means."""
    if isinstance(error, NotFound) and error.is_json and error.call in _MISSING:
        return RecordMissing(_MISSING[error.call], error.status, call=error.call, final=True)
    code = _code_of(error)
    return CallFailed(
        code,
        error.status,
        call=error.call,
        detail=_detail(error),
        pause=_pause(error) if isinstance(error, SlowDown) else None,
        may_take_effect=may_take_effect(error),
        final=code is Code.REJECTED and not error.retryable,
    )


def code_of_domain(failed: CallFailed) -> Code:
    """Return what is wrong where the client name was probed at a venue's own domain.

    A web page that says 404 comes from anybody; Spektrix itself says so where the name alone is wrong.
    """
    if failed.code in {Code.UNREACHABLE, Code.CERTIFICATE, Code.TIMED_OUT}:
        return Code.DOMAIN_UNREACHABLE
    if failed.code in {Code.OUTAGE, Code.SLOW_DOWN}:
        return failed.code
    named = failed.code is Code.CLIENT_UNKNOWN and failed.status is not None and failed.detail != WEB_PAGE
    return failed.code if named else Code.DOMAIN_NOT_SPEKTRIX


def code_of_list(failed: CallFailed) -> Code:
    """Return what is wrong where a public list was asked for; a refusal says nothing of the API user."""
    if failed.detail == TOO_LARGE:
        return Code.PROGRAMME_TOO_LARGE
    refused = {Code.KEY_REFUSED, Code.CUSTOMERS_REFUSED}
    return Code.REJECTED if failed.code in refused else failed.code


def _code_of(error: SpektrixError) -> Code:
    """A wrong clock raises no error: the client has signed by Spektrix's clock by then (S39)."""
    if isinstance(error, PermissionMissing):
        return _REFUSED_RIGHTS.get(error.call, Code.CUSTOMERS_REFUSED)
    if isinstance(error, Unreachable) and error.kind == "certificate":
        return Code.CERTIFICATE
    if isinstance(error, Unreachable):
        return Code.UNREACHABLE
    if isinstance(error, NotFound):
        named = error.is_json or error.call in _ABOUT_THE_NAME
        return Code.CLIENT_UNKNOWN if named else Code.NOT_SPEKTRIX
    if isinstance(error, errors.UnsafeIdentifier):
        return Code.CLIENT_UNKNOWN if error.call in _ABOUT_THE_NAME else Code.REJECTED
    return _CODES.get(type(error), Code.OUR_FAULT)


def _detail(error: SpektrixError) -> str:
    if isinstance(error, Unreachable):
        return error.kind
    if isinstance(error, errors.BodyCut):
        return "cut"
    if isinstance(error, NotSpektrix):
        return TOO_LARGE if error.reason == "too_large" else ""
    return WEB_PAGE if error.status is not None and not error.is_json else ""


def _pause(error: SlowDown) -> timedelta:
    return timedelta(seconds=error.retry_after) if error.retry_after else _PAUSE_WITHOUT_ADVICE
