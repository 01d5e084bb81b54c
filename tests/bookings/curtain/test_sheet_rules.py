"""Which tables belong to which performance, and in which order to fire."""

from datetime import UTC, datetime, timedelta

from portal.bookings.curtain.rules import sheet, start_by_now
from portal.bookings.diary.entries import Entry
from portal.bookings.models import Source, Status
from portal.events.rules import ChangedShow, Show


def at(hour, minute=0):
    return datetime(2026, 6, 12, hour, minute, tzinfo=UTC)


def entry(number, hour, minute=0, *, show=None, status=Status.CONFIRMED, table="T1", **fields):
    values = {
        "id": number,
        "status": status,
        "source": Source.WIDGET,
        "starts_at": at(hour, minute),
        "ends_at": at(hour, minute) + timedelta(minutes=105),
        "party_size": 2,
        "name": f"Guest {number}",
        "note": "",
        "allergies": "",
        "step_free": False,
        "table_name": table,
        "table_ids": (number,),
        "show_starts_at": show,
        "seated_at": None,
        "edits": 0,
    }
    return Entry(**values | fields)


def show(number, hour, minute=0, *, name="Hamlet", cancelled=False):
    return Show(number, name, at(hour, minute), None, cancelled)


def change(was_at, by_now, number=1, settled_at=None):
    return ChangedShow(number, was_at, by_now, settled_at)


def numbers(group):
    return [(row.entry.id, row.fire) for row in group.rows]


def test_earliest_to_leave_is_fired_first_then_by_arrival():
    early, late = show(1, 18, 30, name="Matinee"), show(2, 19, 45)
    entries = [
        entry(1, 17, 30, show=at(19, 45)),
        entry(2, 17, 45, show=at(18, 30)),
        entry(3, 17, 0, show=at(18, 30)),
        entry(4, 17, 15, show=at(19, 45)),
    ]
    first, second = sheet(entries, [early, late], []).groups
    assert (first.names, numbers(first)) == ("Matinee", [(3, 1), (2, 2)])
    assert (second.names, numbers(second)) == ("Hamlet", [(4, 3), (1, 4)])
    assert {row.must_leave for row in first.rows} == {at(18, 15)}


def test_those_who_come_after_the_curtain_have_no_hurry():
    [group] = sheet(
        [entry(1, 22, show=at(19, 30)), entry(2, 18, show=at(19, 30))], [show(1, 19, 30)], []
    ).groups
    assert numbers(group) == [(2, 1), (1, None)]
    assert [row.must_leave for row in group.rows] == [at(19, 15), None]


def test_who_left_or_does_not_come_is_not_on_it():
    gone = [
        entry(number, 18, show=at(19, 30), status=status)
        for number, status in enumerate((Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW), 1)
    ]
    [group] = sheet(gone, [show(1, 19, 30)], []).groups
    assert (list(group.rows), group.guests) == ([], 0)


def test_tables_of_nobodys_show_come_after():
    found = sheet([entry(1, 20), entry(2, 18)], [show(1, 19, 30)], [])
    assert [row.entry.id for row in found.others] == [2, 1]
    assert [len(group.rows) for group in found.groups] == [0]


def test_two_shows_at_once_are_one_group():
    shows = [show(1, 19, 30), show(2, 19, 30, name="Othello")]
    [group] = sheet([entry(1, 18, show=at(19, 30))], shows, []).groups
    assert (group.names, numbers(group)) == ("Hamlet and Othello", [(1, 1)])


def test_tables_of_a_moved_show_leave_by_its_new_start():
    moved = show(1, 19)
    [group] = sheet([entry(1, 17, 30, show=at(19, 30))], [moved], [change(at(19, 30), moved)]).groups
    assert (group.starts_at, group.rows[0].must_leave) == (at(19), at(18, 45))
    assert group.rows[0].planned_at == at(19, 30)


def test_where_another_show_goes_ahead_they_stay_with_it():
    moved, other = show(1, 19), show(2, 19, 30, name="Othello")
    first, second = sheet(
        [entry(1, 17, 30, show=at(19, 30))], [moved, other], [change(at(19, 30), moved)]
    ).groups
    assert (len(first.rows), second.names, len(second.rows)) == (0, "Othello", 1)


def test_nobody_has_to_leave_for_a_cancelled_show():
    off = show(1, 19, 30, cancelled=True)
    [group] = sheet([entry(1, 18, show=at(19, 30))], [off], [change(at(19, 30), off)]).groups
    assert group.is_cancelled
    assert numbers(group) == [(1, None)]


def test_a_show_that_is_not_on_the_programme_has_its_tables_too():
    [group] = sheet([entry(1, 18, show=at(20))], [], []).groups
    assert (group.starts_at, group.names, numbers(group)) == (at(20), "", [(1, 1)])


def test_a_change_that_was_dealt_with_moves_nobody_any_more():
    moved = show(1, 19)
    assert start_by_now(at(19, 30), [moved], [change(at(19, 30), moved, settled_at=at(12))]) == at(19, 30)
