"""People who never finish what they send or take, and a diner who books meanwhile."""

from datetime import timedelta

import pytest
import requests
from embedded import wait_until

from portal import clock
from portal.availability import service as availability
from portal.extensions import db
from tests import factories
from tests.flows.test_rush import form, send
from tests.support.slow_people import WAYS, slow_people

pytestmark = [pytest.mark.timeout(240), pytest.mark.one_database]
PEOPLE = 200


@pytest.fixture
def shop(app_context, processes):
    """A widget with times on offer, and the real web server before it."""
    venue = factories.make_venue(covers=100)
    widget = factories.make_widget(venue)
    day = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=3)
    slots = availability.slots(venue, day, 2, clock.utc_now())
    db.session.rollback()
    return f"{processes.settings.portal_url}/w/{widget.public_id}", [
        slot.starts_at.isoformat() for slot in slots[:3]
    ]


def place_of(processes):
    host, port = processes.settings.portal_url.removeprefix("http://").split(":")
    return host, int(port)


def test_diner_books_at_once_while_slow_people_hold_the_server(shop, processes):
    address, times = shop
    processes.start("web")
    ways = list(WAYS.values())
    with slow_people(place_of(processes), [ways[number % len(ways)] for number in range(PEOPLE)]) as people:
        booked = [send(address, form(address, time, number, 2)) for number, time in enumerate(times)]
        assert [status for status, _ in booked] == [201] * 3
        assert min(seconds for _, seconds in booked) < 0.5
        assert max(seconds for _, seconds in booked) < 2
        assert wait_until(lambda: not people.held(), seconds=40)
    assert "ERROR" not in processes.log("web")


def test_without_the_worker_of_ours_the_diner_waits_for_them(shop, processes):
    """The safeguard left out: gunicorn's own worker with threads."""
    address, times = shop
    processes.web_options = ("--worker-class", "gthread")
    processes.start("web")
    people = [WAYS["never end a body"]] * PEOPLE
    with slow_people(place_of(processes), people), pytest.raises(requests.Timeout):
        requests.get(f"{address}/details", params={"starts_at": times[0], "party": 2}, timeout=5)
