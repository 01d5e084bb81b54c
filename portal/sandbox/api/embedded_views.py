"""A page of Spektrix's to embed: it tells the page around it of the basket (docs/spektrix.md section 5)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request

from portal.sandbox.api import wire
from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import html
from portal.sandbox.world import box_office
from portal.sandbox.world.programme import current_programme

bp = Blueprint("embedded", __name__, url_prefix="/<client>/website")
TICKETS_AT_ONCE = 2


@bp.get("/Basket2.aspx")
def basket(client: str) -> Response:
    """Show the visitor's basket, and say to the theatre's page what is in it."""
    _require(client)
    with state().lock:
        told, ticket_count = _told()
    host = urlsplit(f"//{request.host}").hostname
    around = f"http://{host}:{current_app.config['THEATRE_PORT']}"
    answer = html(
        200,
        render_template(
            "theatre/embedded_basket.html",
            told=told,
            around=around,
            ticket_count=ticket_count,
        ),
    )
    policy = f"default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {around}"
    answer.headers["Content-Security-Policy"] = policy
    return answer


@bp.post("/Basket2.aspx")
def add_tickets(client: str) -> Response:
    """Put tickets for the next evening on sale into the basket."""
    _require(client)
    if urlsplit(request.headers.get("Origin", "")).netloc not in {"", request.host}:
        abort(403)
    with state().lock:
        now = state().now()
        coming = next(each for each in current_programme().performances if each.on_sale(now))
        visitor = box_office.visitor_or_new(state(), request)
        box_office.add_tickets(state(), visitor, [coming] * TICKETS_AT_ONCE)
        state().save()
    response: Response = redirect(request.path, 303)  # type: ignore[assignment]
    return box_office.remember(response, visitor)


def _require(client: str) -> None:
    if client not in state().options.client_names:
        abort(404)


def _told() -> tuple[wire.Body, int]:
    """Return the basket as the messages have it, without its id and with ids for shows; and its tickets."""
    visitor = box_office.visitor_of(state(), request)
    found = box_office.basket_of(state(), visitor)
    owner = box_office.customer_of(state(), visitor)
    empty = wire.empty_basket(owner)
    if found is None:
        return empty, 0
    whole = wire.basket(found, None, [wire.ticket(each, {}) for each in found.tickets])
    return {name: whole[name] for name in empty} | {"customer": empty["customer"]}, len(found.tickets)
