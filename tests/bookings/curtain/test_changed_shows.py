"""A performance that moved or was cancelled: who is told of it, once, and what becomes of the bookings."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from portal.bookings.models import Booking, BookingChange, Source, Status
from portal.events.models import PerformanceChange
from portal.extensions import db
from portal.outbox.models import LetterKind, OwedLetter
from tests.factories import DAY, local, make_booking, make_table
from tests.support.reading import read

NAME = "The Winter’s Tale"
HALF_PAST = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
SEVEN = datetime(2026, 6, 12, 18, 0, tzinfo=UTC)
DIARY = f"/diary?date={DAY}&view=list"
SHEET = f"/diary/curtain?date={DAY}"


@pytest.fixture
def planned(app, venue, programme):
    """Two tables for the show at 7:30pm, one without an address; and one for no show."""
    programme(("9AB", NAME, HALF_PAST, False))
    with app.app_context():
        for name in ("T1", "T2", "T3", "T4"):
            make_table(venue, name)
        details = {"show_starts_at": HALF_PAST, "source": Source.WIDGET}
        make_booking(
            venue, starts_at=local(venue, DAY, 17, 30), name="Ann Lee", email="ann@example.org", **details
        )
        make_booking(
            venue, starts_at=local(venue, DAY, 18), name="Bob Ray", email="", phone="07700 900124", **details
        )
        make_booking(venue, starts_at=local(venue, DAY, 18), name="Cy Poe", email="cy@example.org")


def changes(app):
    with app.app_context():
        return [
            (row.was_at, row.settled_at, row.letters)
            for row in db.session.scalars(db.select(PerformanceChange).order_by(PerformanceChange.id))
        ]


def shows(app):
    with app.app_context():
        return list(db.session.scalars(db.select(Booking.show_starts_at).order_by(Booking.id)))


def letters(app):
    with app.app_context():
        return [
            row.kind
            for row in db.session.scalars(
                db.select(OwedLetter).where(OwedLetter.kind == LetterKind.SHOW_CHANGED)
            )
        ]


def page_of(desk):
    return read(desk.get(DIARY)).link(f"See them and write to the guests of {NAME}")


@pytest.mark.both_databases
def test_moved_show_is_told_at_the_top_and_its_guests_are_written_to_once(app, desk, planned, programme):
    assert "moved" not in desk.get(DIARY).text
    programme(("9AB", NAME, SEVEN, False))
    for address in (DIARY, SHEET):
        said = read(desk.get(address)).words
        assert f"{NAME} moved from 19:30 to 19:00" in said
        assert "2 bookings planned for 19:30" in said
    address = page_of(desk)
    page = read(desk.get(address)).words
    assert "Ann Lee" in page
    assert "Cy Poe" not in page
    assert f"Your show has changed: {NAME}, Friday 12 June at 7:00pm" in page
    assert "75 min, leaves by 18:45" in page
    assert "No email, so call" in page
    assert "This portal sends no email" not in page
    assert desk.post(address, data={"do": "write"}).status_code == 303
    again = desk.post(address, data={"do": "write"}, follow_redirects=True)
    assert "Nothing was sent again" in again.text
    assert "Dealt with by Sam Doyle" in read(again).words
    assert letters(app) == [LetterKind.SHOW_CHANGED]
    assert shows(app) == [SEVEN, SEVEN, None]
    assert "planned for" not in read(desk.get(DIARY)).words
    assert "Dealt with by Sam Doyle" in read(desk.get(SHEET)).words
    with app.app_context():
        kept = db.session.scalars(db.select(BookingChange)).all()
        assert {tuple(change.fields["show"]) for change in kept} == {
            (HALF_PAST.isoformat(), SEVEN.isoformat())
        }


@pytest.mark.both_databases
def test_two_who_press_at_once_send_once(app, desk, staff, planned, programme):
    programme(("9AB", NAME, SEVEN, False))
    address = page_of(desk)
    ready = Barrier(2)

    def press(_):
        ready.wait(10)
        return desk.post(address, data={"do": "write"}).status_code

    with ThreadPoolExecutor(2) as both:
        assert set(both.map(press, range(2))) <= {303, 503}
    assert letters(app) == [LetterKind.SHOW_CHANGED]
    assert [settled is not None for _, settled, _ in changes(app)] == [True]


def test_without_the_note_of_who_dealt_with_it_a_second_press_would_send_again(
    app, desk, planned, programme, morning, monkeypatch
):
    """The run with the safeguard off."""
    from portal.bookings.curtain import changed_shows
    from portal.letters.sending import due

    programme(("9AB", NAME, HALF_PAST, True))
    address = page_of(desk)
    monkeypatch.setattr(changed_shows.events, "settle_change", lambda *_: True)
    for _ in range(2):
        desk.post(address, data={"do": "write"})
        morning.shift(timedelta(minutes=2))
        with app.app_context():
            due.send_due()
    assert len(letters(app)) == 2


def test_dealt_with_by_phone_sends_nothing_and_plans_for_the_new_start(app, desk, planned, programme):
    programme(("9AB", NAME, SEVEN, False))
    said = desk.post(page_of(desk), data={"do": "settle"}, follow_redirects=True)
    assert "Nothing was sent" in said.text
    assert letters(app) == []
    assert shows(app) == [SEVEN, SEVEN, None]


def test_portal_that_sends_no_email_says_so_and_leaves_the_words_to_copy(
    app, desk, planned, programme, monkeypatch
):
    from portal import mail

    programme(("9AB", NAME, SEVEN, False))
    monkeypatch.setattr(mail, "is_set_up", lambda _settings: False)
    address = page_of(desk)
    page = read(desk.get(address))
    assert "This portal sends no email." in page.words
    assert "Write to" not in [button.words for button in page.all("button")]
    assert page.link("ann@example.org").startswith(
        "mailto:ann@example.org?subject=Your%20show%20has%20changed"
    )
    desk.post(address, data={"do": "write"})
    assert letters(app) == []
    assert shows(app) == [SEVEN, SEVEN, None]


def test_cancelled_show_keeps_the_tables_and_hurries_nobody(app, desk, planned, programme):
    programme(("9AB", NAME, HALF_PAST, True))
    assert f"{NAME} at 19:30 is cancelled" in read(desk.get(DIARY)).words
    address = page_of(desk)
    page = read(desk.get(address)).words
    assert "Friday 12 June at 7:30pm, cancelled by the theatre" in page
    desk.post(address, data={"do": "write"})
    assert letters(app) == [LetterKind.SHOW_CHANGED]
    assert shows(app) == [HALF_PAST, HALF_PAST, None]


def test_letter_says_what_the_show_is_now(app, desk, planned, programme, morning, mail_folder):
    import email
    from email.policy import default

    from portal.letters.sending import due

    programme(("9AB", NAME, SEVEN, False))
    desk.post(page_of(desk), data={"do": "write"})
    morning.shift(timedelta(minutes=2))
    with app.app_context():
        due.send_due()
    found = [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in mail_folder.glob("*.eml")
    ]
    [letter] = [each for each in found if each["to"] == "ann@example.org"]
    assert letter["subject"] == f"Your show has changed: {NAME}, Friday 12 June at 7:00pm"
    text = letter.get_body(("plain",)).get_content()
    assert "stands as you booked it" in " ".join(text.split())


def sent_to(app, morning, mail_folder):
    """Return whom the letters reach that leave in the next minutes."""
    import email

    from portal.letters.sending import due

    morning.shift(timedelta(minutes=2))
    with app.app_context():
        due.send_due()
    return sorted(email.message_from_bytes(path.read_bytes())["to"] for path in mail_folder.glob("*.eml"))


def test_letter_that_somebody_presses_for_leaves_even_where_it_was_switched_off(
    app, venue, desk, planned, programme, morning, mail_folder
):
    from portal.letters import texts

    with app.app_context():
        texts.change(venue.id, LetterKind.SHOW_CHANGED, subject="S", text="T", is_on=False)
        db.session.commit()
    sent_to(app, morning, mail_folder)
    before = len(list(mail_folder.glob("*.eml")))
    programme(("9AB", NAME, SEVEN, False))
    said = desk.post(page_of(desk), data={"do": "write"}, follow_redirects=True)
    assert "1 letter leaves in a moment. 1 guest is not written to" in read(said).words
    assert len(sent_to(app, morning, mail_folder)) == before + 1


def test_who_gets_no_letter_is_named_and_not_counted(app, venue, desk, planned, programme, morning):
    morning.move_to(local(venue, DAY, 17, 45))
    details = {"show_starts_at": HALF_PAST, "source": Source.WIDGET, "starts_at": local(venue, DAY, 18)}
    with app.app_context():
        make_table(venue, "T5")
        make_table(venue, "T6")
        for number, status in enumerate((Status.PENDING, Status.PENDING_PAYMENT, Status.CONFIRMED)):
            make_booking(
                venue, name=f"Guest {number}", email=f"g{number}@example.org", status=status, **details
            )
    programme(("9AB", NAME, SEVEN, False))
    address = page_of(desk)
    page = read(desk.get(address)).words
    assert page.count("Not written to: not confirmed yet") == 2
    assert page.count("Not written to: their time has come") == 1
    assert "Write to this guest" in page
    assert "As Guest 2 would read it" in page
    said = desk.post(address, data={"do": "write"}, follow_redirects=True)
    assert "1 letter leaves in a moment. 4 guests are not written to" in read(said).words
    assert len(letters(app)) == 1


def test_moved_back_before_anybody_dealt_with_it_concerns_nobody(app, desk, planned, programme):
    programme(("9AB", NAME, SEVEN, False))
    address = page_of(desk)
    programme(("9AB", NAME, HALF_PAST, False))
    assert "moved from" not in read(desk.get(DIARY)).words
    assert f"{NAME} starts at 19:30 again" in read(desk.get(address)).words
    desk.post(address, data={"do": "write"})
    assert letters(app) == []
    assert shows(app) == [HALF_PAST, HALF_PAST, None]


def test_moved_twice_finds_those_of_the_first_start_and_of_the_second(app, venue, desk, planned, programme):
    programme(("9AB", NAME, SEVEN, False))
    with app.app_context():
        make_booking(
            venue,
            starts_at=local(venue, DAY, 17),
            name="Di Fox",
            email="di@example.org",
            show_starts_at=SEVEN,
        )
    quarter_to = SEVEN - timedelta(minutes=15)
    programme(("9AB", NAME, quarter_to, False))
    said = read(desk.get(DIARY)).words
    assert f"{NAME} moved from 19:30 to 18:45" in said
    assert f"{NAME} moved from 19:00 to 18:45" in said
    assert "1 booking planned for 19:00" in said


def test_another_show_at_the_old_time_is_pointed_out(app, desk, planned, programme):
    programme(("9AB", NAME, SEVEN, False), ("8AB", "Othello", HALF_PAST, False))
    page = read(desk.get(page_of(desk))).words
    assert "Another show starts at 19:30" in page
    assert "Othello goes ahead at that time" in page


def test_only_what_is_to_come_is_noted_and_each_once(app, planned, programme, morning):
    programme(("9AB", NAME, SEVEN, False))
    programme(("9AB", NAME, HALF_PAST, False))
    programme(("9AB", NAME, SEVEN, False))
    assert [was_at for was_at, _, _ in changes(app)] == [HALF_PAST, SEVEN]
    morning.move_to(datetime(2026, 6, 13, 8, 0, tzinfo=UTC))
    programme(("9AB", NAME, HALF_PAST, True))
    assert len(changes(app)) == 2


def test_another_venues_change_is_not_found(app, desk, planned, programme):
    from tests.factories import make_staff, make_venue, sign_in

    programme(("9AB", NAME, SEVEN, False))
    address = page_of(desk)
    with app.app_context():
        stranger = make_staff(make_venue("The Other Room"))
    other = sign_in(app.test_client(), stranger)
    assert other.get(address).status_code == 404
    assert other.post(address, data={"do": "write"}).status_code == 404
    assert letters(app) == []


@pytest.mark.parametrize("do", ["", "x", None])
def test_an_odd_press_does_nothing(app, desk, planned, programme, do):
    programme(("9AB", NAME, SEVEN, False))
    answer = desk.post(page_of(desk), data={"do": do} if do is not None else {})
    assert answer.status_code == 400
    assert [settled for _, settled, _ in changes(app)] == [None]
