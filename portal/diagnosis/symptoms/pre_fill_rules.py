""" "The date is not filled in": the article's causes in their order, for one widget on one page (R54).

What a guest's browser met is known from the word that every opened widget sends back; a word from before a
setting was changed says nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal.diagnosis.engine import Failed, Passed, Result, Step, Unknown
from portal.diagnosis.symptoms.short_text import cut, moment
from portal.findings import Code
from portal.integration.checks.rules import Verdict
from portal.widgets.models import OpeningReason
from portal.widgets.openings.log import CODES, PageStory

_ABOUT_THE_PAGE = {OpeningReason.SCRIPT_MISSING, OpeningReason.BLOCKED, OpeningReason.WRONG_HOST}
_ABOUT_SPEKTRIX = {OpeningReason.TIMED_OUT, OpeningReason.FAILED}


@dataclass(frozen=True)
class PreFillFacts:
    """All that is known of one widget on one page.

    Args:
        uses_spektrix: its integration is set to Spektrix.
        sites: the websites it may run on.
        story: of the page looked at; None where it was not opened there within seven days.
        page: the address asked about, "" for whichever was opened last.
        address: host at which the widget asks for the basket.
        look: asks Spektrix at that host, once; None where only what is known is to be looked at.
        known: what is known to be wrong with the address or the client name.
    """

    uses_spektrix: bool
    sites: tuple[str, ...]
    story: PageStory | None
    page: str
    active: bool
    active_changed_at: datetime | None
    address: str
    zone: str
    look: Callable[[], Verdict] | None = None
    known: Failed | None = None


def uses_spektrix(facts: PreFillFacts) -> Result:
    """The widget's own choice comes first."""
    return Passed("Spektrix") if facts.uses_spektrix else Failed(Code.WIDGET_NONE)


def has_a_site(facts: PreFillFacts) -> Result:
    """A widget without a website opens nowhere."""
    return Passed(_many(len(facts.sites), "website")) if facts.sites else Failed(Code.NO_SITES)


def was_opened(facts: PreFillFacts) -> Result:
    """Without an opening there is no word from a browser to go by."""
    story = facts.story
    if story is not None:
        return Passed(f"{_many(story.openings, 'time')} in 7 days")
    if not facts.page:
        return Failed(Code.NOT_OPENED, ("No word from it in the last seven days.",))
    return Failed(Code.NOT_OPENED, (f"No word from {cut(facts.page, 200)} in the last seven days.",))


def site_is_listed(facts: PreFillFacts) -> Result:
    """A website that is not on the list gets no answer."""
    story = facts.story
    if story is None or story.reason is not OpeningReason.NOT_LISTED:
        return Passed(cut(story.site) if story and story.site else "")
    if story.site in facts.sites:
        return _outdated("added to the list")
    return Failed(
        Code.SITE_NOT_LISTED, (f"Opened on {cut(story.site)}, {moment(story.last_at, facts.zone)}.",)
    )


def had_a_basket(facts: PreFillFacts) -> Result:
    """A guest without tickets has no date to fill in; only a page where nobody ever has any is at fault."""
    story = facts.story
    if story is None or story.reason is not OpeningReason.NO_BASKET:
        return Passed(_filled(story))
    if story.filled:
        return Passed(_filled(story))
    return Failed(Code.NO_BASKET, _seen(facts, story))


def page_lets_it_be_read(facts: PreFillFacts) -> Result:
    """Spektrix's script is there, in time, not blocked, and of the same address as ours."""
    story = facts.story
    if story is None or story.reason not in _ABOUT_THE_PAGE:
        return Passed()
    evidence = _seen(facts, story)
    if story.reason is OpeningReason.WRONG_HOST:
        evidence = (*evidence, f"The widget asks at {cut(facts.address)}.")
    return Failed(CODES[story.reason], evidence)


def is_active(facts: PreFillFacts) -> Result:
    """While paused every widget behaves as if it were set to None."""
    if not facts.active:
        since = facts.active_changed_at
        return Failed(Code.PAUSED, (f"Since {moment(since, facts.zone)}.",) if since else ())
    if facts.story is not None and facts.story.reason is OpeningReason.PAUSED:
        return _outdated("switched on")
    if facts.story is not None and facts.story.reason is OpeningReason.OFF:
        return _outdated("set to Spektrix")
    return Passed("Active")


def spektrix_answers(facts: PreFillFacts) -> Result:
    """Spektrix answers at the very host that the widget asks."""
    verdict = facts.look() if facts.look else None
    if verdict is not None and verdict.stops and verdict.code is not None:
        return Failed(verdict.code, (verdict.detail, f"Asked at {cut(facts.address)}."), verdict.status)
    if verdict is None and facts.known is not None:
        return facts.known
    story = facts.story
    if story is not None and story.reason in _ABOUT_SPEKTRIX:
        return Failed(CODES[story.reason], _seen(facts, story))
    if verdict is None:
        return Unknown("Spektrix was not asked")
    return Passed(f"{verdict.milliseconds} ms")


STEPS: tuple[Step[PreFillFacts], ...] = (
    Step("The widget’s integration is Spektrix", uses_spektrix),
    Step("It may run on a website", has_a_site),
    Step("It was opened there", was_opened),
    Step("That website is on its list", site_is_listed),
    Step("The guest had a basket", had_a_basket),
    Step("The page lets the basket be read", page_lets_it_be_read),
    Step("The integration is active", is_active),
    Step("Spektrix answers where the widget asks", spektrix_answers),
)


def _outdated(change: str) -> Unknown:
    return Unknown(f"Not opened since it was {change}. Open it once, then check again")


def _seen(facts: PreFillFacts, story: PageStory) -> tuple[str, ...]:
    where = f" on {cut(story.page, 200)}" if story.page else ""
    return (f"Last opened{where} {moment(story.last_at, facts.zone)}; filled in {_filled(story)}.",)


def _filled(story: PageStory | None) -> str:
    return f"{story.filled} of {_many(story.openings, 'time')}" if story else ""


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
