"""The engine, and the vocabulary of what it finds."""

import re
from datetime import UTC, datetime

from portal.diagnosis.engine import Failed, Passed, Step, Unknown, diagnose
from portal.diagnosis.support.desk import SPEKTRIX, desk_for
from portal.diagnosis.symptoms import connection, pre_fill_rules, visit_rules, writes_rules
from portal.diagnosis.symptoms.overview import SYMPTOMS
from portal.findings import CAUSE_LABELS, FINDINGS, Cause, Code
from portal.help.articles import ARTICLES
from portal.venues.models import Venue
from tests.support.tables import each_row

NOW = datetime(2026, 6, 12, 19, 30, tzinfo=UTC)


def run(*answers):
    """Run a step for each answer; returns the diagnosis and which steps were asked."""
    asked = []

    def step(number, answer):
        def look(_subject):
            asked.append(number)
            return answer

        return Step(f"Step {number}", look)

    steps = [step(number, answer) for number, answer in enumerate(answers, start=1)]
    return diagnose(steps, object, now=NOW, live=True), asked


def test_steps_run_in_order_and_stop_at_the_first_that_fails():
    diagnosis, asked = run(Passed("fine"), Failed(Code.PAUSED, ("Since Friday.",)), Failed(Code.OUTAGE))
    assert asked == [1, 2]
    assert (diagnosis.code, diagnosis.stopped_at) == (Code.PAUSED, 2)
    assert diagnosis.failed.evidence == ("Since Friday.",)
    assert [line.result is None for line in diagnosis.lines] == [False, False, True]


def test_a_step_that_cannot_be_made_stops_nothing():
    diagnosis, asked = run(Unknown("Spektrix was not asked"), Passed())
    assert asked == [1, 2]
    assert diagnosis.failed is None
    assert [line.name for line in diagnosis.unknown] == ["Step 1"]


def test_a_step_after_an_unknown_one_can_still_fail():
    diagnosis, _ = run(Unknown("away"), Failed(Code.PAUSED))
    assert diagnosis.code is Code.PAUSED


def test_the_facts_are_gathered_once_and_counted_into_the_time(monkeypatch):
    ticks = iter([10.0, 12.5])
    monkeypatch.setattr("portal.diagnosis.engine.time.perf_counter", lambda: next(ticks))
    gathered = []
    diagnosis = diagnose([], lambda: gathered.append(1), now=NOW, live=False)
    assert gathered == [1]
    assert diagnosis.milliseconds == 2500


@each_row("code", list(Code))
def test_every_code_has_a_cause_words_and_a_way_on(code):
    found = FINDINGS[code]
    assert found.cause in CAUSE_LABELS
    assert found.title
    assert found.who
    assert found.step
    for words in (found.title, found.step):
        assert not words.endswith((".", "!"))
        assert not re.search(r"\b(please|sorry|oops|invalid|forbidden)\b", words, re.IGNORECASE)


def test_there_are_five_causes():
    assert set(CAUSE_LABELS) == set(Cause)
    assert len(Cause) == 5


@each_row("code", list(Code))
def test_every_finding_leads_to_a_section_of_the_help_centre(code):
    name, _, anchor = FINDINGS[code].help.partition("#")
    # Setting it up is a whole article.
    assert (anchor == "") == (code is Code.NOT_CONNECTED)
    assert ARTICLES[name].section(anchor) if anchor else name in ARTICLES


@each_row("code", list(Code))
def test_every_next_step_leads_to_a_page_that_exists(app, code):
    action = FINDINGS[code].action
    assert action == "" or action in app.view_functions


def test_symptoms_stand_in_the_articles_order():
    """R3."""
    assert [symptom.help for symptom in SYMPTOMS] == ["connection", "pre-fill", "visits", "writes"]


def test_conditions_of_a_visit_stand_in_the_articles_order():
    """R82, R83."""
    names = [step.name for step in visit_rules.STEPS]
    words = ("Completed", "widget", "linked", "attributes", "active")
    assert [word in name for word, name in zip(words, names, strict=False)] == [True] * 5


def test_causes_of_an_empty_date_stand_in_the_articles_order():
    """R54."""
    asked = [step.look for step in pre_fill_rules.STEPS]
    four = (
        pre_fill_rules.uses_spektrix,
        pre_fill_rules.had_a_basket,
        pre_fill_rules.page_lets_it_be_read,
        pre_fill_rules.is_active,
    )
    assert [look for look in asked if look in four] == list(four)


def test_attributes_come_first_once_the_test_is_green():
    """R97."""
    assert [step.look for step in writes_rules.STEPS][:2] == [
        writes_rules.test_passes,
        writes_rules.attributes_are_there,
    ]
    assert len(connection.STEPS) == 6


@each_row("code", list(Code))
def test_every_fault_has_one_support_address(app_context, code):
    """R22, R23: the Spektrix page and Find the fault name the same."""
    venue = Venue(name="The Green Room", support_email="help@greenroom.example")
    address = desk_for(venue, FINDINGS[code]).address
    assert address == (SPEKTRIX if FINDINGS[code].is_theirs else "help@greenroom.example")
