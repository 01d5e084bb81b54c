"""Many diners at once, through the real web server."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from sqlalchemy import func, select

from portal import clock
from portal.availability import service as availability
from portal.bookings.models import Booking
from portal.extensions import db
from tests import factories
from tests.people import AMARA
from tests.support.reading import read_html

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def shop(app_context, processes):
    """A venue of ten covers without tables, its widget, and a time that is on offer."""
    venue = factories.make_venue(covers=10)
    widget = factories.make_widget(venue)
    day = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=3)
    slot = availability.slots(venue, day, 2, clock.utc_now())[8]
    db.session.rollback()
    processes.start("web")
    return f"{processes.settings.portal_url}/w/{widget.public_id}", slot.starts_at.isoformat()


def form(address, starts_at, number, party):
    """Open the details page as a browser does and fill it in."""
    page = requests.get(f"{address}/details", params={"starts_at": starts_at, "party": party}, timeout=30)
    hidden = read_html(page.text).one(id="details-form").all("input", type="hidden")
    fields = {one.attributes["name"]: one.attributes.get("value") or "" for one in hidden}
    return fields | {
        "name": f"Guest {number}",
        "email": f"guest{number}@example.org",
        "phone": AMARA.phone,
    }


def send(address, fields):
    answer = requests.post(
        f"{address}/bookings", data=fields, headers={"Accept": "application/json"}, timeout=30
    )
    return answer.status_code, answer.elapsed.total_seconds()


def covers_booked():
    db.session.rollback()
    return db.session.scalar(select(func.sum(Booking.party_size)))


def test_sixty_submissions_for_ten_covers_book_exactly_ten(shop):
    """L01, L02: nobody sees an error of ours, and nobody waits long."""
    address, starts_at = shop
    forms = [form(address, starts_at, number, 1 + number % 2) for number in range(60)]
    with ThreadPoolExecutor(30) as diners:
        answers = list(diners.map(lambda fields: send(address, fields), forms))
    statuses = Counter(status for status, _ in answers)
    assert covers_booked() == 10, statuses
    assert set(statuses) <= {200, 201, 409, 422}, statuses
    assert max(seconds for _, seconds in answers) < 30


def test_double_click_books_once(shop):
    """B01."""
    address, starts_at = shop
    fields = form(address, starts_at, 1, 2)
    with ThreadPoolExecutor(2) as clicks:
        answers = list(clicks.map(lambda _: send(address, fields), range(2)))
    assert {status for status, _ in answers} <= {200, 201}
    assert covers_booked() == 2


@pytest.mark.one_database
def test_booking_does_not_wait_for_a_redis_that_is_away(shop, valkey):
    address, starts_at = shop
    fields = form(address, starts_at, 1, 2)
    valkey.kill()
    status, seconds = send(address, fields)
    assert status in (200, 201)
    assert seconds < 3
