"""The API port's application."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from portal.sandbox.api import calls, embedded_views, feed_calls, owner_calls, web_calls
from portal.sandbox.api.replies import NOT_FOUND, message
from portal.sandbox.control import key_pages, pages, views as control
from portal.sandbox.world.state import State


def create_api(state: State, theatre_port: int) -> Flask:
    """Return the WSGI app of the API port: Spektrix's calls, the control API and the pages for people."""
    app = Flask("portal.sandbox", static_url_path="/_sandbox/static")
    app.config.update(SANDBOX_STATE=state, THEATRE_PORT=theatre_port, PROVIDE_AUTOMATIC_OPTIONS=False)
    for blueprint in (owner_calls.bp, web_calls.bp, feed_calls.bp, embedded_views.bp, control.bp, pages.bp):
        app.register_blueprint(blueprint)
    app.register_blueprint(key_pages.bp)
    calls.install(app)
    app.register_error_handler(HTTPException, _say_in_json)
    return app


def _say_in_json(error: HTTPException) -> Response:
    if error.code in (404, 405):
        return message(404, NOT_FOUND)
    return message(error.code or 500, error.name)
