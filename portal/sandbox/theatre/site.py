"""The pretend theatre's website.

Its scripts call the API port as a site with a custom domain does; its forms do the same without a script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import html
from portal.sandbox.world import box_office
from portal.sandbox.world.catalogue import FULL_PRICE
from portal.sandbox.world.programme import (
    SHOWS,
    ZONE,
    Performance,
    current_programme,
    show_by_id,
    show_by_slug,
)
from portal.sandbox.world.records import Ticket, Visitor
from portal.sandbox.world.state import State

bp = Blueprint("theatre", __name__)

TICKETS_AT_ONCE = 2
UPCOMING_ON_HOME = 5


@dataclass(frozen=True)
class Line:
    """One line of the basket page: tickets for one performance. `total` is in pounds."""

    name: str
    performance: Performance | None
    tickets: list[Ticket]

    @property
    def total(self) -> float:
        """The price of all tickets."""
        return sum(ticket.price for ticket in self.tickets)


@dataclass(frozen=True)
class Component:
    """Spektrix's component on a page: whether, when in seconds after loading, and what it names."""

    shown: bool
    delay: float
    host: str
    client: str


def create_theatre(shared: State, api_port: int, *more: Blueprint) -> Flask:
    """Return the WSGI app of the theatre port, with `more` pages beside its own."""
    app = Flask("portal.sandbox")
    app.config.update(SANDBOX_STATE=shared, API_PORT=api_port)
    for blueprint in (bp, *more):
        app.register_blueprint(blueprint)
    app.add_template_filter(day)
    app.add_template_filter(clock)
    app.add_template_filter(pounds)
    app.register_error_handler(HTTPException, _error_page)
    return app


def day(moment: datetime) -> str:
    """Write a date as Fri 12 Jun."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def clock(moment: datetime) -> str:
    """Write a time as 7:30pm."""
    return f"{moment.hour % 12 or 12}:{moment:%M}{'am' if moment.hour < 12 else 'pm'}"


def pounds(amount: float) -> str:
    """Write an amount as £26.00."""
    return f"£{amount:.2f}"


@bp.before_request
def refuse_other_sites() -> None:
    """Let no other site's form act for the visitor."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


@bp.after_app_request
def add_policy(response: Response) -> Response:
    """Allow scripts of our own and the portal's, frames of the portal, calls to the API, as told."""
    options = state().options
    portal = (options.portal_url or "") if options.theatre_allows_widget else ""
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {portal}".rstrip(),
            "style-src 'self'",
            "img-src 'self' data:",
            "frame-src " + (portal or "'none'"),
            f"connect-src 'self' {api_origin() if options.theatre_allows_basket else ''} {portal}".rstrip(),
            "form-action 'self'",
            "base-uri 'none'",
        )
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    return response


@bp.app_context_processor
def every_page() -> dict[str, object]:
    """Give every page its visitor and the addresses that its scripts need."""
    visitor = box_office.visitor_of(state(), request)
    basket = box_office.basket_of(state(), visitor)
    client = _client()
    return {
        "customer": box_office.customer_of(state(), visitor),
        "ticket_count": len(basket.tickets) if basket else 0,
        "options": state().options,
        "component": component(),
        "api_base": f"{api_origin()}/{client}/api/v3/",
        "basket_page": f"{api_origin()}/{client}/website/Basket2.aspx",
        "ticket_type": FULL_PRICE.id,
        "here": request.path,
    }


def component() -> Component:
    """Return Spektrix's component as the options want it."""
    options = state().options
    return Component(
        shown=options.theatre_component,
        delay=options.theatre_component_delay,
        host=options.theatre_component_host or urlsplit(api_origin()).netloc,
        client=options.theatre_component_client or _client(),
    )


def _client() -> str:
    names = state().options.client_names
    return names[0] if names else ""


@bp.get("/")
def home() -> Response:
    """Show the season and what is on next."""
    now = state().now()
    upcoming = [each for each in current_programme().performances if each.on_sale(now)]
    return page("home.html", shows=SHOWS, upcoming=upcoming[:UPCOMING_ON_HOME])


