"""What staff change of a booking: its time, place, party and details, all of it or nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.availability.models import Seating, TableQuarter
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings import editing, service, statuses
from portal.bookings.editing import ChangedMeanwhile, NothingToUndo
from portal.bookings.models import Booking, BookingChange, ChangeKind, Source, Status
from portal.bookings.rules import CannotEdit
from portal.extensions import db
from portal.venues.models import Doer
from tests.factories import DAY, local, make_booking, make_staff, make_venue

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def venue(app_context, time_machine):
    time_machine.move_to(NOON, tick=False)
    return make_venue(tables=3)


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


def key(venue, name):
    return next(place.key for place in editing.reading.house(venue).places if place.name == name)


def edit(venue, booking, **new):
    return editing.edit(venue, booking.id, replace(editing.as_it_is(stored(booking)), **new))


def change_of(booking):
    return editing.latest_change(stored(booking))


def held_quarters(booking):
    mine = TableQuarter.seating_id == stored(booking).seating_id
    return sorted(db.session.scalars(select(TableQuarter.starts_at).where(mine)))


def seatings():
    return db.session.scalar(select(func.count()).select_from(Seating))


def test_a_table_is_changed_for_another(venue):
    booking = make_booking(venue)
    editing.move_place(venue, booking.id, key(venue, "T2"))
    became = stored(booking)
    assert (became.table_name, became.starts_at, became.edits) == ("T2", booking.starts_at, 1)
    change = change_of(booking)
    assert (change.kind, change.fields) == (ChangeKind.MOVED, {"table": ["T1", "T2"]})
    assert (seatings(), len(held_quarters(booking))) == (1, 7)


def test_a_time_is_changed_and_the_told_time_and_the_day_follow(venue):
    booking = make_booking(venue)
    later = local(venue, DAY + timedelta(days=1), 20)
    editing.move_place(venue, booking.id, None, later)
    became = stored(booking)
    assert (became.starts_at, became.ends_at) == (later, later + timedelta(minutes=105))
    assert became.service_on == DAY + timedelta(days=1)
    assert became.starts_told == clock.told_time(later, venue.timezone)
    assert held_quarters(booking)[0] == later
    assert change_of(booking).fields["starts_at"] == [booking.starts_at.isoformat(), later.isoformat()]


def test_its_own_place_is_free_for_a_party_that_comes_a_little_later(venue):
    for name in ("A", "B", "C"):
        booking = make_booking(venue, name=name, email=f"{name}@example.com")
    editing.move_place(venue, booking.id, None, booking.starts_at + timedelta(minutes=30))
    assert stored(booking).table_name == booking.table_name


def test_a_larger_party_gets_a_longer_stay_only_if_that_is_asked_for(venue):
    booking = make_booking(venue)
    edit(venue, booking, party_size=4)
    assert stored(booking).ends_at == booking.ends_at
    edit(venue, booking, stay=timedelta(hours=3))
    assert stored(booking).ends_at == booking.starts_at + 3 * HOUR
    assert len(held_quarters(booking)) == 12


def test_a_party_larger_than_every_table_is_refused_and_nothing_changes(venue):
    booking = make_booking(venue)
    with pytest.raises(NotOffered):
        edit(venue, booking, party_size=5, note="Birthday")
    became = stored(booking)
    assert (became.party_size, became.note, became.edits) == (2, "", 0)
    assert (seatings(), len(held_quarters(booking))) == (1, 7)


def test_a_taken_table_is_refused_and_nothing_changes(venue):
    first = make_booking(venue)
    second = make_booking(venue, name="Tom Reed", email="tom@example.org")
    with pytest.raises(SlotTaken):
        editing.move_place(venue, second.id, key(venue, first.table_name))
    assert stored(second).table_name == "T2"
    assert (seatings(), len(held_quarters(second))) == (2, 7)


def test_what_is_noted_changes_without_a_new_seat(venue):
    booking = make_booking(venue)
    edit(venue, booking, note="By the window", occasion="Birthday", allergies="Nuts", step_free=True)
    became = stored(booking)
    assert (became.note, became.occasion, became.allergies) == ("By the window", "Birthday", "Nuts")
    assert became.seating_id == booking.seating_id
    assert change_of(booking).fields == {
        "note": ["", "By the window"],
        "occasion": ["", "Birthday"],
        "allergies": ["", "Nuts"],
        "step_free": [False, True],
    }


def test_saving_what_is_there_already_is_no_change(venue):
    booking = make_booking(venue)
    edit(venue, booking)
    assert stored(booking).edits == 0
    assert change_of(booking) is None


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW])
def test_a_booking_that_is_over_or_given_up_is_not_changed(venue, status):
    booking = make_booking(venue, status=status)
    with pytest.raises(CannotEdit) as refused:
        edit(venue, booking, note="Late")
    assert refused.value.status == status


def test_whoever_saw_an_older_state_is_told_who_changed_it_and_when(venue):
    sam = make_staff(venue)
    booking = make_booking(venue)
    editing.move_place(venue, booking.id, key(venue, "T2"), staff_id=sam.id, seen=0)
    with pytest.raises(ChangedMeanwhile) as refused:
        editing.move_place(venue, booking.id, key(venue, "T3"), staff_id=sam.id, seen=0)
    assert (refused.value.who, refused.value.at) == ("Sam Doyle", NOON)
    assert stored(booking).table_name == "T2"


def test_a_guest_who_changes_it_is_bound_by_the_rules_for_diners(venue):
    booking = make_booking(venue, source=Source.WIDGET)
    wanted = replace(editing.as_it_is(stored(booking)), starts_at=booking.starts_at + timedelta(minutes=5))
    with pytest.raises(NotOffered):
        editing.edit(venue, booking.id, wanted, done_by=Doer.GUEST)
    editing.edit(venue, booking.id, wanted)
    assert change_of(booking).done_by == Doer.PORTAL


def test_an_edit_counts_on_in_the_calendar(venue, time_machine):
    booking = make_booking(venue)
    before = service.calendar_entry(stored(booking))
    time_machine.move_to(NOON + HOUR, tick=False)
    editing.move_place(venue, booking.id, key(venue, "T2"))
    after = service.calendar_entry(stored(booking))
    assert (after.uid, after.sequence, after.changed_at) == (before.uid, before.sequence + 1, NOON + HOUR)


class TestUndo:
    def test_a_move_is_taken_back(self, venue):
        booking = make_booking(venue)
        editing.move_place(venue, booking.id, key(venue, "T2"), booking.starts_at + HOUR)
        editing.undo(venue, booking.id, change_of(booking).id)
        became = stored(booking)
        assert (became.table_name, became.starts_at, became.ends_at) == (
            "T1",
            booking.starts_at,
            booking.ends_at,
        )
        assert became.starts_told == booking.starts_told
        assert (became.edits, change_of(booking).kind) == (2, ChangeKind.UNDONE)
        assert held_quarters(booking)[0] == booking.starts_at

    def test_words_are_taken_back(self, venue):
        booking = make_booking(venue, note="Quiet corner")
        edit(venue, booking, note="", allergies="Nuts", party_size=3)
        editing.undo(venue, booking.id, change_of(booking).id)
        became = stored(booking)
        assert (became.note, became.allergies, became.party_size) == ("Quiet corner", "", 2)

    def test_only_the_latest_change_is(self, venue):
        booking = make_booking(venue)
        edit(venue, booking, note="One")
        first = change_of(booking).id
        edit(venue, booking, note="Two")
        with pytest.raises(NothingToUndo):
            editing.undo(venue, booking.id, first)
        editing.undo(venue, booking.id, change_of(booking).id)
        with pytest.raises(NothingToUndo):
            editing.undo(venue, booking.id, change_of(booking).id)
        assert stored(booking).note == "One"

    def test_an_old_place_that_is_gone_refuses_and_changes_nothing(self, venue):
        booking = make_booking(venue)
        editing.move_place(venue, booking.id, key(venue, "T2"))
        other = make_booking(venue, name="Tom Reed", email="tom@example.org")
        assert other.table_name == "T1"
        with pytest.raises(SlotTaken):
            editing.undo(venue, booking.id, change_of(booking).id)
        assert stored(booking).table_name == "T2"
        assert change_of(booking).kind == ChangeKind.MOVED


def test_a_party_that_moves_while_it_sits_needs_the_table_from_now_on(venue, time_machine):
    early = make_booking(venue, starts_at=local(venue, DAY, 18), name="Early", email="early@example.com")
    late = make_booking(venue, starts_at=local(venue, DAY, 19), name="Late", email="late@example.com")
    assert (early.table_name, late.table_name) == ("T1", "T2")
    time_machine.move_to(local(venue, DAY, 19, 20), tick=False)
    statuses.move(venue, early.id, Status.COMPLETED)
    editing.move_place(venue, late.id, key(venue, "T1"))
    assert stored(late).table_name == "T1"
    assert held_quarters(late)[0] == local(venue, DAY, 19, 15)


def test_other_venues_bookings_are_not_there(venue):
    booking = make_booking(make_venue("Elsewhere"))
    with pytest.raises(LookupError):
        editing.move_place(venue, booking.id, None)
    assert db.session.scalar(select(func.count()).select_from(BookingChange)) == 0
