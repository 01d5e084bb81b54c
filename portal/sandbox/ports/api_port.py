"""The API port's application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from portal.sandbox.api import (
    calls,
    catalogue_calls,
    customer_calls,
    embedded_views,
    feed_calls,
    owner_calls,
    web_calls,
)
from portal.sandbox.api.replies import NOT_FOUND, message
from portal.sandbox.control import key_pages, pages, views as control
from portal.sandbox.world.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_api(state: State, theatre_port: int) -> Flask:
    """Return the WSGI app of the API port: Spektrix's calls, the control API and the pages for people."""
    app = Flask("portal.sandbox", static_url_path="/_sandbox/static")
    app.config.update(SANDBOX_STATE=state, THEATRE_PORT=theatre_port, PROVIDE_AUTOMATIC_OPTIONS=False)
    for kind in (owner_calls, customer_calls, web_calls, feed_calls, catalogue_calls, embedded_views):
        app.register_blueprint(kind.bp)
    for blueprint in (web_calls.unbuilt, control.bp, pages.bp, key_pages.bp):
        app.register_blueprint(blueprint)
    calls.install(app)
    app.register_error_handler(HTTPException, _say_in_json)
    app.wsgi_app = _without_last_slash(app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _without_last_slash(app: WSGIApplication) -> WSGIApplication:
    """Take a call with a slash at its end for the same call; signatures cover it as it was sent."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if "/api/" in path:
            environ["PATH_INFO"] = path.rstrip("/")
        return app(environ, start_response)

    return answer


def _say_in_json(error: HTTPException) -> Response:
    if error.code in (404, 405):
        return message(404, NOT_FOUND)
    return message(error.code or 500, error.name)