@bp.get("/whats-on")
def whats_on() -> Response:
    """Show the diary by day."""
    now = state().now()
    coming = [each for each in current_programme().performances if each.start_utc > now]
    days = [(each, list(rest)) for each, rest in groupby(coming, key=lambda one: one.start_at.date())]
    return page("whats_on.html", days=days, now=now)


@bp.get("/events/<slug>")
def event(slug: str) -> Response:
    """Show one event and its performances."""
    show = show_by_slug(slug) or abort(404)
    now = state().now()
    coming = [each for each in current_programme().of_show(show) if each.start_utc > now]
    return page("event.html", show=show, performances=coming, now=now)


@bp.get("/book-a-table")
def book_a_table() -> Response:
    """Show the restaurant's page with the widget."""
    return page("book_a_table.html")


@bp.get("/basket")
def basket() -> Response:
    """Show the tickets in the visitor's basket."""
    found = box_office.basket_of(state(), box_office.visitor_of(state(), request))
    tickets = found.tickets if found else []
    return page("basket.html", lines=_lines(tickets), total=sum(ticket.price for ticket in tickets))


@bp.post("/basket/tickets")
def add_tickets() -> Response:
    """Add tickets without a script."""
    with state().lock:
        try:
            performance = box_office.sellable(state(), request.form.get("instance", ""))
        except box_office.NotOnSale:
            return page("not_on_sale.html", status=422)
        visitor = box_office.visitor_or_new(state(), request)
        box_office.add_tickets(state(), visitor, [performance] * TICKETS_AT_ONCE)
        return _see(url_for("theatre.basket"), visitor)


@bp.post("/basket/remove")
def remove_tickets() -> Response:
    """Remove tickets without a script."""
    with state().lock:
        visitor = box_office.visitor_or_new(state(), request)
        found = box_office.basket_of(state(), visitor)
        if found:
            box_office.remove_tickets(state(), found, set(request.form.get("tickets", "").split(",")))
        return _see(url_for("theatre.basket"), visitor)


@bp.get("/account/sign-in")
def sign_in_form() -> Response:
    """Show the sign-in form."""
    return page("sign_in.html", next_path=_own_path(request.args.get("next")))


@bp.post("/account/sign-in")
def sign_in() -> Response:
    """Sign in without a script."""
    next_path = _own_path(request.form.get("next"))
    email = request.form.get("email", "")
    with state().lock:
        visitor = box_office.visitor_or_new(state(), request)
        if box_office.sign_in(state(), visitor, email, request.form.get("password", "")):
            return _see(next_path, visitor)
    return page("sign_in.html", status=422, next_path=next_path, email=email, failed=True)


@bp.post("/account/sign-out")
def sign_out() -> Response:
    """Sign out without a script."""
    with state().lock:
        visitor = box_office.visitor_or_new(state(), request)
        box_office.sign_out(state(), visitor)
        return _see(url_for("theatre.home"), visitor)


def _lines(tickets: list[Ticket]) -> list[Line]:
    programme = current_programme()
    by_performance: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_performance.setdefault(ticket.performance_id, []).append(ticket)
    lines = []
    for performance_id, of_one in by_performance.items():
        show = show_by_id(of_one[0].event_id)
        name = show.name if show else "An event that is no longer listed"
        lines.append(Line(name, programme.performance(performance_id), of_one))
    return lines


def _own_path(path: str | None) -> str:
    """Return a path of this site, so that signing in never leads elsewhere."""
    inside = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if path and inside else url_for("theatre.home")


def api_origin() -> str:
    """The API under the host name of this request: one host name, one cookie jar."""
    host = urlsplit(f"//{request.host}").hostname
    return f"http://{host}:{current_app.config['API_PORT']}"


def _see(path: str, visitor: Visitor) -> Response:
    state().save()
    response: Response = redirect(path, 303)  # type: ignore[assignment]
    return box_office.remember(response, visitor)


def page(template: str, status: int = 200, **values: object) -> Response:
    """Return one of the theatre's pages."""
    today = datetime.now(ZONE).date()
    return html(status, render_template(f"theatre/{template}", today=today, **values))


def _error_page(error: HTTPException) -> Response:
    return page("error.html", status=error.code or 500)
