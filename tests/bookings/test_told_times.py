"""Bookings keep the time that their guests were told when the rules of a clock change, or its zone."""

import logging
from datetime import date, time, timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, func, select, update

from jobs import relay
from portal import clock
from portal.availability import shifts
from portal.availability.locks import BusyNow
from portal.availability.models import Seating, TableQuarter
from portal.bookings import service, statuses
from portal.bookings.clock_changes import told_times
from portal.bookings.models import Booking, Status, WaitingRequest
from portal.events.models import EventSync
from portal.extensions import db
from portal.venues import clock_rules
from portal.venues.models import AuditEntry
from tests.factories import (
    local,
    make_booking,
    make_manager,
    make_period,
    make_staff,
    make_venue,
    make_waiting,
    make_widget,
    sign_in,
)
from tests.support.reading import read
from tests.support.zones import NO_SUMMER_TIME

LONDON = "Europe/London"
SUMMER_FOR_EVER = "<+02>-2"
DAY = date(2027, 6, 12)
SPRING, AUTUMN = date(2027, 3, 27), date(2027, 10, 30)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def venue(app_context, time_machine):
    """Two tables, looked at in January."""
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    return make_venue(tables=2)


@pytest.fixture
def change(app, zone_data):
    """Change the rules of a zone and start the process again."""

    def change(zone=LONDON, rule=SUMMER_FOR_EVER):
        zone_data.set(zone, rule)
        app.extensions.pop("availability", None)
        app.extensions.pop("houses", None)

    return change


def stored(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def the(venue):
    """The venue as a process that has just started loads it."""
    db.session.rollback()
    return stored(venue)


def start(app):
    """Start the relay."""
    db.session.rollback()
    relay.look_at_clocks(app)


def shown(booking, zone=LONDON):
    return clock.to_local(stored(booking).starts_at, zone).strftime("%a %d %b %H:%M")


def quarters(booking):
    of_it = TableQuarter.seating_id == stored(booking).seating_id
    return list(
        db.session.scalars(select(TableQuarter.starts_at).where(of_it).order_by(TableQuarter.starts_at))
    )


def is_consistent(booking):
    """Whether all that hangs on a booking's start says the same."""
    now = stored(booking)
    stay = now.ends_at - now.starts_at
    held = [now.starts_at + number * QUARTER for number in range(stay // QUARTER)]
    seating = db.session.get(Seating, now.seating_id)
    return (seating.starts_at, seating.ends_at, quarters(now)) == (now.starts_at, now.ends_at, held)


# ---- The rules change ----


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("zone", "rule"), [(LONDON, SUMMER_FOR_EVER), ("Africa/Casablanca", "<+00>0"), *NO_SUMMER_TIME.items()]
)
def test_a_booking_keeps_the_time_that_its_guest_was_told(app_context, time_machine, change, zone, rule):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    venue = make_venue(timezone=zone, tables=2)
    days = [DAY, date(2027, 12, 11)]
    booked = [make_booking(venue, starts_at=local(venue, day, 19, 30)) for day in days]
    change(zone, rule)

    foreseen = told_times.preview(the(venue))
    assert [shown(each, zone)[-5:] for each in booked] != ["19:30", "19:30"]
    outcome = told_times.keep(the(venue))

    assert [shown(each, zone)[-5:] for each in booked] == ["19:30", "19:30"]
    assert all(is_consistent(each) for each in booked)
    assert [stored(each).ends_at - stored(each).starts_at for each in booked] == [timedelta(minutes=105)] * 2
    assert foreseen.moves == outcome.moves
    assert not outcome.crowded
    assert not outcome.skipped
    assert told_times.keep(the(venue)).moves == []


def test_without_the_mend_the_diary_shows_another_time(venue, change, monkeypatch):
    """The safeguard off: instants are kept."""
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    monkeypatch.setattr(told_times, "move_of", lambda *_: None)
    assert told_times.keep(the(venue)).moves == []
    assert shown(booking) == "Sat 12 Jun 20:30"


def test_a_move_says_both_instants_and_what_clocks_show_at_each(venue, change):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    (move,) = told_times.preview(the(venue)).moves
    assert (move.reference, move.booking_id) == (booking.reference, booking.id)
    assert (move.was_at.isoformat(), move.is_at.isoformat()) == (
        "2027-06-12T18:30:00+00:00",
        "2027-06-12T17:30:00+00:00",
    )
    assert (f"{move.shown:%H:%M}", f"{move.shows:%H:%M}", f"{move.told:%H:%M}") == ("20:30", "19:30", "19:30")


def test_what_is_past_or_completed_never_moves(venue, change, time_machine):
    over = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    eaten = make_booking(venue, starts_at=local(venue, DAY, 23, 30), status=Status.COMPLETED)
    time_machine.move_to(local(venue, DAY, 23), tick=False)
    tomorrow = make_booking(venue, starts_at=local(venue, DAY + timedelta(days=1), 19, 30))
    change()
    outcome = told_times.keep(the(venue))
    assert [move.booking_id for move in outcome.moves] == [tomorrow.id]
    for booking in (over, eaten):
        assert stored(booking).starts_at == booking.starts_at
        assert stored(booking).ends_at == booking.ends_at
    assert service.visit_totals(eaten.guest_id)[0] == eaten.ends_at


def test_a_cancelled_booking_is_restored_at_the_time_that_was_told(venue, change):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30), status=Status.CANCELLED)
    change()
    told_times.keep(the(venue))
    statuses.move(the(venue), booking.id, Status.CONFIRMED)
    assert shown(booking) == "Sat 12 Jun 19:30"
    assert is_consistent(booking)


