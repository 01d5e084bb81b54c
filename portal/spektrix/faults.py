"""From the many exceptions of the HTTP libraries to one error of our tree."""

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from portal.spektrix.errors import (
    BodyCut,
    NotSpektrix,
    Origin,
    SpektrixError,
    TimedOut,
    Unreachable,
    UnreachableKind,
)
from portal.spektrix.public_hosts import NotPublic

# What may come out of a call that got no complete answer; ValueError stands for unreadable headers.
HTTP_FAULTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)

_TIMEOUTS = (TimeoutError, urllib3.exceptions.ReadTimeoutError, requests.Timeout)
# The first match counts: each line is narrower than the ones below it.
_UNREACHABLE: tuple[tuple[type[Exception], UnreachableKind], ...] = (
    (NotPublic, "not_public"),
    (ssl.SSLCertVerificationError, "certificate"),
    (urllib3.exceptions.SSLError, "tls"),
    (ssl.SSLError, "tls"),
    (socket.gaierror, "dns"),
    (urllib3.exceptions.NameResolutionError, "dns"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
)


def before_answer(fault: Exception, origin: Origin) -> SpektrixError:
    """The error for a call that failed before its headers were in."""
    chain = list(_chain(fault))
    if _any(chain, _TIMEOUTS):
        return TimedOut(origin)
    for classes, kind in _UNREACHABLE:
        if _any(chain, classes):
            return Unreachable(kind, origin)
    if _any(chain, (http.client.HTTPException, urllib3.exceptions.InvalidHeader)):
        return NotSpektrix("not_http", origin)
    return Unreachable("other", origin)


def inside_body(fault: Exception, origin: Origin) -> SpektrixError:
    """The error for an answer that failed while its body was read."""
    chain = list(_chain(fault))
    if _any(chain, _TIMEOUTS):
        return TimedOut(origin)
    if _any(chain, urllib3.exceptions.DecodeError):
        return NotSpektrix("malformed", origin)
    return BodyCut(origin)


def _any(chain: list[BaseException], classes: type | tuple[type, ...]) -> bool:
    return any(isinstance(link, classes) for link in chain)


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The exception, and every one it wraps: as argument, reason, cause or context."""
    waiting, seen = [fault], set()
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [*link.args, getattr(link, "reason", None), link.__cause__, link.__context__]
