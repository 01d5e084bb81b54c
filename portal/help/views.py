"""The help centre: plain pages for anybody of a venue. It knows no other room but the venue's."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import config
from portal.help.articles import ARTICLES, TROUBLESHOOTING
from portal.venues.models import Venue
from portal.venues.sessions import current_venue, signed_in

bp = Blueprint("help", __name__, url_prefix="/help")

_MAIL = "Business: {name}\n\nWhat I expected to happen:\n\n\nWhat happened instead:\n\n"


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    symptoms = [section for section, parts in TROUBLESHOOTING.chapters if parts]
    return render_template("help/index.html", symptoms=symptoms, **_surroundings())


@bp.get('/integrations/spektrix/<any("set-up","widget","field-mapping","troubleshooting"):name>')
@signed_in
def article(name: str) -> ResponseReturnValue:
    article = ARTICLES[name]
    return render_template(article.template, article=article, **_surroundings())


def _surroundings() -> dict[str, object]:
    address = _support_address(current_venue())
    return {
        "articles": list(ARTICLES.values()),
        "support_address": address,
        "support_mail": _mail_link(address, current_venue().name),
    }


def _support_address(venue: Venue) -> str:
    """Return who answers for this portal: the venue's own desk where it has one."""
    return venue.support_email or config.current().support_email


def _mail_link(address: str, venue_name: str) -> str:
    """Return a mail that names the business and leaves room for what was expected."""
    body = quote(_MAIL.format(name=venue_name))
    return f"mailto:{address}?subject={quote('Spektrix at ' + venue_name)}&body={body}"
