"""What every answer shares: blueprints, headers, error pages, and what templates may rely on."""

from __future__ import annotations

import logging

from flask import Flask, Response, abort, current_app, g, has_request_context, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from portal import database, page_requests
from portal.availability.locks import BusyNow
from portal.bookings.by_hand import views as by_hand_views, waiting_views, walk_in_views
from portal.bookings.clock_changes import told_times
from portal.bookings.curtain import views as curtain_views
from portal.bookings.diary import views as booking_views
from portal.bookings.edit import views as edit_views
from portal.bookings.guest_pages import views as guest_views
from portal.bookings.list import views as list_views
from portal.clock import to_local
from portal.config import Settings
from portal.diagnosis.pages import views as diagnosis_views
from portal.extensions import csrf, db
from portal.help import views as help_views
from portal.integration.attributes import views as attribute_views
from portal.integration.links import views as link_views
from portal.integration.programme import views as programme_views
from portal.integration.settings import check_views, letter_views, views as integration_views
from portal.integration.visits import views as visit_views
from portal.letters import views as guest_letter_views
from portal.letters.reminders import stop_views
from portal.log import log_failure, reference
from portal.restaurant.details import logo_views, views as details_views
from portal.restaurant.guide import home_views, views as guide_views
from portal.restaurant.hours import views as hours_views
from portal.restaurant.messages import views as message_views
from portal.restaurant.online import views as online_views
from portal.restaurant.special_days import views as special_day_views
from portal.restaurant.tables import views as tables_views
from portal.scoping import NotHere
from portal.shell import cli, static_files
from portal.venues import sessions, signed_out, views as venue_views
from portal.widgets.frame import views as public_views
from portal.widgets.loader import views as loader_views
from portal.widgets.page_check import views as embedding_views
from portal.widgets.setup import preview_views, views as widget_views

log = logging.getLogger(__name__)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; object-src 'none'; "
)
_ROOMS = (
    venue_views,
    letter_views,
    booking_views,
    by_hand_views,
    edit_views,
    curtain_views,
    walk_in_views,
    waiting_views,
    list_views,
    guest_views,
    integration_views,
    check_views,
    attribute_views,
    visit_views,
    link_views,
    programme_views,
    widget_views,
    preview_views,
    embedding_views,
    loader_views,
    public_views,
    stop_views,
    guest_letter_views,
    details_views,
    hours_views,
    special_day_views,
    logo_views,
    online_views,
    tables_views,
    message_views,
    guide_views,
    home_views,
    diagnosis_views,
    help_views,
)
_ERROR_PAGES = {400, 403, 404, 405, 413, 422, 429, 500, 503}
_BUSY = (
    "Somebody else was saving at the same moment, so nothing was changed. "
    "Wait a few seconds and send it again: what you typed is not lost."
)
_OUT_OF_DATE = "This page is out of date, so nothing was changed. Reload it and try again."


def init_app(app: Flask, settings: Settings) -> None:
    """Attach blueprints, headers, error pages and template names to the app."""
    sessions.register()
    app.session_interface = sessions.KeptFromCaches()
    # Wings of one room may share a blueprint.
    for blueprint in dict.fromkeys(module.bp for module in _ROOMS):
        app.register_blueprint(blueprint)
    csrf.exempt(public_views.bp)
    # The link is the key, and a mail program's own button knows no form of ours.
    csrf.exempt(letter_views.bp)
    csrf.exempt(stop_views.bp)
    # Before the token of a form is looked for, which reads the whole request.
    app.url_value_preprocessor(_let_files_be_long)
    app.before_request(page_requests.refuse_foreign_change)
    app.before_request(_refuse_what_is_no_form)
    app.after_request(_secure)
    static_files.init_app(app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _out_of_date)
    app.register_error_handler(NotHere, lambda _error: _error_page(404))
    app.register_error_handler(SQLAlchemyError, _database_trouble)
    app.register_error_handler(BusyNow, _busy)
    app.register_error_handler(Exception, _our_fault)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    app.context_processor(lambda: _template_names(settings))
    app.add_template_filter(to_local, "local")
    for command in (
        cli.add_venue,
        cli.set_password,
        cli.add_search_words,
        cli.encrypt_again,
        cli.seed_demo,
        cli.keep_told_times,
        cli.take_returned_mail,
    ):
        app.cli.add_command(command)


def _let_files_be_long(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    page_requests.may_bring_file()


def _refuse_what_is_no_form() -> None:
    """Refuse JSON and files (415), which no page of the desk sends unless its view says so (`takes_file`).

    The published widget takes JSON too, and reads it itself.
    """
    is_public = request.blueprint == public_views.bp.name
    if (
        request.method not in page_requests.SAFE_METHODS
        and not is_public
        and (request.is_json or (not page_requests.may_bring_file() and request.files))
    ):
        abort(415)


def _template_names(settings: Settings) -> dict[str, object]:
    # Diners' pages read no cookie, so nobody is known there.
    is_ours = has_request_context() and request.blueprint != public_views.bp.name
    staff = current_user if is_ours and current_user.is_authenticated else None
    return {
        "product_name": settings.product_name,
        "support_email": settings.support_email,
        "current_staff": staff,
        "current_venue": staff.venue if staff else None,
        "bookings_shown_wrong": told_times.shown_wrong,
    }


def _secure(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    # A view says through `g` where its policy differs from the usual.
    frames = f"frame-src {g.frame_sources}; " if "frame_sources" in g else ""
    forms, ancestors = g.get("form_targets", "'self'"), g.get("frame_ancestors", "'none'")
    policy = f"{_POLICY}{frames}form-action {forms}; frame-ancestors {ancestors}"
    response.headers.setdefault("Content-Security-Policy", policy)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.cache_control.public:
            response.vary.add("HX-Request")
    return response


def _healthz() -> ResponseReturnValue:
    return {"ok": True}


def _readyz() -> ResponseReturnValue:
    db.session.execute(text("SELECT 1"))
    return {"ok": True}


def _error_page(status: int, sentence: str | None = None, name: str = "") -> ResponseReturnValue:
    log.info("answered %s at %s", status, request.endpoint)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"error": sentence or "That did not work.", "reference": reference()}, status
    if request.blueprint == "public":
        return render_template("errors/widget_error.html", what=sentence, reference=reference()), status
    page = status if status in _ERROR_PAGES else 400 if status < 500 else 500
    return render_template(f"errors/{name or page}.html", reference=reference()), status


def _out_of_date(_error: CSRFError) -> ResponseReturnValue:
    return signed_out.out_of_date() or _error_page(400, _OUT_OF_DATE)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    response = current_app.make_response(_error_page(error.code or 500))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _database_trouble(error: SQLAlchemyError) -> ResponseReturnValue:
    return _busy(error) if database.is_busy(error) else _our_fault(error)


def _busy(_error: Exception) -> ResponseReturnValue:
    """Somebody else held what was wanted for too long: nothing was changed, and a second try goes through."""
    db.session.rollback()
    log.warning("the database was busy for too long at %s", request.endpoint)
    response = current_app.make_response(_error_page(503, _BUSY, "busy"))
    response.headers["Retry-After"] = "5"
    return response


def _our_fault(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log_failure(log, f"answering {request.endpoint}", error)
    return _error_page(500)
