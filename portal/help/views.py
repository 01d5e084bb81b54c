"""The help centre: plain pages for anybody of a venue. It knows no other room but the venue's."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import config
from portal.help.articles import ARTICLES, RESTAURANT_ARTICLES, TROUBLESHOOTING
from portal.venues.sessions import current_venue, signed_in

bp = Blueprint("help", __name__, url_prefix="/help")

_ON_THE_RESTAURANT = ",".join(f'"{name}"' for name in RESTAURANT_ARTICLES)
_MAIL = "Business: {name}\n\nWhat I expected to happen:\n\n\nWhat happened instead:\n\n"


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    symptoms = [chapter.section for chapter in TROUBLESHOOTING.chapters if chapter.parts]
    return render_template("help/index.html", symptoms=symptoms, **_surroundings())


@bp.get('/integrations/spektrix/<any("set-up","widget","field-mapping","troubleshooting"):name>')
@signed_in
def article(name: str) -> ResponseReturnValue:
    article = ARTICLES[name]
    return render_template(article.template, article=article, **_surroundings())


@bp.get(f"/restaurant/<any({_ON_THE_RESTAURANT}):name>")
@signed_in
def restaurant_article(name: str) -> ResponseReturnValue:
    article = RESTAURANT_ARTICLES[name]
    return render_template(article.template, article=article, **_surroundings())


def _surroundings() -> dict[str, object]:
    """Return what every page of help shows: the articles, and a mail to the venue's own desk or to ours."""
    venue = current_venue()
    address = venue.support_email or config.current().support_email
    subject, body = quote("Spektrix at " + venue.name), quote(_MAIL.format(name=venue.name))
    return {
        "articles": list(ARTICLES.values()),
        "restaurant_articles": list(RESTAURANT_ARTICLES.values()),
        "support_address": address,
        "support_mail": f"mailto:{address}?subject={subject}&body={body}",
    }