def test_the_two_passes_of_a_repeated_hour_stay_apart(app_context, time_machine, zone_data, change):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    venue = make_venue(tables=2)
    make_period(venue, opens=time(18), last_seating=time(4), name="Late")
    first = local(venue, AUTUMN + timedelta(days=1), 1, 30)
    booked = [make_booking(venue, starts_at=first + number * timedelta(hours=1)) for number in (0, 1)]
    change(rule="GMT0")
    told_times.keep(the(venue))
    assert len({stored(each).starts_at for each in booked}) == 1
    zone_data.leave(LONDON)
    told_times.keep(the(venue))
    assert [stored(each).starts_at for each in booked] == [each.starts_at for each in booked]
    assert [shown(each) for each in booked] == ["Sun 31 Oct 01:30"] * 2
    assert all(is_consistent(each) for each in booked)


def test_a_time_that_the_clocks_now_skip_is_moved_and_said(app_context, time_machine, zone_data, change):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    change(rule="GMT0")
    venue = make_venue(tables=2)
    make_period(venue, opens=time(18), last_seating=time(4), name="Late")
    skipped = make_booking(venue, starts_at=local(venue, SPRING + timedelta(days=1), 1, 30))
    zone_data.leave(LONDON)
    outcome = told_times.keep(the(venue))
    # The instant is the same, and so is all that hangs on it; what is wrong is said until the day has come.
    assert shown(skipped) == "Sun 28 Mar 02:30"
    assert stored(skipped).starts_told.strftime("%H:%M") == "01:30"
    assert [move.booking_id for move in outcome.skipped] == [skipped.id]


# ---- What comes with a move ----


def test_a_table_that_a_newer_booking_has_is_changed_for_a_free_one(venue, change):
    earlier = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    later = make_booking(the(venue), starts_at=local(venue, DAY, 18, 15))
    assert earlier.table_name == later.table_name == "T1"
    outcome = told_times.keep(the(venue))
    (move,) = outcome.moves
    assert (move.had_table, move.table_name, move.crowded) == ("T1", "T2", "")
    assert stored(earlier).table_name == "T2"
    assert stored(later).table_name == "T1"
    assert is_consistent(earlier)
    assert is_consistent(later)


