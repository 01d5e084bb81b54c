"""How a visit's result is said, and how the log is narrowed down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from portal.bookings.list.spreadsheets import harmless
from portal.findings import Code, finding
from portal.integration.visits.rules import (
    STATES_OF,
    KnownVisit,
    Place,
    Show,
    counted,
    place,
    result,
)
from portal.outbox.models import State
from tests.support.tables import each_row

NOW = datetime(2026, 6, 12, 21, 45)


def said(state, reason=None, **more):
    return result(KnownVisit(state, reason, now=NOW, **more))


@given(
    st.sampled_from([state for state in State if state is not State.SETTLED]),
    st.none() | st.sampled_from(list(Code)),
    st.text(max_size=20),
    st.integers(0, 90),
    st.none() | st.datetimes(),
)
def test_every_state_says_what_who_and_the_next_step(state, reason, detail, attempts, next_try):
    shown = said(state, reason, detail=detail, attempts=attempts, next_try=next_try)
    assert shown.label
    assert shown.text
    assert shown.who
    assert shown.step
    assert shown.tone in {"ok", "warn", "bad", "info", "off"}


@each_row(
    "state, reason, label, text, press",
    [
        (
            State.WAITING,
            Code.VISIT_WAITING,
            "Waiting",
            "Sends to Spektrix in a few seconds",
            "",
        ),
        (State.WAITING, None, "Waiting", "Being sent to Spektrix now", ""),
        (
            State.BLOCKED,
            Code.WRITING_REFUSED,
            "Waiting",
            "This API user is not allowed to update customers",
            "Send now",
        ),
        (State.CONFIRMED, None, "Confirmed", "Read back and matches", ""),
        (State.CONFIRMED, Code.DAY_ONLY, "Confirmed", "Spektrix keeps the day without the time", ""),
        (State.HELD, Code.VISIT_HELD, "Held", "Held since Spektrix was paused", "Send now"),
        (State.NOT_SENT, Code.ANONYMOUS, "Not sent", "The basket was not signed in to Spektrix", ""),
        (
            State.NEEDS_ATTENTION,
            Code.REJECTED,
            "Needs you",
            "Spektrix refused what this portal asked",
            "Send again",
        ),
    ],
)
def test_result_in_words(state, reason, label, text, press):
    shown = said(state, reason, attempts=1)
    assert (shown.label, shown.text, shown.press) == (label, text, press)


def test_a_visit_confirmed_late_says_on_which_try():
    assert said(State.CONFIRMED, attempts=2).text == "Confirmed on try 2"


@pytest.mark.parametrize(
    ("next_try", "words"),
    [
        (NOW + timedelta(minutes=2), "Try 2 at 21:47"),
        (NOW + timedelta(hours=6), "Try 2 on Sat 13 Jun, 03:45"),
        (NOW - timedelta(seconds=1), "Try 2 is due now"),
    ],
)
def test_a_visit_tried_again_says_when(next_try, words):
    shown = said(State.RETRYING, Code.OUTAGE, attempts=1, next_try=next_try)
    assert shown.text == f"Spektrix is having a problem. {words}"
    assert (shown.label, shown.press) == ("Trying again", "Send now")


def test_what_spektrix_changed_is_told_from_what_it_dropped():
    dropped = said(State.NOT_STORED, Code.ATTRIBUTE_MISSING, detail="Last Dined At")
    changed = said(State.NOT_STORED, Code.ATTRIBUTE_TYPE, detail="Last Dined At")
    assert (dropped.label, changed.label) == ("Sent, not stored", "Stored, but changed")
    assert dropped.text.endswith(": Last Dined At")
    assert (dropped.press, changed.press) == ("Send again", "Send again")


def test_a_discarded_visit_says_why():
    shown = said(State.NOT_SENT, Code.VISIT_DISCARDED, detail="Test booking")
    assert (shown.label, shown.text) == ("Discarded", "Discarded by a manager: Test booking")


def test_advice_is_one_sentence_or_none():
    assert said(State.RETRYING, Code.TIMED_OUT).advice == finding(Code.TIMED_OUT).step
    assert said(State.NEEDS_ATTENTION, Code.VISIT_GIVEN_UP).advice == "A manager of this venue: send it again"
    assert said(State.CONFIRMED).advice == ""


def test_every_state_of_a_visit_is_found_under_one_result():
    found = [state for show in Show if show is not Show.ALL for state in STATES_OF[show]]
    assert sorted(found) == sorted(STATES_OF[Show.ALL])
    assert set(State) - set(found) == {State.SETTLED}


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.integers(1, 2**31 - 1),
)
def test_a_place_comes_back_from_its_address(at, entry_id):
    assert place(str(Place(at, entry_id))) == Place(at, entry_id)


@each_row("text", ["1", "1-", "-1", "1-0", "1-9999999999", "x-1", "9" * 18 + "-1", "1-1 ", "١-1", "1-1-1"])
def test_what_names_no_place_is_refused(text):
    with pytest.raises(ValueError, match="no place"):
        place(text)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0"), (1_999, "1,999"), (2_000, "2,000"), (2_001, "2,000+")]
)
def test_counts_end_at_two_thousand(number, words):
    assert counted(number) == words


@each_row("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_formulas_are_made_text(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["\uff1d1+1", "\u200b=1+1", "\ufeff@SUM(A1)", "\u2028-2", "\x85+1"])
def test_cells_that_some_spreadsheets_take_for_a_formula_are_marked_too(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Amara", "4", "a=1", "", "O'Neill", "2026-06-12"])
def test_ordinary_cells_stay_as_they_are(cell):
    assert harmless(cell) == cell
