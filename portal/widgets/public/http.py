"""What all public views share: which widget is asked for, request bodies, screens, refusals, rate limits."""

from __future__ import annotations

import gzip
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from portal import config, crypto, page_requests
from portal.extensions import visitors_address
from portal.page_requests import wants_fragment
from portal.scoping import NotHere
from portal.widgets import rules
from portal.widgets.public import assets, forms, known
from portal.widgets.public.forms import NotReadable
from portal.widgets.rules import NotUsable
from portal.widgets.service import NoWidget, PublishedWidget, Withdrawn

# The frame's script shows an error answer with this header. For any other it shows a sentence of its own.
SHOW_IN_FRAME = {"HX-Retarget": "#main"}
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_NOT_HERE = "There is no booking page at this address. Check the address, or call the restaurant."
_NO_BOOKING = "There is no booking at this address. Check the address, or call the restaurant."
_WITHDRAWN = "This restaurant no longer takes bookings on this page."
_SENTENCES = {
    404: _NOT_HERE,
    405: "You cannot open this address in this way. Go back to the booking page.",
    413: "What you sent is larger than 64 KB, so nothing was booked. Shorten it and send it again.",
    415: "The booking must be sent as a form or as JSON, so nothing was booked.",
    429: "There were too many tries to book. Wait ten minutes and try again, or call the restaurant.",
}
_FOREIGN_SITE = "This website may not use this booking page. The restaurant can allow it."


class Refused(Exception):
    """A request that is refused: its status, why in one sentence, and the field, if it is about one."""

    def __init__(self, status: int, sentence: str, field: str | None = None) -> None:
        self.status, self.field = status, field
        super().__init__(sentence)


def find_widget(public_id: str) -> PublishedWidget:
    """Return the widget of an address, restricted to its websites. Raises NotHere or Refused."""
    return restrict_to_sites(known.find(public_id))


def restrict_to_sites(published: PublishedWidget) -> PublishedWidget:
    """Let only the widget's websites frame the answer, and send changes."""
    g.published = published
    g.frame_ancestors = rules.frame_ancestors(published.widget.sites)
    _refuse_doubles()
    if request.method == "POST":
        require_known_origin(published)
    return published


def _refuse_doubles() -> None:
    """Refuse a query or form that names a field twice: nobody can tell which is meant."""
    sent = [request.args] + ([request.form] if request.mimetype == _FORM else [])
    for fields in sent:
        for name, values in fields.lists():
            if len(values) > 1:
                raise Refused(400, f"{name[:40]} was sent more than once. Send it once.", name[:40])


def require_known_origin(published: PublishedWidget) -> None:
    """Refuse another site's script. Programs that are no browser send neither header (X21)."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
            return
        raise Refused(403, _FOREIGN_SITE)
    if page_requests.is_ours(origin):
        return
    if origin not in rules.origins_of(published.widget.sites):
        raise Refused(403, _FOREIGN_SITE)


def wants_json() -> bool:
    """Tell whether a program is asking: one that sends JSON, or wants it before all else."""
    return _JSON in {request.mimetype, request.accept_mimetypes.best}


def form_fields() -> MultiDict[str, str]:
    """Return the body as form fields, read once. Raises NotReadable, NotUsable, or a 413 or 415."""
    if "form_fields" not in g:
        if request.mimetype == _JSON:
            g.form_fields = forms.read_json(request.get_data())
        elif request.mimetype != _FORM:
            raise UnsupportedMediaType
        elif sum(1 for _ in request.form.items(multi=True)) > forms.MOST_FIELDS:
            raise NotReadable(f"The form must have {forms.MOST_FIELDS} fields or fewer")
        else:
            g.form_fields = request.form
    return g.form_fields  # type: ignore[no-any-return]


def email_key() -> str:
    """Return the rate limit's key for the typed e-mail address, hashed; the visitor's address without one."""
    try:
        email = form_fields().get("email", "")
    except (NotReadable, NotUsable, HTTPException):
        email = ""
    return crypto.fingerprint(f"booking:{email.strip().casefold()}") if email else visitors_address()


def succeeded(response: Response) -> bool:
    return response.status_code < 400


def template_context(published: PublishedWidget) -> dict[str, Any]:
    """Return the variables that every template of the frame may use."""
    return {
        "widget": published.widget,
        "venue": published.venue,
        "portal_url": config.current().portal_url,
        "theme": published.widget.theme,
        "style_url": assets.style_url(published.widget),
    }


def screen(name: str, title: str, published: PublishedWidget, **values: Any) -> str:
    """Return one screen, as the fragment that htmx swaps in or as a page of its own.

    Args:
        name: its wing and its template, as `frame/confirmation`.
        title: of the page.
        published: whose frame it is.
    """
    wing, step = name.split("/")
    fragment = f"widgets/{wing}/_{step}.html"
    if wants_fragment():
        return render_template(fragment, **template_context(published), **values, announce=True)
    return render_template(
        "widgets/public/step.html", **template_context(published), **values, fragment=fragment, title=title
    )


def widget_key() -> str:
    """Return the rate limit's key for the widget of an address."""
    return f"widget {(request.view_args or {}).get('public_id')}"


