"""The page of API users, as the Settings Interface has one: who there is, and a new key, shown only once."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import html
from portal.sandbox.control.pages import add_policy, refuse_other_sites
from portal.sandbox.world.records import ApiUser

bp = Blueprint("key_pages", __name__, url_prefix="/_sandbox/api-users")
bp.before_request(refuse_other_sites)
bp.after_request(add_policy)

KEY_BYTES = 40


@bp.get("")
def index() -> Response:
    """List the API users; of each key only its end."""
    return _page()


@bp.post("/key")
def new_key() -> Response:
    """Make a new key for an API user, which ends the old one, and show it this once."""
    with state().lock:
        user = _asked_for()
        made = replace(user, secret=base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        state().api_users[user.login] = made
        state().save()
    return _page(made)


@bp.post("/rights")
def change_rights() -> Response:
    """Give an API user the rights that are chosen, and no others."""
    with state().lock:
        user = _asked_for()
        state().api_users[user.login] = replace(
            user,
            may_read_baskets=request.form.get("may_read_baskets") == "yes",
            may_write_customers=request.form.get("may_write_customers") == "yes",
        )
        state().save()
    answer: Response = redirect(url_for("key_pages.index"), 303)  # type: ignore[assignment]
    return answer


def _asked_for() -> ApiUser:
    return state().api_users.get(request.form.get("login", "")) or abort(404)


def _page(made: ApiUser | None = None) -> Response:
    users = list(state().api_users.values())
    page = html(200, render_template("sandbox/api_users.html", users=users, made=made))
    page.headers["Cache-Control"] = "no-store"
    return page