def test_where_no_table_is_free_nothing_is_cancelled_and_it_is_said(app_context, time_machine, change):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    venue = make_venue(tables=1)
    earlier = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    later = make_booking(the(venue), starts_at=local(venue, DAY, 18, 15))
    outcome = told_times.keep(the(venue))
    (move,) = outcome.crowded
    assert (move.booking_id, move.table_name) == (earlier.id, "T1")
    for booking in (earlier, later):
        assert stored(booking).status == Status.CONFIRMED
        assert stored(booking).table_name == "T1"
    assert shown(earlier) == "Sat 12 Jun 19:30"
    assert is_consistent(later)
    # Freed again, the table is taken by whoever has it then.
    statuses.move(the(venue), later.id, Status.CANCELLED)
    statuses.move(the(venue), earlier.id, Status.CANCELLED)
    assert not db.session.scalar(select(func.count()).select_from(TableQuarter))


def test_more_guests_than_a_service_takes_are_said(app_context, time_machine, change):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    venue = make_venue(covers=4)
    make_booking(venue, starts_at=local(venue, DAY, 19, 30), party_size=4)
    change()
    make_booking(the(venue), starts_at=local(venue, DAY, 18, 15), party_size=4)
    (move,) = told_times.keep(the(venue)).crowded
    assert move.crowded == "more guests than the service takes"


def test_the_show_moves_with_its_time(venue, change):
    curtain = local(venue, DAY, 21)
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30), show_starts_at=curtain)
    change()
    told_times.keep(the(venue))
    assert clock.to_local(stored(booking).show_starts_at, LONDON).strftime("%H:%M") == "21:00"


def test_a_calendar_file_is_newer_after_the_move(venue, change, time_machine):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    before = service.calendar_entry(stored(booking))
    time_machine.move_to("2027-01-16T12:00:00Z", tick=False)
    change()
    told_times.keep(the(venue))
    after = service.calendar_entry(stored(booking))
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)
    assert after.changed_at == clock.utc_now() > before.changed_at


def test_a_cancelled_calendar_entry_stays_older_than_the_one_that_replaced_it(venue, change):
    earlier = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    winter = make_booking(venue, starts_at=local(venue, date(2027, 12, 11), 19, 30), name="Ada")
    statuses.replace(the(venue), stored(earlier), stored(winter))
    change(rule="GMT0")
    told_times.keep(the(venue))
    cancelled, stands = (service.calendar_entry(stored(each)) for each in (earlier, winter))
    assert cancelled.uid == stands.uid
    assert cancelled.sequence < stands.sequence


def test_who_waits_for_a_table_before_a_show_waits_for_the_same_show(venue, change):
    widget = make_widget(venue)
    curtain = local(venue, DAY, 19, 30)
    waits = make_waiting(venue, widget, on=DAY, before_at=curtain)
    change()
    assert told_times.preview(the(venue)).waiting == 1
    assert told_times.keep(the(venue)).waiting == 1
    now = stored(waits)
    assert clock.to_local(now.before_at, LONDON).strftime("%H:%M") == "19:30"
    assert now.forget_at == local(venue, DAY + timedelta(days=1), 0)


def test_the_programme_is_read_again(venue, change):
    db.session.add(EventSync(venue_id=venue.id, next_at=clock.utc_now() + timedelta(hours=1)))
    db.session.commit()
    change()
    told_times.keep(the(venue))
    assert db.session.query(EventSync).one().next_at == clock.utc_now()


@pytest.mark.both_databases
def test_what_an_earlier_release_made_is_told_by_the_rules_it_was_made_by(venue, change):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30), show_starts_at=local(venue, DAY, 21))
    waits = make_waiting(venue, make_widget(venue), on=DAY, before_at=local(venue, DAY, 21))
    db.session.execute(update(Booking).values(starts_told=None, show_told=None))
    db.session.execute(update(WaitingRequest).values(before_told=None))
    db.session.commit()
    change()
    told_times.keep(the(venue))
    assert shown(booking) == "Sat 12 Jun 19:30"
    for instant in (stored(booking).show_starts_at, stored(waits).before_at):
        assert clock.to_local(instant, LONDON).strftime("%H:%M") == "21:00"
    assert stored(booking).starts_told.isoformat() == "2027-06-12T19:30:00+01:00"


