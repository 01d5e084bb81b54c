"""What the card of the checks says once something has come after them."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.integration.checks import run
from portal.integration.checks.rules import Verdict
from portal.integration.connection.models import AttributeState, CheckResult, CheckState
from portal.integration.standing import results
from portal.outbox.models import State
from portal.venues.models import Venue
from tests.integration.place import checks, last_test, overall, place_of
from tests.support.reading import read_html
from tests.support.tables import each_row

AGO = timedelta(minutes=8)


@pytest.fixture
def place(app):
    """A venue whose six checks passed eight minutes ago, a trial write among them."""
    place = place_of(app)
    then = clock.utc_now() - AGO
    place.prove()
    place.set(
        credentials_saved_at=then - AGO, trial_at=then - timedelta(seconds=1), checked_at=then, check_ms=420,
        tested_at=then, test_outcome="ok", test_status=200,
    )  # fmt: skip
    set_checks(place, dict.fromkeys(results.NAMES, (CheckState.PASSED, "")), then)
    return place


def set_checks(place, states, at):
    with place.integration() as integration:
        integration.checks = []
        db.session.flush()
        integration.checks = [
            CheckResult(number=number, state=state, code=code, at=at, detail="" if not code else "Before.")
            for number, (state, code) in states.items()
        ]
        db.session.commit()


def states(html):
    return [state for state, _ in checks(html)]


def test_checks_that_nothing_contradicts_are_folded_into_one_line(place):
    html = place.get()
    assert overall(html) == "Working"
    assert "All 6 checks passed" in html
    assert "8 minutes ago" in html


def test_a_visit_refused_since_marks_its_check_and_takes_the_tick_away(place):
    place.add_visit(State.BLOCKED, Code.KEY_REFUSED)
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now() + AGO)
    html = place.get()
    assert overall(html) == "Sign-in refused"
    assert "All 6 checks passed" not in html
    assert "Checked 8 minutes ago; something has changed since" in html
    assert states(html) == ["ok", "ok", "bad", "skipped", "ok", "warn"]
    assert "Spektrix replied 401 to a call made after the last check." in html


def test_a_test_that_was_passed_is_not_green_beside_a_later_refusal(place):
    assert last_test(place.get()) == ("ok", "200")
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now() + AGO)
    html = place.get()
    assert last_test(html) == ("off", "200")
    assert "Spektrix accepted these details then." in html


def test_a_name_found_wrong_since_is_marked_below_the_ticks(place):
    place.add_visit(State.NOT_STORED, Code.ATTRIBUTE_MISSING)
    place.set_attributes(AttributeState.NEAR_MISS, AttributeState.FOUND, near_miss="attribute_LastDineAt")
    html = place.get()
    assert "All 6 checks passed" not in html
    assert states(html) == ["ok"] * 4 + ["bad", "warn"]
    assert "1 spelled differently. See below." in html
    assert last_test(html) == ("ok", "200"), "a test covers the API user and key only"


def test_a_visit_that_landed_proves_what_the_checks_had_left_open(place):
    """The badge is green, and the card does not say that no visit was sent."""
    then = clock.utc_now() - AGO
    open_ones = {4: (CheckState.WARNS, ""), 5: (CheckState.WARNS, Code.ATTRIBUTES_NOT_SEEN)}
    passed = dict.fromkeys(results.NAMES, (CheckState.PASSED, ""))
    set_checks(place, passed | open_ones | {6: (CheckState.WARNS, "")}, then)
    place.add_visit(State.CONFIRMED)
    html = place.get()
    assert overall(html) == "Working"
    assert states(html) == ["ok"] * 6
    assert "All 6 checks passed" in html
    assert "No visit has been sent yet" not in html


def test_a_check_that_failed_is_overtaken_by_a_visit_that_landed(place):
    then = clock.utc_now() - AGO
    rest = dict.fromkeys((4, 5, 6), (CheckState.SKIPPED, ""))
    first = dict.fromkeys((1, 2), (CheckState.PASSED, ""))
    set_checks(place, first | {3: (CheckState.FAILED, Code.KEY_REFUSED)} | rest, then)
    place.set(test_outcome=Code.KEY_REFUSED, test_status=401)
    assert states(place.get())[2] == "bad"
    place.add_visit(State.CONFIRMED)
    html = place.get()
    assert overall(html) == "Working"
    assert states(html) == ["ok"] * 6
    assert "Proved by a later visit" in html


@each_row(
    "proof, minutes",
    [("trial write", 3), ("visit", 1)],
)
def test_the_newest_proof_is_named_not_the_checks_before_it(place, proof, minutes):
    at = clock.utc_now() - timedelta(minutes=minutes, seconds=5)
    if proof == "visit":
        place.add_visit(State.CONFIRMED, closed_at=at)
    else:
        place.set(trial_at=at)
    page = read_html(place.get()).words
    ago = "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    assert f"All 6 checks passed. A {proof} proved it {ago}" in page
    assert "passed 8 minutes ago" not in page


def test_a_check_that_is_added_to_the_list_is_made_and_shown(place, sandbox, monkeypatch):
    seventh = Verdict(7, CheckState.PASSED, "Seventh")
    monkeypatch.setitem(results.NAMES, 7, "A seventh check")
    monkeypatch.setattr(run, "NUMBERS", tuple(results.NAMES))
    monkeypatch.setitem(run._QUESTIONS, 7, lambda _: seventh)
    with place.app.app_context():
        verdicts = run.run_all(db.session.get_one(Venue, place.venue.id))
    assert verdicts[-1] == seventh
    assert [verdict.number for verdict in verdicts] == list(results.NAMES)
    assert checks(place.get())[-1] == ("ok", "A seventh check")
