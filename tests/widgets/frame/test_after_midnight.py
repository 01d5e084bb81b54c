"""Shows and tables after midnight: the calendar day is selected (R43), and the evening before is theirs."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portal import clock
from portal.availability.hours import Slot
from portal.widgets import around_show, rules, service
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import slot_screens
from portal.widgets.rules import Bounds, Choice
from tests.support.reading import read
from tests.widgets.conftest import SHOW, WIDGET

MIDNIGHT_SHOW = "2026-06-12T23:30:00Z"
FRIDAY_AT_EIGHT = "2026-06-12T19:00:00Z"
ZONE = "Europe/London"


@pytest.fixture
def page(diner):
    return diner.read


@pytest.fixture
def closed(stored):
    """Serve on no Friday: `closed(4)`."""

    def close(weekday):
        def delete(db):
            from portal.availability.models import ServicePeriod

            db.session.execute(db.update(ServicePeriod).values(weekdays=0b1111111 & ~(1 << weekday)))

        stored(delete)

    return close


def times(page):
    return [button.attributes["value"] for button in page.all("button", name="starts_at")]


def test_calendar_day_offers_the_evening_of_the_show_first(page):
    found = page(show=MIDNIGHT_SHOW)
    text = found.words
    eve = text.index("Fri 12 June, the evening of your show")
    assert eve < text.index("Times for Saturday 13 June")
    assert "before the show, 0 later" in text[eve:]
    for wrong in ("After the show", "Later that", "No tables", "not the day", "Curtain up"):
        assert wrong not in text
    assert "2026-06-13T09:00:00Z" in times(found)


def test_evening_before_is_grouped_around_the_show(page, diner):
    offer = page(show=MIDNIGHT_SHOW).link("Fri 12 June, the evening of your show")
    found = read(diner.client.get(offer))
    text = found.words
    assert "Times for Friday 12 June" in text
    before, _after = text.split("Curtain up 12:30am")
    assert "Before the show" in before
    assert FRIDAY_AT_EIGHT in times(found.all(data_test="slot-group")[0])
    assert "Date (your show)" in text


def test_closed_evening_is_said_and_the_days_times_stay(page, closed):
    closed(4)
    found = page(show=MIDNIGHT_SHOW)
    text = found.words
    assert "No tables for 2 on Fri 12 June, the evening of your show" in text
    assert "not the evening of your show" in text
    assert "After the show" not in text
    assert "2026-06-13T09:00:00Z" in times(found)


def test_closed_calendar_day_leads_to_the_evening(page, closed):
    closed(5)
    text = page(show=MIDNIGHT_SHOW).words
    assert "Closed on Saturdays" in text
    assert "There are times on the evening of your show." in text
    assert "Fri 12 June, the evening of your show" in text


def test_evening_that_can_be_booked_is_shown_while_the_calendar_day_cannot(page, stored):
    from portal.widgets.models import Widget

    stored(lambda db: db.session.execute(db.update(Widget).values(days_ahead=0)))
    text = page(show=MIDNIGHT_SHOW).words
    assert "Times for Friday 12 June" in text
    assert "Curtain up 12:30am" in text
    assert "not open yet" not in text


def test_evening_that_is_over_is_not_offered(page, friday_noon):
    friday_noon.move_to(datetime(2026, 6, 12, 23, 15, tzinfo=UTC))
    text = page(show=MIDNIGHT_SHOW).words
    assert "the evening of your show" not in text
    assert "Times for Saturday 13 June" in text


def test_table_of_the_evening_keeps_its_show_after_midnight(diner, bookings):
    details = diner.details_page(show=MIDNIGHT_SHOW, starts_at=FRIDAY_AT_EIGHT).text
    assert "2 guests, before your show at 12:30am" in details
    answer = diner.book(diner.form(show=MIDNIGHT_SHOW, starts_at=FRIDAY_AT_EIGHT))
    assert bookings()[0]["show"] == datetime.fromisoformat(MIDNIGHT_SHOW)
    assert "12:30am" in diner.client.get(answer.location).text


def test_table_after_midnight_keeps_the_show_of_its_evening(diner, bookings, stored):
    from portal.availability.models import ServicePeriod

    stored(lambda db: db.session.execute(db.update(ServicePeriod).values(last_seating=time(0, 30))))
    late = {"show": SHOW, "starts_at": "2026-06-12T23:15:00Z"}
    details = diner.details_page(**late).text
    assert "2 guests, after your show at 7:30pm" in details
    assert f"/w/{WIDGET}?date=2026-06-12&amp;party=2&amp;show=" in details
    diner.book(diner.form(**late))
    assert bookings()[0]["show"] == datetime.fromisoformat(SHOW)


def test_table_of_the_next_noon_is_not_one_of_the_show(diner, bookings):
    noon = {"show": MIDNIGHT_SHOW, "starts_at": "2026-06-13T11:00:00Z"}
    assert "your show" not in diner.details_page(**noon).text
    diner.book(diner.form(**noon))
    assert bookings()[0]["show"] is None


def test_table_while_the_show_is_on_is_during_it(diner, on_stage):
    on_stage(("The Winter’s Tale", SHOW, 155, False))
    for starts_at, place in (
        ("2026-06-12T18:15:00Z", "before"),
        ("2026-06-12T18:45:00Z", "during"),
        ("2026-06-12T21:15:00Z", "after"),
    ):
        details = diner.details_page(show=SHOW, starts_at=starts_at).text
        assert f"2 guests, {place} The Winter’s Tale at 7:30pm" in details


nights = st.sampled_from([date(2026, 6, 12), date(2026, 3, 28), date(2026, 10, 24)])
quarters = st.lists(st.integers(0, 30 * 4), unique=True, max_size=30).map(sorted)


@given(nights, quarters, st.integers(0, 30 * 4), st.none() | st.integers(0, 300), st.integers(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
def test_no_night_adds_removes_reorders_or_wrongly_names_a_time(
    monkeypatch, night, starts, quarter, length, later
):
    begins = clock.from_local(night, time(12), ZONE)
    chosen = night + timedelta(days=later)
    instants = [begins + timedelta(days=later) + timedelta(minutes=15 * each) for each in starts]
    instants = [each for each in instants if around_show.evening_of(each, ZONE) == chosen]
    show_at = begins + timedelta(minutes=15 * quarter)
    show = GuestShow(show_at, None if length is None else show_at + timedelta(minutes=length))
    slots = [Slot(start, start + timedelta(minutes=105), 1, "", chosen) for start in instants]
    times = {chosen: slots}
    monkeypatch.setattr(service, "times", lambda _widget, choice, _now: times.get(choice.day, []))
    monkeypatch.setattr(service, "alternatives", lambda *_asked: [])
    monkeypatch.setattr(service, "serves_on", lambda *_asked: True)
    monkeypatch.setattr(slot_screens.wanted_tables, "find", lambda *_asked: None)
    published = SimpleNamespace(venue=SimpleNamespace(timezone=ZONE, phone=""), widget=None)
    bounds = Bounds(night, night + timedelta(days=3), 8)
    found = slot_screens.times(published, Choice(chosen, 2, show_at), show, bounds, begins)
    parted = [*found.before, *found.during, *found.later]
    seen = [*found.start_buttons, *(found.other_times if found.trouble else parted)]
    assert [start.value for start in seen] == [rules.instant_text(start) for start in instants]
    about_the_show = bool(parted or found.other_times)
    assert not about_the_show or around_show.evening_of(show_at, ZONE) == chosen
