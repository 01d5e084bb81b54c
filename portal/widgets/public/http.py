"""What all public answers share: whose requests are taken, how a body is read, and how a refusal is said."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from portal import crypto, origins
from portal.extensions import visitors_address
from portal.htmx import wants_fragment
from portal.scoping import NotHere
from portal.widgets import rules, service
from portal.widgets.public import assets, forms
from portal.widgets.public.forms import NotReadable
from portal.widgets.rules import NotUsable
from portal.widgets.service import NoWidget, PublishedWidget, Withdrawn

# The frame's script shows an error that says where it belongs, and its own words for any other.
SHOW_IN_FRAME = {"HX-Retarget": "#main"}
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_NOT_HERE = "There is no booking page at this address. Check the address, or call the restaurant."
_NO_BOOKING = "There is no booking at this address. Check the address, or call the restaurant."
_WITHDRAWN = "This restaurant takes no bookings on this page any more."
_WORDS = {
    404: _NOT_HERE,
    405: "This address cannot be used like that. Go back to the booking page.",
    413: "The request is larger than 64 KB, so nothing was booked. Shorten what you typed and send it again.",
    415: "The booking must be sent as a form or as JSON, so nothing was booked.",
    429: "Too many bookings were tried from here in a short time. Wait ten minutes, then try again, or call.",
}
_FOREIGN_SITE = "This website is not on the list of those that may book here. The restaurant can add it."


class Refused(Exception):
    """A question that gets no table: `status`, the sentence, and the field it is about, if one."""

    def __init__(self, status: int, sentence: str, field: str | None = None) -> None:
        self.status, self.field = status, field
        super().__init__(sentence)


def find_widget(public_id: str) -> PublishedWidget:
    """Return the widget of an address, its answer and its request bound to its websites. Raises NotHere."""
    return restrict_to_sites(service.find_published(public_id))


def restrict_to_sites(published: PublishedWidget) -> PublishedWidget:
    """Let the answer be framed on the widget's websites, and take changes from them alone."""
    g.published = published
    g.frame_ancestors = rules.frame_ancestors(published.widget.sites)
    if request.method == "POST":
        require_known_origin(published)
    return published


def require_known_origin(published: PublishedWidget) -> None:
    """Refuse another site's script. Programs that are no browser send neither header (X21)."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
            return
        raise Refused(403, _FOREIGN_SITE)
    if origins.is_ours(origin):
        return
    if origin not in rules.origins_of(published.widget.sites):
        raise Refused(403, _FOREIGN_SITE)


def wants_json() -> bool:
    """Tell whether a program is asking: one that sends JSON, or wants it before all else."""
    return _JSON in {request.mimetype, request.accept_mimetypes.best}


def form_fields() -> MultiDict[str, str]:
    """Return the body as form fields, read once. Raises NotReadable, NotUsable, or a 413 or 415."""
    if "form_fields" not in g:
        g.form_fields = _read_body()
    return g.form_fields  # type: ignore[no-any-return]


def _read_body() -> MultiDict[str, str]:
    if request.mimetype == _JSON:
        return forms.read_json(request.get_data())
    if request.mimetype != _FORM:
        raise UnsupportedMediaType
    if sum(1 for _ in request.form.items(multi=True)) > forms.MOST_FIELDS:
        raise NotReadable(f"The form must have {forms.MOST_FIELDS} fields or fewer")
    return request.form


def email_key() -> str:
    """Name the e-mail address of a booking for the rate limit, without keeping it readable."""
    try:
        email = form_fields().get("email", "")
    except (NotReadable, NotUsable, HTTPException):
        email = ""
    return crypto.fingerprint(f"booking:{email.strip().casefold()}") if email else visitors_address()


def succeeded(response: Response) -> bool:
    return response.status_code < 400


def template_context(published: PublishedWidget) -> dict[str, Any]:
    """Return what every template of the frame may use."""
    look = {"theme": published.widget.theme, **assets.urls(published.widget)}
    portal_url = current_app.extensions["settings"].portal_url
    return {"widget": published.widget, "venue": published.venue, "portal_url": portal_url, **look}


def screen(name: str, title: str, published: PublishedWidget, **values: Any) -> str:
    """Return one step, as the fragment that htmx swaps in or as a page of its own.

    Args:
        name: its wing and its fragment, as `frame/confirmed`.
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
    """Name the widget of an address for the rate limit."""
    return f"widget {(request.view_args or {}).get('public_id')}"


def gzipped(html: str) -> Response:
    """Return HTML gzipped, where the browser takes it: on a phone its way takes longer than making it.

    Only for what holds neither a secret nor what somebody typed, whose length could be told from outside.
    """
    response = make_response(html)
    response.vary.add("Accept-Encoding")
    if request.method == "GET" and request.accept_encodings.best_match(["gzip"]):
        response.set_data(gzip.compress(response.get_data(), 5))
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


def _refused(error: Refused) -> ResponseReturnValue:
    return _refusal(error.status, str(error), error.field)


def _not_usable(error: NotUsable) -> ResponseReturnValue:
    return _refusal(422, str(error), error.field)


def _not_readable(error: NotReadable) -> ResponseReturnValue:
    return _refusal(400, f"{error}, so nothing was booked.")


def _not_here(_error: NotHere) -> ResponseReturnValue:
    # The sentence holds nothing to press, so any page that names a wrong widget may show it in its frame.
    g.setdefault("frame_ancestors", "*")
    if "published" in g:
        return _refusal(404, _NO_BOOKING, title="No such booking")
    return _refusal(404, _NOT_HERE, title="Nothing to book here")


def _withdrawn(error: Withdrawn) -> ResponseReturnValue:
    """Say who can be called instead, on the websites where the widget used to run."""
    g.frame_ancestors = rules.frame_ancestors(error.published.widget.sites)
    g.venue = error.published.venue
    return _refusal(410, _WITHDRAWN, title="Nothing to book here")


def _no_widget(error: NoWidget) -> ResponseReturnValue:
    g.venue = error.venue
    return _refusal(410, _WITHDRAWN, title="Nothing to book here")


def _in_words(status: int) -> Callable[[HTTPException], ResponseReturnValue]:
    def answer(error: HTTPException) -> ResponseReturnValue:
        own_words = isinstance(error, RateLimitExceeded) and error.limit.error_message
        response = make_response(_refusal(status, str(own_words or _WORDS[status])))
        if status == 429:
            response.headers["Retry-After"] = "60"
        return response

    return answer


def allow_embedding(bp: Blueprint) -> None:
    """Let pages that isolate themselves (COEP) hold the frame, where its websites allow it at all."""
    bp.after_request(_isolated)


def _isolated(response: Response) -> Response:
    response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def handle_errors(bp: Blueprint) -> None:
    """Let every refusal of these views be said in a sentence, as data, fragment or page."""
    bp.register_error_handler(Refused, _refused)
    bp.register_error_handler(NotUsable, _not_usable)
    bp.register_error_handler(NotReadable, _not_readable)
    bp.register_error_handler(NotHere, _not_here)
    bp.register_error_handler(Withdrawn, _withdrawn)
    bp.register_error_handler(NoWidget, _no_widget)
    for status in _WORDS:
        bp.register_error_handler(status, _in_words(status))
