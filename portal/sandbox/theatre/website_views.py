"""The theatre's other websites, on pages that a person can click through."""

from __future__ import annotations

import secrets
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

from portal.sandbox.api.calls import state
from portal.sandbox.theatre import websites
from portal.sandbox.theatre.site import Component, api_origin, component, page
from portal.sandbox.theatre.websites import Website

bp = Blueprint("websites", __name__, url_prefix="/other-websites")

_ELSEWHERE = "tickets.elsewhere.example"
# What the builder's frame may do: scripts, forms and new tabs, without an origin of its own.
_SANDBOX = "allow-scripts allow-forms allow-popups"


@bp.get("")
def index() -> Response:
    """List the websites."""
    return page("other_websites.html", websites=websites.WEBSITES)


@bp.get("/<slug>")
def website(slug: str) -> Response:
    """Show one website."""
    found = websites.website(slug) or abort(404)
    return _with_policy(found, "website.html")


@bp.get("/<slug>/inside")
def inside(slug: str) -> Response:
    """Show what the builder puts into its frame: the snippet as it was pasted, and nothing else."""
    found = websites.website(slug) or abort(404)
    return _with_policy(found, "website_inside.html")


def _with_policy(found: Website, template: str) -> Response:
    nonce = secrets.token_urlsafe(12)
    answer = page(
        template,
        website=found,
        component=_component(found),
        nonce=nonce if found.policy == "nonce" else "",
        sandbox=_SANDBOX,
    )
    options = state().options
    answer.headers["Content-Security-Policy"] = websites.policy(
        found.policy,
        portal=(options.portal_url or "") if options.theatre_allows_widget else "",
        spektrix=api_origin(),
        here=f"{request.scheme}://{request.host}",
        nonce=nonce,
    )
    return answer


def _component(found: Website) -> Component:
    """Return how Spektrix's component is on a website, with its right host unless that is the point."""
    usual = component()
    right = replace(usual, shown=True, host=urlsplit(api_origin()).netloc)
    changed = {
        "late": replace(right, delay=websites.LATE_SECONDS),
        "none": replace(right, shown=False),
        "elsewhere": replace(right, host=_ELSEWHERE),
    }
    return changed.get(found.component, right)
