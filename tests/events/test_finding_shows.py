"""Finding a performance by its start, by what a page calls it, and among those of some days."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.events import service
from portal.events.models import EventSync
from portal.events.rules import FeedEvent, FeedPerformance, Programme
from portal.events.saving import Client, save
from portal.extensions import db
from tests.factories import make_venue
from tests.support.tables import each_row

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
WHOLE_ID = "112601AGBHDRLQHNHPHKKMPKLGPMDRDTD"
EVENTS = (FeedEvent("1A", "The Winter's Tale", 155), FeedEvent("2A", "Winter Concert", None))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def showing(instance_id=WHOLE_ID, starts_at=CURTAIN, event="1A", cancelled=False):
    return FeedPerformance(instance_id, event, starts_at, cancelled)


def synced(venue, *performances, client_name="harbourplayhouse", at=NOW):
    """Save a programme as the sync does."""
    row = service.sync_of(venue.id)
    if row is None:
        row = EventSync(venue_id=venue.id, next_at=at)
        db.session.add(row)
    save(Client(venue.id, client_name), Programme(EVENTS, performances), at)
    row.client_name, row.synced_at = client_name, at
    db.session.commit()


@pytest.fixture
def venue(app_context):
    return make_venue()


@pytest.mark.parametrize("text", [WHOLE_ID, "112601", " 112601 "])
def test_whole_id_or_leading_digits_find_the_performance(venue, text):
    synced(venue, showing(), showing("1126A" + "B" * 28), showing("1126011A" + "B" * 25))
    show = service.show_by_instance(venue.id, text)
    assert (show.name, show.starts_at) == ("The Winter's Tale", CURTAIN)
    assert show.ends_at == CURTAIN + timedelta(minutes=155)
    assert service.show_by_instance(venue.id, "1126").performance_id != show.performance_id


OTHER_TEXTS = ["", "11260", "112601A", "%", "_", "112601%", "\uff11\uff11", "9" * 65, "a\0b"]


@each_row("text", OTHER_TEXTS)
def test_any_other_text_finds_nothing(venue, text):
    synced(venue, showing())
    assert service.show_by_instance(venue.id, text) is None


def test_a_performance_that_began_is_not_found_by_its_id(venue):
    synced(venue, showing(starts_at=NOW))
    assert service.show_by_instance(venue.id, "112601") is None


def test_a_cancelled_performance_says_so(venue):
    synced(venue, showing(cancelled=True))
    assert service.show_by_instance(venue.id, WHOLE_ID).cancelled
    assert [show.cancelled for show in service.shows_at(venue.id, CURTAIN)] == [True]


def test_another_venue_finds_none_of_it(venue):
    synced(venue, showing())
    other = make_venue("The Other Room")
    synced(other)
    assert service.show_by_instance(other.id, WHOLE_ID) is None
    assert service.shows_at(other.id, CURTAIN) == []
    assert service.shows_between(other.id, NOW, CURTAIN + timedelta(days=1)) == []


def test_two_at_the_same_instant_are_both_returned(venue):
    synced(venue, showing("1A"), showing("2A", event="2A"), showing("3A", CURTAIN + timedelta(minutes=1)))
    found = service.shows_at(venue.id, CURTAIN)
    assert [(show.name, show.ends_at is None) for show in found] == [
        ("The Winter's Tale", False),
        ("Winter Concert", True),
    ]


def test_seconds_do_not_hide_a_performance(venue):
    synced(venue, showing(starts_at=CURTAIN + timedelta(seconds=30)))
    assert len(service.shows_at(venue.id, CURTAIN)) == 1
    assert len(service.shows_at(venue.id, CURTAIN + timedelta(seconds=59))) == 1
    assert service.shows_at(venue.id, CURTAIN + timedelta(minutes=1)) == []
    assert service.shows_at(venue.id, CURTAIN - timedelta(seconds=1)) == []


def test_a_performance_no_longer_named_is_kept_and_not_found(venue):
    synced(venue, showing("1A"), showing("2A"))
    synced(venue, showing("1A"), at=NOW + timedelta(hours=1))
    assert len(service.shows_at(venue.id, CURTAIN)) == 1
    assert service.show_by_instance(venue.id, "2") is None
    synced(venue, showing("1A"), showing("2A"), at=NOW + timedelta(hours=2))
    assert service.show_by_instance(venue.id, "2") is not None


def test_a_programme_of_an_earlier_client_is_not_found(venue):
    synced(venue, showing("1A"))
    synced(venue, showing("2A"), client_name="another", at=NOW + timedelta(hours=1))
    assert service.show_by_instance(venue.id, "1A") is None
    assert len(service.shows_at(venue.id, CURTAIN)) == 1


def test_before_the_first_sync_there_is_nothing(venue):
    assert service.shows_between(venue.id, NOW, CURTAIN) == []
    assert service.show_by_instance(venue.id, "1") is None