@pytest.mark.both_databases
def test_a_venue_that_is_too_busy_is_tried_again_and_stays_as_it_was(venue, change, monkeypatch):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    rules_before, shift = the(venue).clock_rules, shifts.shift
    tries = []

    def busy(*asked):
        tries.append(asked)
        if len(tries) != 7:
            raise BusyNow
        return shift(*asked)

    monkeypatch.setattr(shifts, "shift", busy)
    with pytest.raises(BusyNow):
        told_times.keep(the(venue))
    assert len(tries) == 5
    assert (the(venue).clock_rules, the(venue).timezone) == (rules_before, LONDON)
    assert stored(booking).starts_at == booking.starts_at
    assert told_times.have_changed(the(venue))
    assert len(told_times.keep(the(venue)).moved) == 1
    assert len(tries) == 7
    assert is_consistent(booking)


# ---- The command, the start, the page ----


def test_the_command_lists_first_and_moves_when_told_to(app, venue, change):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    change()
    run = app.test_cli_runner().invoke
    listed = run(args=["keep-told-times"])
    assert listed.exit_code == 0
    assert f"{booking.reference}: 2027-06-12T18:30Z, shown as Sat 12 Jun 2027 20:30" in listed.output
    assert "becomes 2027-06-12T17:30Z, shown as Sat 12 Jun 2027 19:30" in listed.output
    assert "1 bookings to move" in listed.output
    assert "Nothing was changed" in listed.output
    assert stored(booking).starts_at == booking.starts_at
    assert "1 bookings moved" in run(args=["keep-told-times", "--apply"]).output
    assert shown(booking) == "Sat 12 Jun 19:30"
    assert "0 bookings moved" in run(args=["keep-told-times", "--apply"]).output


def test_a_process_that_starts_lists_what_the_rules_have_moved(app, venue, change, caplog):
    booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    caplog.set_level(logging.INFO)
    start(app)
    assert "clock rules" not in caplog.text
    change()
    start(app)
    assert "the clock rules of Europe/London have changed: 1 bookings to come" in caplog.text
    assert booking.reference in caplog.text
    assert told_times.COMMAND in caplog.text
    caplog.clear()
    told_times.keep(the(venue))
    start(app)
    assert "clock rules" not in caplog.text


def test_everybody_is_told_until_it_is_put_right(app, client, time_machine, change):
    time_machine.move_to("2027-01-15T12:00:00Z", tick=False)
    with app.app_context():
        venue = make_venue(tables=2)
        booking = make_booking(venue, starts_at=local(venue, DAY, 19, 30))
        manager, waiter = make_manager(venue), make_staff(venue)

    def page(person):
        return read(sign_in(client, person).get("/diary")).words

    title = "1 booking shows the wrong time"
    assert title not in page(manager)
    change()
    said = page(manager)
    assert title in said
    assert f"{booking.reference} , Sat 12 June: told 19:30, shown as 20:30" in said
    assert "Our support can fix this" in said
    assert title in page(waiter)
    with app.app_context():
        told_times.keep(the(venue))
    assert title not in page(manager)


# ---- The venue's own zone ----


@pytest.mark.both_databases
def test_a_venue_that_changes_its_zone_keeps_the_times_told(venue):
    booked = [
        make_booking(venue, starts_at=local(venue, day, hour, 30))
        for day in (DAY, AUTUMN)
        for hour in (11, 19)
    ]
    manager = make_manager(venue)
    foreseen = told_times.preview(the(venue), "America/New_York")
    assert len(foreseen.moves) == len(booked)
    assert the(venue).timezone == LONDON
    outcome = told_times.change_zone(the(venue), "America/New_York", manager.id)
    assert outcome.moves == foreseen.moves
    assert the(venue).timezone == "America/New_York"
    assert [shown(each, "America/New_York") for each in booked] == [
        "Sat 12 Jun 11:30",
        "Sat 12 Jun 19:30",
        "Sat 30 Oct 11:30",
        "Sat 30 Oct 19:30",
    ]
    assert all(is_consistent(each) for each in booked)
    assert not told_times.have_changed(the(venue))
    noted = db.session.query(AuditEntry).one()
    assert (noted.staff_id, noted.action, noted.detail) == (manager.id, "zone_changed", "4 bookings")


