"""Many parties at one moment, on a real database, with the lock and without (L01, L02, L04).

Without the lock the same rush must oversell; otherwise it would prove nothing.
"""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from portal import database
from portal.availability import locks, seating
from portal.availability.room import Asker
from portal.extensions import db
from tests.availability.house import SEVEN, open_house, portal_without_turns

# How long parties wait for each other where nothing keeps them from meeting, however busy the machine is.
PATIENT = 20
DAY = timedelta(days=1)
SIX, NINE = SEVEN - timedelta(hours=1), SEVEN + timedelta(hours=2)
SIXTY_PARTIES = [{"party_size": size} for size in (1, 2) * 30]


@pytest.fixture
def unguarded_app(settings, monkeypatch):
    """The portal without the day's lock, and on SQLite with reads outside any write transaction."""
    monkeypatch.setattr(locks, "lock_day", lambda _venue, _service_on: None)
    with portal_without_turns(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def look_together(monkeypatch):
    """Let parties that may look at the same moment all look before any of them sits down.

    Where the lock lets in one at a time, the first waits in vain for company, and nobody waits after that.
    """

    def arrange(company, patience=0.5):
        met, over = threading.Barrier(company), threading.Event()
        look, seen = seating.room_of, threading.local()

        def look_and_wait(house, hours, service_on):
            # A party that looks twice sees the same room: nothing that others did after they met.
            rooms = vars(seen).setdefault("rooms", {})
            if service_on not in rooms:
                rooms[service_on] = look(house, hours, service_on)
            if not over.is_set():
                with suppress(threading.BrokenBarrierError):
                    met.wait(timeout=patience)
                over.set()
            return rooms[service_on]

        monkeypatch.setattr(seating, "room_of", look_and_wait)

    return arrange


def test_sixty_parties_for_ten_covers_book_exactly_ten(app, look_together):
    house = open_house(app, covers=10)
    look_together(10)

    answers = house.rush(SIXTY_PARTIES)

    assert house.covers_booked() == 10
    assert {answer for answer in answers if not isinstance(answer, int)} == {seating.SlotTaken}


def test_without_the_lock_the_same_sixty_oversell(unguarded_app, look_together):
    house = open_house(unguarded_app, covers=10)
    look_together(10, PATIENT)

    house.rush(SIXTY_PARTIES)

    assert house.covers_booked() > 10


def test_diner_and_waiter_who_want_the_last_table_at_once_get_one_booking(app, look_together):
    house = open_house(app, seats=(2,))
    look_together(2)

    answers = house.rush([{"party_size": 2}, {"party_size": 2, "asker": Asker.STAFF}])

    assert sorted(isinstance(answer, int) for answer in answers) == [False, True]
    assert seating.SlotTaken in answers
    assert house.covers_booked() == 2


def test_key_of_the_table_holds_where_the_lock_does_not(unguarded_app, look_together):
    house = open_house(unguarded_app, seats=(2,))
    look_together(2, PATIENT)

    answers = house.rush([{}, {}])

    assert seating.SlotTaken in answers
    assert house.covers_booked() == 2
    assert house.quarters_held() == 7


def test_parties_who_book_and_leave_at_once_leave_an_empty_room(app):
    house = open_house(app, seats=(2, 2, 2, 2))
    seated = house.rush([{}] * 4)

    threads = [threading.Thread(target=house.release, args=(seating_id,)) for seating_id in seated]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert house.covers_booked() == 0
    assert house.quarters_held() == 0


def _undo_and_walk_in_at_once(house, look_together, patience=0.5):
    """A party left at ten past eight; its Undo and a walk-in want the freed place at the same moment."""
    left = SEVEN + timedelta(minutes=70)
    seating = house.leave(house.take(), left)
    look_together(2, patience)
    return house.at_once(
        lambda: house.take_again(left, table_name="T1", seating_id=seating),
        lambda: house.take(left, asker=Asker.STAFF),
    )


@pytest.mark.parametrize("place", [{"seats": (2,)}, {"covers": 2}], ids=["table", "covers"])
def test_freed_place_goes_to_the_walk_in_or_back_and_never_to_both(app, look_together, place):
    house = open_house(app, **place)

    answers = _undo_and_walk_in_at_once(house, look_together)

    assert sorted(isinstance(answer, int) for answer in answers) == [False, True]
    assert seating.SlotTaken in answers


def test_without_the_lock_a_freed_place_goes_to_both(unguarded_app, look_together):
    house = open_house(unguarded_app, covers=2)

    answers = _undo_and_walk_in_at_once(house, look_together, PATIENT)

    assert all(isinstance(answer, int) for answer in answers)


def _move_and_book_at_once(house, look_together, patience=0.5):
    """A party that comes at six is to come at nine instead, when somebody books the last place of then."""
    seated = house.take(SIX)
    look_together(2, patience)
    return house.at_once(lambda: house.reseat(seated, NINE), lambda: house.take(NINE))


@pytest.mark.parametrize("place", [{"seats": (2,)}, {"covers": 2}], ids=["table", "covers"])
def test_last_place_goes_to_whoever_moves_there_or_to_whoever_books_it(app, look_together, place):
    house = open_house(app, **place)

    answers = _move_and_book_at_once(house, look_together)

    assert sorted(isinstance(answer, int) for answer in answers) == [False, True]
    assert seating.SlotTaken in answers
    # Whoever could not move has kept the old place.
    assert house.covers_booked() == (4 if isinstance(answers[1], int) else 2)


def test_without_the_lock_it_goes_to_both(unguarded_app, look_together):
    house = open_house(unguarded_app, covers=2)

    answers = _move_and_book_at_once(house, look_together, PATIENT)

    assert all(isinstance(answer, int) for answer in answers)


def test_two_parties_who_change_places_at_once_never_wait_for_each_other_for_ever(app):
    """Each leaves the day to which the other comes, so both lock both days, and the earlier one first."""
    house = open_house(app, covers=2)
    today, tomorrow = house.take(SEVEN), house.take(SEVEN + DAY)

    answers = house.at_once(lambda: house.reseat(today, SEVEN + DAY), lambda: house.reseat(tomorrow, SEVEN))

    assert answers.count(seating.SlotTaken) == 2
    assert house.covers_booked() == 4


def test_two_walk_ins_for_a_table_that_is_just_left_never_share_it(app):
    house = open_house(app, seats=(2,))
    seating_id, left = house.take(), SEVEN + timedelta(minutes=70)

    answers = house.at_once(
        lambda: house.leave(seating_id, left),
        lambda: house.take(left, asker=Asker.STAFF),
        lambda: house.take(left, asker=Asker.STAFF),
    )

    assert sum(isinstance(answer, int) for answer in answers[1:]) <= 1
    assert house.take(left, asker=Asker.STAFF) is seating.SlotTaken or all(
        answer is seating.SlotTaken for answer in answers[1:]
    )


def test_lock_that_does_not_come_free_says_busy_and_changes_nothing(app, impatient):
    house = open_house(app)
    with app.app_context():
        seating.take(house.venue, SEVEN, 2, SEVEN.replace(day=1))

        assert house.take(SEVEN) is locks.BusyNow
        db.session.commit()

    assert house.covers_booked() == 2
    assert isinstance(house.take(SEVEN), int)


@pytest.fixture
def impatient(app, monkeypatch):
    """Both databases give up a wait for the lock after a twentieth of a second."""
    monkeypatch.setattr(locks, "LOCK_TIMEOUT", "50ms")
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        yield
        return
    database.event.listen(engine, "connect", _give_up_soon)
    yield
    # Another test may get the same app.
    database.event.remove(engine, "connect", _give_up_soon)
    engine.dispose()


def _give_up_soon(connection, _record):
    connection.execute("PRAGMA busy_timeout=50")
