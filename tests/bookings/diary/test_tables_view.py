"""Where blocks lie: rows, steps, levels, and what the clock makes of them. No database, no browser."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.availability.hours import Period
from portal.bookings.diary import entries, tables_view
from portal.bookings.diary.entries import Entry, Look
from portal.bookings.diary.tables_view import AreaRows, TableRow
from portal.bookings.models import Source, Status
from portal.events.rules import Show

DAY = date(2026, 6, 12)
ZONE = "Europe/London"
DINNER = Period(1, "Dinner", time(17), time(21), 15, 105, 100)
AREAS = [AreaRows(1, "Main room", (TableRow(1, "T1", 2), TableRow(2, "T2", 4)))]


def at(hour, minute=0):
    """A wall time in London, in summer."""
    return datetime(2026, 6, 12, hour - 1, minute, tzinfo=UTC)


def entry(number=1, starts=(19, 0), minutes=105, *, status=Status.CONFIRMED, tables=(1,), **columns):
    starts_at = at(*starts)
    values = {"party_size": 2, "name": f"Guest {number}", "note": "", "allergies": "", "step_free": False}
    values |= {"show_starts_at": None, "seated_at": None, "edits": 0, "table_name": "T1"} | columns
    ends_at = starts_at + timedelta(minutes=minutes)
    return Entry(
        number, status, Source.PHONE, starts_at=starts_at, ends_at=ends_at, table_ids=tables, **values
    )


def lanes(*found, now=None, shows=()):
    axis = tables_view.axis(DAY, ZONE, [DINNER], found, shows)
    frame = tables_view.frame(AREAS, axis, shows, found)
    drawn = tables_view.lanes(frame, found, now or at(17), "/bookings/", {})
    return frame, {table_id: lane for table_id, (_, lane) in drawn.items()}


def test_hours_run_from_a_full_hour_to_the_end_of_the_longest_stay():
    frame, _ = lanes()
    assert [name for _, name in frame.axis.hours] == [f"{hour}:00" for hour in range(17, 23)]


def test_a_late_booking_and_a_show_widen_the_hours():
    show = Show(1, "Hamlet", at(16, 30), at(19), cancelled=False)
    frame, _ = lanes(entry(starts=(22, 30)), shows=[show])
    assert frame.axis.hours[0][1] == "16:00"
    assert frame.axis.hours[-1][1] == "00:00"
    assert [(each.step, each.text) for each in frame.stage] == [(6, "Hamlet, 16:30 to 19:00")]
    assert frame.curtains == [6]


def test_a_cancelled_show_has_no_curtain():
    frame, _ = lanes(shows=[Show(1, "Hamlet", at(19), None, cancelled=True)])
    assert (frame.stage[0].text, frame.curtains) == ("Hamlet, cancelled", [])


def test_a_block_begins_and_ends_with_its_stay():
    _, found = lanes(entry(starts=(18, 5), minutes=60))
    (block,) = found[1].blocks
    assert (block.step, block.width, block.level, block.address) == (13, 12, 0, "/bookings/1")


def test_joined_tables_show_the_party_in_each_row():
    _, found = lanes(entry(tables=(1, 2)))
    assert [(b.place, b.partners) for b in (*found[1].blocks, *found[2].blocks)] == [(0, "T2"), (1, "T1")]


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.COMPLETED])
def test_who_is_gone_makes_room_for_whoever_is_next(status):
    _, found = lanes(entry(1, (18, 0), status=status), entry(2, (18, 30)))
    assert [(b.id, b.step, b.width) for b in found[1].blocks] == [(1, 12, 6), (2, 18, 21)]
    assert found[1].levels == 1


def test_two_who_were_put_at_one_table_on_purpose_lie_over_each_other():
    _, found = lanes(entry(1, (18, 0)), entry(2, (18, 30)), entry(3, (19, 45)))
    assert [(b.id, b.level) for b in found[1].blocks] == [(1, 0), (2, 1), (3, 0)]
    assert found[1].levels == 2


def test_cancelled_bookings_have_no_block_and_those_without_a_table_a_row_of_their_own():
    frame, found = lanes(entry(1, status=Status.CANCELLED), entry(2, tables=(99,)))
    assert found[1].blocks == ()
    assert [block.id for block in found[0].blocks] == [2]
    assert frame.has_homeless


@pytest.mark.parametrize(
    ("now", "columns", "look", "words"),
    [
        ((19, 14), {}, Look.CONFIRMED, "Confirmed"),
        ((19, 15), {}, Look.LATE, "15 min late"),
        ((20, 45), {}, Look.OPEN, "Still open"),
        ((19, 20), {"seated_at": at(19)}, Look.SEATED, "Seated"),
        ((19, 20), {"status": Status.PENDING}, Look.PENDING, "Pending"),
        ((19, 20), {"status": Status.PENDING_PAYMENT}, Look.PENDING, "Pending payment"),
        ((19, 20), {"status": Status.NO_SHOW}, Look.NO_SHOW, "No-show"),
    ],
)
def test_the_clock_and_the_status_make_the_look(now, columns, look, words):
    one = entry(**columns)
    assert (one.look(at(*now)), one.words(at(*now))) == (look, words)


def test_figures_say_who_sits_who_is_late_who_comes_and_who_leaves():
    show = {"show_starts_at": at(19, 30)}
    day = [
        entry(1, (17, 0), seated_at=at(17), **show),
        entry(2, (17, 30), **show),
        entry(3, (18, 0), party_size=4),
        entry(4, (20, 0), **show),
        entry(5, (17, 0), status=Status.NO_SHOW, **show),
    ]
    found = entries.figures(day, at(17, 50), is_today=True)
    assert (found.covers, found.bookings, found.seated, found.late) == (10, 4, 2, 1)
    assert found.next_arrival == day[2]
    assert (found.leaving.guests, found.leaving.leave_by) == (4, at(19, 15))
    other_day = entries.figures(day, at(17, 50), is_today=False)
    assert (other_day.covers, other_day.late, other_day.next_arrival) == (10, 0, None)


def test_lanes_whose_bookings_are_as_they_were_are_not_drawn_again():
    day = [entry(1), entry(2, tables=(2,))]
    frame, _ = lanes(*day)
    first = tables_view.lanes(frame, day, at(17), "/bookings/", {})
    changed = [entry(1), entry(2, tables=(2,), party_size=4)]
    again = tables_view.lanes(frame, changed, at(17), "/bookings/", first)
    assert again[1] is first[1]
    assert again[2][1].blocks[0].guests == 4
