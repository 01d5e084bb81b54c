"""Faults of the transport: what goes down the wire in place of a proper answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator

from flask import Response, g, request

from portal.sandbox.api.replies import html, json_reply, message
from portal.sandbox.world.faults import Fault
from portal.sandbox.world.state import State

HUGE_BYTES = 6_000_000
UNAVAILABLE = "Service Unavailable"
MAINTENANCE = (
    "<!DOCTYPE html>\n<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><h1>Service Unavailable</h1></body></html>\n"
)
Work = Callable[[], Response]


def play(fault: Fault, work: Work, state: State) -> Response:
    """Answer one call as `fault` says; `work` does the call properly, and is run if the fault applies it."""
    proper = work() if fault.apply else message(503, UNAVAILABLE)
    return _PLAYERS[fault.kind](fault, proper, state)


def _status(fault: Fault, _proper: Response, _state: State) -> Response:
    response = message(fault.status, f"Status {fault.status}")
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _html(fault: Fault, _proper: Response, _state: State) -> Response:
    return html(fault.status, MAINTENANCE)


def _redirect(fault: Fault, _proper: Response, _state: State) -> Response:
    response = html(302, "")
    login = f"/{g.client}/website/secure/login.aspx"
    response.headers["Location"] = login if fault.to == "login" else request.environ["REQUEST_URI"]
    return response


def _delay(fault: Fault, proper: Response, state: State) -> Response:
    state.stopping.wait(fault.seconds)
    return proper


def _drip(fault: Fault, proper: Response, state: State) -> Response:
    body = proper.get_data()

    def drops() -> Iterator[bytes]:
        for position in range(len(body)):
            if state.stopping.wait(fault.seconds):
                return
            yield body[position : position + 1]

    return _streamed(proper, drops(), len(body))


def _cut(_fault: Fault, proper: Response, _state: State) -> Response:
    body = proper.get_data()
    return _streamed(proper, iter([body[: len(body) // 2]]), len(body))


def _drop_connection(_fault: Fault, proper: Response, _state: State) -> Response:
    g.dropped = True
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return proper


def _huge(_fault: Fault, proper: Response, _state: State) -> Response:
    body = _object_of(proper) | {"padding": "x" * HUGE_BYTES}
    return json_reply(body)


def _wrong_shape(fault: Fault, proper: Response, _state: State) -> Response:
    whole = _object_of(proper)
    shapes: dict[str, object] = {
        "list": [],
        "null": None,
        "string": "ok",
        "missing_id": {name: value for name, value in whole.items() if name != "id"},
        "wrong_types": {name: [value] for name, value in whole.items()},
    }
    return json_reply(shapes[fault.shape])


def _object_of(proper: Response) -> dict[str, object]:
    body = json.loads(proper.get_data() or b"{}")
    return body if isinstance(body, dict) else {"items": body}


def _streamed(proper: Response, chunks: Iterator[bytes], length: int) -> Response:
    """Promise `length` bytes, whatever the chunks come to."""
    response = Response(chunks, status=proper.status_code, headers=proper.headers)
    response.headers["Content-Length"] = str(length)
    return response


_PLAYERS: dict[str, Callable[[Fault, Response, State], Response]] = {
    "status": _status,
    "html": _html,
    "redirect": _redirect,
    "delay": _delay,
    "drip": _drip,
    "cut": _cut,
    "drop_connection": _drop_connection,
    "huge": _huge,
    "wrong_shape": _wrong_shape,
}