def test_another_zone_with_the_same_clock_moves_nothing(venue):
    make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    assert told_times.preview(the(venue), "Europe/Guernsey").moves == []


# ---- What it costs ----


def test_only_what_is_to_come_is_looked_at_by_index(venue, change):
    booked = [make_booking(venue, starts_at=local(venue, DAY, 12, 15 * number)) for number in range(2)]
    change()
    statements = []
    with_values = lambda _c, _cursor, text, values, *_: statements.append((text, values))  # noqa: E731
    here = the(venue)
    event.listen(db.engine, "before_cursor_execute", with_values)
    told_times.preview(here)
    event.remove(db.engine, "before_cursor_execute", with_values)
    of_bookings = [(text, values) for text, values in statements if "bookings" in text]
    assert len(of_bookings) == 1
    assert len(booked) == 2
    if db.engine.dialect.name == "sqlite":
        text, values = of_bookings[0]
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
        assert "ix_bookings_by_day (venue_id=? AND service_on>?)" in str(plan)


def test_pages_ask_for_no_bookings_while_the_rules_are_the_same(venue):
    make_booking(venue, starts_at=local(venue, DAY, 19, 30))
    here = the(venue)
    statements = []
    note = lambda _c, _cursor, text, *_: statements.append(text)  # noqa: E731
    assert here.clock_rules
    event.listen(db.engine, "before_cursor_execute", note)
    assert told_times.shown_wrong(here) == ()
    event.remove(db.engine, "before_cursor_execute", note)
    assert statements == []


# ---- The step from an earlier release ----


@pytest.mark.both_databases
@pytest.mark.forgets_versions
def test_the_step_fills_in_what_is_to_come_and_leaves_what_is_past(venue, time_machine):
    over = make_booking(venue, starts_at=local(venue, date(2027, 6, 1), 19, 30))
    time_machine.move_to("2027-06-05T12:00:00Z", tick=False)
    widget = make_widget(venue)
    summer = make_booking(
        venue, starts_at=local(venue, DAY, 19, 30), show_starts_at=local(venue, DAY, 21), name="Ada"
    )
    winter = make_booking(venue, starts_at=local(venue, date(2028, 2, 5), 19, 30), name="Bo")
    waits = make_waiting(venue, widget, on=DAY, before_at=local(venue, DAY, 21))
    casablanca = make_venue("Le Salon", timezone="Africa/Casablanca", tables=1)
    there = make_booking(casablanca, starts_at=local(casablanca, DAY, 19, 30))
    told = {each.id: each.starts_told for each in (summer, winter, there)}
    assert [each.isoformat()[-6:] for each in told.values()] == ["+01:00", "+00:00", "+01:00"]
    db.session.remove()
    downgrade(revision="0009")
    upgrade()
    assert stored(over).starts_told is None
    assert {each.id: stored(each).starts_told for each in (summer, winter, there)} == told
    assert [stored(each).starts_told.isoformat() for each in (summer, winter, there)] == [
        each.isoformat() for each in told.values()
    ]
    assert stored(summer).show_told == local(venue, DAY, 21)
    assert stored(winter).show_told is None
    assert stored(waits).before_told == local(venue, DAY, 21)
    assert not told_times.have_changed(stored(venue))
    for each in (venue, casablanca):
        now = clock_rules.of_zone(each.timezone, clock.utc_now())
        assert stored(each).clock_rules == now.text()
