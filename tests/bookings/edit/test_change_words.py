"""How a history tells a change of a booking."""

from datetime import date

import pytest

from portal.bookings.labels import change_words
from portal.bookings.models import ChangeKind
from tests.support.tables import each_row

SEVEN, EIGHT, TOMORROW = "2026-06-12T18:00:00+00:00", "2026-06-12T19:00:00+00:00", "2026-06-13T19:00:00+00:00"
A_QUARTER_TO = {"seven": "2026-06-12T19:45:00+00:00", "eight": "2026-06-12T20:45:00+00:00"}


def told(kind, fields, **how):
    return change_words(kind, fields, "Europe/London", date(2026, 6, 12), **how)


@each_row(
    "fields, words",
    [
        ({"table": ["T1", "T2"]}, "table from T1 to T2"),
        ({"table": ["T1", ""]}, "table from T1 to none"),
        ({"starts_at": [SEVEN, EIGHT], "ends_at": list(A_QUARTER_TO.values())}, "time from 19:00 to 20:00"),
        (
            {"starts_at": [SEVEN, TOMORROW]},
            "from Fri 12 June, 19:00 to Sat 13 June, 20:00",
        ),
        ({"ends_at": list(A_QUARTER_TO.values())}, "end from 20:45 to 21:45"),
        (
            {"starts_at": [SEVEN, EIGHT], "ends_at": [A_QUARTER_TO["seven"]] * 2},
            "time from 19:00 to 20:00; now until 20:45",
        ),
        ({"show": [SEVEN, EIGHT]}, "show from 19:00 to 20:00"),
        ({"show": [SEVEN, None]}, "no longer for a show"),
        ({"show": [None, SEVEN]}, "for a show"),
        ({"step_free": [False, True]}, "step-free access needed"),
        ({"overbooked": [True, False]}, "within the rules again"),
    ],
)
def test_each_field_has_its_words(fields, words):
    assert told(ChangeKind.EDITED, fields) == f"Changed: {words}"


@pytest.mark.parametrize(("brief", "words"), [(False, "name from A to B"), (True, "name")])
def test_a_guests_own_story_names_no_other_guest(brief, words):
    assert told(ChangeKind.EDITED, {"name": ["A", "B"]}, brief=brief) == f"Changed: {words}"


def test_nothing_is_left_to_tell_of_a_guest_who_was_erased():
    assert told(ChangeKind.EDITED, {}) == "Changed"
    assert told(ChangeKind.OVERBOOKED, {"rules": []}) == "Overbooked on purpose: without a table"
