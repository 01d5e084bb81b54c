"""Rows that an earlier portal stored become standings (migration 0019), and back."""

from datetime import timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from portal import clock
from portal.extensions import db
from portal.integration.standing import service as standing
from portal.integration.standing.models import Standing
from tests import factories

# A step of the tables is made before the processes that keep copies start.
pytestmark = [pytest.mark.both_databases, pytest.mark.forgets_versions]

NOW = clock.utc_now().replace(microsecond=0, tzinfo=None)


def stored(venue_id, words, began, ended=None):
    db.session.execute(
        text(
            "INSERT INTO connection_states (venue_id, words, tone, code, began_at, ended_at)"
            " VALUES (:venue, :words, 'bad', 'key_refused', :began, :ended)"
        ),
        {"venue": venue_id, "words": words, "began": began, "ended": ended},
    )


@pytest.fixture
def venue(app_context, recording_queue):
    """A venue as an earlier portal left it: a history, and by some mishap two rows that have not ended."""
    venue = factories.make_venue()
    factories.connect_spektrix(venue)
    db.session.execute(text("DELETE FROM standings"))
    db.session.commit()
    downgrade(revision="0018")
    hour = timedelta(hours=1)
    stored(venue.id, "Sign-in refused", NOW - 3 * hour, NOW - 2 * hour)
    stored(venue.id, "Working", NOW - 2 * hour)
    stored(venue.id, "Permission missing", NOW - hour)
    db.session.commit()
    return venue


def test_what_was_stored_is_kept_and_judged_in_the_first_round(venue):
    upgrade()
    rows = db.session.scalars(select(Standing).order_by(Standing.id)).all()
    assert [row.words for row in rows] == ["Sign-in refused", "Working", "Permission missing"]
    assert [row.ended_at is None for row in rows] == [False, False, True]
    assert {row.judged_at for row in rows} == {None}
    assert standing.of(venue.id).words == "Needs attention", "what lies there is not believed before"
    assert standing.update_stale() == 1
    assert standing.current(venue.id).words == "Needs attention"
    assert standing.update_stale() == 0


def test_the_way_back_keeps_the_history(venue):
    upgrade()
    standing.update(venue.id)
    db.session.remove()
    downgrade(revision="0018")
    words = db.session.execute(text("SELECT words FROM connection_states ORDER BY id")).scalars()
    assert list(words) == ["Sign-in refused", "Working", "Permission missing", "Needs attention"]
    db.session.remove()
    upgrade()
