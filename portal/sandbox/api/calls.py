"""What every API call goes through: client name, signature, rights, faults, the request log, CORS."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from portal.sandbox.api.broken_answers import play
from portal.sandbox.api.replies import EdgeBlock, Refusal, html, message, not_found
from portal.sandbox.api.signing import SignedRequest, Verdict, check
from portal.sandbox.world.state import State

OWNER, WEB, FEED = "owner", "web", "feed"
LIBRARY_AGENTS = ("python-requests", "python-urllib", "curl", "go-http-client", "okhttp", "axios")
BLOCKED_PAGE = (
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>Attention Required! | Cloudflare</title></head>'
    "<body><h1>Sorry, you have been blocked</h1></body></html>\n"
)
Handler = Callable[..., Response]


def state() -> State:
    """Return the state shared by both ports."""
    found: State = current_app.config["SANDBOX_STATE"]
    return found


def spektrix_call(name: str, mode: str, needs: str | None = None) -> Callable[[Handler], Handler]:
    """Make a view of a handler.

    Args:
        name: the call's name in faults and in the request log.
        mode: OWNER asks for a signature; WEB and FEED check one only if it is there.
        needs: the field of ApiUser that must be true.
    """

    def wrap(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def view(client: str, **values: Any) -> Response:
            g.call, g.mode, g.client = name, mode, client
            g.customer_id = values.get("customer_id")
            with state().lock:
                # A call that outlives a reset is forgotten with all that came before it.
                g.log = state().requests
                g.struck = state().faults.strike(name, client)
            work = functools.partial(_work, handler, values, needs)
            fault = g.struck.transport
            return play(fault, work, state()) if fault else work()

        return view

    return wrap


def install(app: Flask) -> None:
    """Put the checks before and the headers and the log after every request of the app."""
    app.before_request(_store_late_writes)
    app.before_request(_look_at_signature)
    app.after_request(_add_cors)
    app.after_request(_log)


def _work(handler: Handler, values: dict[str, Any], needs: str | None) -> Response:
    shared = state()
    with shared.lock:
        try:
            _admit(needs)
            response = handler(**values)
        except EdgeBlock:
            return html(403, BLOCKED_PAGE)
        except Refusal as refusal:
            return message(refusal.status, refusal.text)
        if request.method != "GET":
            shared.save()
        return response


def _admit(needs: str | None) -> None:
    options = state().options
    agent = request.headers.get("User-Agent", "").lower()
    if options.edge_blocks_default_agents and (not agent or agent.startswith(LIBRARY_AGENTS)):
        raise EdgeBlock
    if g.client not in options.client_names:
        raise not_found()
    verdict: Verdict | None = g.verdict
    if g.mode == OWNER or verdict is not None:
        if verdict is None or verdict.login is None:
            raise Refusal(401, "Unauthorized")
        if needs and not getattr(state().api_users[verdict.login], needs):
            raise Refusal(403, "Forbidden")


def _store_late_writes() -> None:
    with state().lock:
        state().store_late_writes()


def _look_at_signature() -> None:
    g.verdict = None
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return
    signed = SignedRequest(
        method=request.method,
        url=f"{request.scheme}://{request.host}{_path_as_sent()}",
        date=request.headers.get("Date", ""),
        body=request.get_data(),
        authorization=authorization,
    )
    with state().lock:
        logins = {user.login: user.secret for user in state().api_users.values()}
        g.verdict = check(signed, logins, state().now())


def _path_as_sent() -> str:
    """The path and query byte for byte, since the signature covers them undecoded."""
    return str(request.environ["REQUEST_URI"])


def _add_cors(response: Response) -> Response:
    """Allow scripts of listed sites, cookies included; the exact origin, never a star."""
    if g.get("mode") not in (WEB, FEED):
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    # The theatre under the host name that this request used, and what the options add.
    host = urlsplit(f"//{request.host}").hostname
    theatre = f"http://{host}:{current_app.config['THEATRE_PORT']}"
    if origin in {theatre, *state().options.allowed_origins}:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def _log(response: Response) -> Response:
    if "call" not in g:
        return response
    verdict: Verdict | None = g.verdict
    body = request.get_json(force=True, silent=True) if request.get_data() else None
    if isinstance(body, dict) and "password" in body:
        body = body | {"password": "hidden"}
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "mode": g.mode,
        "method": request.method,
        "path": _path_as_sent(),
        "call": g.call,
        "client": g.client,
        "status": None if g.get("dropped") else response.status_code,
        "signed_ok": None if verdict is None else verdict.login is not None,
        "refused_because": verdict.refused_because if verdict else None,
        "customer_id": g.customer_id,
        "origin": request.headers.get("Origin"),
        "body": body,
        "fault": g.struck.kinds,
    }
    with state().lock:
        g.log.append(entry)
    return response
