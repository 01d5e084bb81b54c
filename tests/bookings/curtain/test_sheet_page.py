"""The curtain sheet as staff see it."""

from datetime import UTC, datetime

from tests.factories import DAY, local, make_booking, make_table
from tests.support.reading import read

HALF_PAST = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
SHEET = f"/diary/curtain?date={DAY}"


def test_diary_leads_to_the_sheet_of_its_day(desk):
    assert read(desk.get(f"/diary?date={DAY}")).link("Curtain sheet") == SHEET


def test_sheet_has_tables_guests_times_and_allergies(app, venue, desk, programme):
    from dataclasses import replace

    from portal.bookings import editing, statuses
    from portal.bookings.models import Booking
    from portal.extensions import db

    programme(("9AB", "Hamlet", HALF_PAST, False), ("8AB", "Othello", HALF_PAST.replace(hour=20), False))
    with app.app_context():
        for name in ("T1", "T2"):
            make_table(venue, name)
        made = make_booking(
            venue, starts_at=local(venue, DAY, 17, 30), show_starts_at=HALF_PAST, note="By the door"
        )
        wanted = replace(editing.as_it_is(db.session.get(Booking, made.id)), allergies="Nuts")
        editing.edit(venue, made.id, wanted)
        statuses.seat(venue, made.id)
        make_booking(venue, starts_at=local(venue, DAY, 18), name="Walter Bell", email="")
    page = read(desk.get(SHEET))
    said = page.words
    assert "19:30 Hamlet" in said
    assert "2 guests at 1 table. Leave by 19:15" in said
    assert "Allergies: Nuts." in said
    assert "By the door" in said
    assert "Seated" in said
    assert "21:30 Othello" in said
    assert "No tables." in said
    assert said.index("Without a show") < said.index("Walter Bell")


def test_venue_without_a_programme_is_told_what_it_would_show(desk):
    said = read(desk.get(SHEET)).words
    assert "Once the portal reads a theatre’s programme, this sheet shows" in said
    assert "No bookings for" in said


def test_odd_dates_lead_to_today(desk):
    for text in ("x", "2026-13-45"):
        answer = desk.get(f"/diary/curtain?date={text}")
        assert (answer.status_code, answer.location) == (302, "/diary/curtain")
    assert desk.get("/diary/curtain").status_code == 200


def test_signed_out_nobody_sees_it(client):
    assert client.get(SHEET).status_code == 302
