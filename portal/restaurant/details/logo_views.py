"""A venue's logo, for whoever sees its booking page: an address for each picture, to be kept for a year."""

from __future__ import annotations

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from portal.restaurant.details import logos

bp = Blueprint("logos", __name__, url_prefix="/logos")

_YEAR_SECONDS = 365 * 24 * 60 * 60
# Opened by itself an SVG is a page; this one may do nothing.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@bp.get("/<digest>")
def logo(digest: str) -> ResponseReturnValue:
    found = logos.find(digest)
    response = make_response(found.content)
    response.mimetype = found.mimetype
    response.headers["Content-Security-Policy"] = _POLICY
    # The frame shows it from a page of a site builder too, where it has no origin to be the same as.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.cache_control.public = True
    response.cache_control.max_age = _YEAR_SECONDS
    response.cache_control["immutable"] = None
    return response
