"""Puts the app together: settings, extensions, then what every answer shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import crypto, database, rate_limits
from portal.availability import versions
from portal.bookings.diary import versions as diary_versions
from portal.config import ROOT, Settings
from portal.extensions import csrf, db, limiter, login, migrate
from portal.integration.standing import service as standing
from portal.outbox import service as outbox
from portal.shell import web
from portal.widgets.public import ready

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY_BYTES = 64 * 1024


def assemble(settings: Settings) -> Flask:
    """Return the app for `settings`."""
    app = Flask("portal", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.from_mapping(_flask_config(settings))
    app.extensions["settings"] = settings
    _init_extensions(app, settings)
    ready.init_app(app)
    app.wsgi_app = _at_the_root(app.wsgi_app)  # type: ignore[method-assign, assignment]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions[outbox.LISTENER] = standing.update
    web.init_app(app, settings)
    return app


def _at_the_root(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Let the portal answer at the root alone, although a server may believe a header that names a folder."""

    def answer(asked: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked["PATH_INFO"] = asked.get("SCRIPT_NAME", "") + asked.get("PATH_INFO", "")
        asked["SCRIPT_NAME"] = ""
        return wsgi_app(asked, start_response)

    return answer


def _init_extensions(app: Flask, settings: Settings) -> None:
    crypto.init_app(app, settings.encryption_keys)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "portal" / "migrations"))
    csrf.init_app(app)
    login.init_app(app, add_context_processor=False)
    limiter.init_app(app)
    database.init_app(app)
    versions.init_app()
    diary_versions.init_app()


def _flask_config(settings: Settings) -> dict[str, object]:
    cookie = "__Host-session" if settings.secure_cookies else "session"
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "SQLALCHEMY_DATABASE_URI": database.engine_url(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": LARGEST_BODY_BYTES,
        "MAX_FORM_PARTS": 200,
        "SESSION_COOKIE_NAME": cookie,
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        # The token lives as long as the session: an hour-old settings page must still work.
        "WTF_CSRF_TIME_LIMIT": None,
        **rate_limits.flask_config(settings),
    }
