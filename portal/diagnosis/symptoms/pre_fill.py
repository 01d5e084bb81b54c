""" "The date is not filled in": the facts of one widget on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from portal import clock, config
from portal.diagnosis import engine
from portal.diagnosis.engine import Diagnosis, Failed, diagnose, no_widget, not_connected
from portal.diagnosis.symptoms.check_results import result_of
from portal.diagnosis.symptoms.pre_fill_rules import STEPS, PreFillFacts
from portal.extensions import db
from portal.integration.checks import look_ups
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.integration.standing.results import ANSWERING, CLIENT_NAME
from portal.venues.models import Venue
from portal.widgets.models import IntegrationChoice, OpeningReason, Widget
from portal.widgets.openings import log as openings
from portal.widgets.openings.log import PageStory
from portal.widgets.setup import settings as widgets


@dataclass(frozen=True)
class Choice:
    """What can be asked about: the venue's widgets, the one chosen, its pages, and the page chosen."""

    widgets: Sequence[Widget]
    widget: Widget | None
    pages: tuple[PageStory, ...]
    page: str


def choose(venue: Venue, public_id: str, page: str) -> Choice:
    """Choose the widget of that public id, else the first. Raises NotHere for one that is not the venue's."""
    every = widgets.widgets_of(venue)
    widget = widgets.find(venue, public_id) if public_id else next(iter(every), None)
    pages = tuple(openings.story_of(widget)) if widget else ()
    known = {story.page for story in pages}
    return Choice(every, widget, pages, page if page in known else "")


def diagnose_pre_fill(venue: Venue, choice: Choice, *, live: bool) -> Diagnosis:
    """Find out why the date of a guest's show is not filled in.

    Args:
        live: ask Spektrix now at the address that the widget uses.
    """
    now = clock.utc_now()
    integration = integration_of(venue.id)
    if integration is None:
        return not_connected(now, live=live)
    widget = choice.widget
    if widget is None:
        return no_widget(now, live=live)
    return diagnose(STEPS, lambda: _facts(venue, integration, widget, choice, live=live), now=now, live=live)


def _facts(
    venue: Venue, integration: Integration, widget: Widget, choice: Choice, *, live: bool
) -> PreFillFacts:
    known = None
    if not live:
        # The first two checks are those of a live look.
        by_now = standing.of(venue.id).results
        results = (result_of(by_now, number) for number in (ANSWERING, CLIENT_NAME))
        known = next((result for result in results if isinstance(result, Failed)), None)
    spektrix_host = urlsplit(config.current().spektrix_url).netloc
    facts = PreFillFacts(
        uses_spektrix=widget.integration == IntegrationChoice.SPEKTRIX,
        sites=tuple(widget.sites),
        story=_story(choice),
        page=choice.page,
        active=integration.active,
        active_changed_at=integration.active_changed_at,
        address=integration.custom_domain or spektrix_host,
        zone=venue.timezone,
        look=cache(lambda: look_ups.answering(venue, engine.BUDGET_SECONDS)) if live else None,
        known=known,
    )
    db.session.commit()
    return facts


def _story(choice: Choice) -> PageStory | None:
    """Return the story of the page asked about, else of the latest one on which no date came up."""
    if choice.page:
        return next(story for story in choice.pages if story.page == choice.page)
    empty = (story for story in choice.pages if story.reason is not OpeningReason.FILLED and not story.filled)
    return next(empty, next(iter(choice.pages), None))
