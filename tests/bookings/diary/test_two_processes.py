"""Tablets that look at a day which several processes keep, each in its own memory."""

import re

import pytest

from portal.bookings import statuses
from portal.bookings.diary import changes, kept_days
from portal.bookings.diary.changes import View
from tests.factories import DAY, local, make_booking, make_table, sign_in

VIEWS = pytest.mark.parametrize("view", list(View))


@pytest.fixture
def bookings(app, venue, time_machine):
    with app.app_context():
        time_machine.move_to(local(venue, DAY, 18, 45), tick=False)
        make_table(venue, "T1")
        make_table(venue, "T2")
        return [make_booking(venue, name=name, email=f"{name}@example.org") for name in ("Amara", "Tom")]


class Process:
    """A web process with its own memory of days."""

    def __init__(self, app, venue, view):
        self.app, self.venue, self.view, self.days = app, venue, view, {}

    def day(self):
        self.app.extensions["diary_days"] = self.days
        return changes.open_day(self.venue, kept_days.day(self.venue, DAY), self.view, with_spektrix=False)


class Tablet:
    """What a tablet shows: the pieces by their id, and its mark."""

    def __init__(self, process):
        now = process.day()
        self.mark, self.pieces = now.mark, {piece.key: piece.html for piece in now.pieces}

    def look(self, process):
        """Take in what is new, and return the ids of what came."""
        now = process.day()
        if now.mark == self.mark:
            return []
        came = now.since(self.mark)
        self.pieces |= {piece.key: piece.html for piece in came}
        self.mark = now.mark
        return [piece.key for piece in came]

    @property
    def words(self):
        return " ".join(re.findall("Seated|Confirmed|No-show", str(self.pieces)))


@pytest.fixture
def house(app, venue, bookings):
    with app.test_request_context():
        yield venue


@VIEWS
def test_undo_at_another_process_is_shown(app, house, bookings, view):
    one, other = Process(app, house, view), Process(app, house, view)
    one.day()
    statuses.seat(house, bookings[0].id)
    tablet = Tablet(other)
    assert "Seated" in tablet.words
    statuses.unseat(house, bookings[0].id)
    assert tablet.look(one)
    assert "Seated" not in tablet.words
    assert tablet.look(one) == tablet.look(other) == []


@VIEWS
def test_what_both_processes_have_shown_is_not_sent_again(app, house, bookings, view):
    one, other = Process(app, house, view), Process(app, house, view)
    one.day()
    tablet = Tablet(other)
    statuses.seat(house, bookings[0].id)
    assert len(tablet.look(one)) == 1
    assert "Seated" in tablet.words


@VIEWS
def test_whoever_reads_a_day_twice_at_once_still_tells_what_was_undone(app, house, bookings, view):
    """Two threads of one process read the same change; one of them is asked first, the other is kept."""
    process = Process(app, house, view)
    process.day()
    early = dict(process.days)
    statuses.seat(house, bookings[0].id)
    tablet = Tablet(process)
    process.days = early
    statuses.unseat(house, bookings[0].id)
    tablet.look(process)
    assert "Seated" not in tablet.words


@VIEWS
def test_what_changes_while_a_day_is_read_is_never_taken_for_known(app, house, bookings, view, monkeypatch):
    process, other = Process(app, house, view), Process(app, house, view)
    other.day()
    read = kept_days.entries.of_day

    def slowly(*asked):
        monkeypatch.setattr(kept_days.entries, "of_day", read)
        statuses.seat(house, bookings[0].id)
        return read(*asked)

    monkeypatch.setattr(kept_days.entries, "of_day", slowly)
    tablet = Tablet(process)
    assert "Seated" in tablet.words
    statuses.unseat(house, bookings[0].id)
    tablet.look(other)
    assert "Seated" not in tablet.words


def test_an_older_reading_never_takes_the_place_of_a_newer_one(app, house, bookings, monkeypatch):
    process = Process(app, house, View.LIST)
    read = kept_days.entries.of_day

    def slowly(*asked):
        found = read(*asked)
        monkeypatch.setattr(kept_days.entries, "of_day", read)
        statuses.seat(house, bookings[0].id)
        newer.append(process.day())
        return found

    newer = []
    monkeypatch.setattr(kept_days.entries, "of_day", slowly)
    process.day()
    [kept] = process.days.values()
    assert kept.mark.version == newer[0].version


def test_a_look_at_another_process_finds_nothing_new(app, bookings, client, staff):

    desk = sign_in(client, staff)
    page = desk.get(f"/diary?date={DAY}&view=list")
    mark = re.search('data-mark="([^"]+)"', page.text)[1]
    app.extensions.pop("diary_days")
    asked = {"HX-Request": "true", "If-None-Match": f'"{mark}"'}
    assert desk.get(f"/diary/changes?date={DAY}&view=list", headers=asked).status_code == 304