def gzipped(html: str) -> Response:
    """Return HTML gzipped, where the browser takes it, as a phone's network is slower than we are.

    Only for pages without secrets: the length of a gzipped page tells something of what is in it.
    """
    response = make_response(html)
    response.vary.add("Accept-Encoding")
    if request.method == "GET" and request.accept_encodings.best_match(["gzip"]):
        response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
        response.content_encoding = "gzip"
    return response


def _refusal(
    status: int, sentence: str, field: str | None = None, title: str = "That did not work"
) -> ResponseReturnValue:
    if wants_json():
        return jsonify(error=sentence, field=field), status
    published = g.get("published")
    known = template_context(published) if published else {"widget": None, "venue": g.get("venue")}
    fragment = "widgets/public/_refused.html"
    if wants_fragment():
        return render_template(fragment, **known, what=sentence, title=title), status, SHOW_IN_FRAME
    page = render_template("widgets/public/step.html", **known, what=sentence, fragment=fragment, title=title)
    return page, status


def _not_here(_error: NotHere) -> ResponseReturnValue:
    # There is nothing to press on it, so any website that names a wrong widget may show it in its frame.
    g.setdefault("frame_ancestors", "*")
    if "published" in g:
        return _refusal(404, _NO_BOOKING, title="Booking not found")
    return _refusal(404, _NOT_HERE, title="Nothing to book here")


def _withdrawn(error: Withdrawn) -> ResponseReturnValue:
    """Say whom to call instead, on the websites where the widget used to run."""
    g.frame_ancestors = rules.frame_ancestors(error.published.widget.sites)
    g.venue = error.published.venue
    return _refusal(410, _WITHDRAWN, title="Nothing to book here")


def _no_widget(error: NoWidget) -> ResponseReturnValue:
    g.venue = error.venue
    return _refusal(410, _WITHDRAWN, title="Nothing to book here")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    limits_own = isinstance(error, RateLimitExceeded) and error.limit.error_message
    response = make_response(_refusal(status, str(limits_own or _SENTENCES[status])))
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def handle_errors(bp: Blueprint) -> None:
    """Answer every refusal of these views with a sentence: as JSON, as a fragment or as a page."""
    bp.register_error_handler(Refused, lambda error: _refusal(error.status, str(error), error.field))
    bp.register_error_handler(NotUsable, lambda error: _refusal(422, str(error), error.field))
    bp.register_error_handler(NotReadable, lambda error: _refusal(400, f"{error}, so nothing was booked."))
    bp.register_error_handler(NotHere, _not_here)
    bp.register_error_handler(Withdrawn, _withdrawn)
    bp.register_error_handler(NoWidget, _no_widget)
    for status in _SENTENCES:
        bp.register_error_handler(status, _http_error)


def allow_embedding(bp: Blueprint) -> None:
    """Let pages that isolate themselves (COEP) hold the frame, where its websites allow it at all."""

    @bp.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
