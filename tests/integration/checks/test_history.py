"""The page of how the connection stood: states and what people did, newest first."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.extensions import db
from portal.integration.attributes import rows as attribute_rows
from portal.integration.checks import history
from portal.integration.standing.models import Standing
from portal.venues import audit
from portal.venues.models import AuditEntry, Role
from tests.integration.place import PAGE, place_of


@pytest.fixture
def place(app):
    return place_of(app, connected=False)


def add(place, *, minutes, words=None, action=None, detail="", **columns):
    at = clock.utc_now() - timedelta(minutes=minutes)
    with place.app.app_context():
        if words:
            db.session.execute(update(Standing).where(Standing.ended_at.is_(None)).values(ended_at=at))
            row = Standing(venue_id=place.venue.id, words=words, began_at=at, **columns)
        else:
            row = AuditEntry(
                venue_id=place.venue.id, staff_id=place.staff.id, action=action, detail=detail, at=at
            )
        db.session.add(row)
        db.session.commit()


def test_states_and_deeds_stand_in_one_list_newest_first(place):
    add(place, minutes=30, words="Working", tone="ok")
    add(place, minutes=20, action=audit.Action.ACTIVE_OFF)
    add(place, minutes=10, words="Sign-in refused", tone="bad", code="key_refused", status=401)
    html = place.get(f"{PAGE}/history")
    order = [html.index(words) for words in ("Sign-in refused", "Switched Active off", ">Working")]
    assert order == sorted(order)
    assert "Spektrix did not accept the API user and key (401)" in html
    assert "Priya Shah: Switched Active off" in html


def test_a_state_in_which_nothing_is_wrong_yet_says_why(place):
    lead = "Not tested since these details were saved."
    add(place, minutes=10, words="Needs attention", tone="warn", lead=lead)
    assert lead in place.get(f"{PAGE}/history")


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        (audit.Action.TRIAL_WRITE, "day", "Last Dined At lost its time"),
        (audit.Action.TRIAL_WRITE, "Unreachable", attribute_rows.said_of("Unreachable").sentence),
        (audit.Action.HELD_VISITS_SENT, "12", "12 visits"),
        (audit.Action.HELD_VISITS_DISCARDED, "1", "1 visit"),
        (audit.Action.GUEST_ERASED, "guest 7", "guest 7"),
    ],
)
def test_a_deed_is_told_in_words(place, action, detail, said):
    add(place, minutes=20, action=action, detail=detail)
    html = place.get(f"{PAGE}/history")
    assert f"Priya Shah: {audit.WORDS[action]}" in html
    assert said in html


def test_every_deed_has_its_words():
    assert set(audit.WORDS) == set(audit.Action)


def test_every_line_is_shown_once_over_all_pages(place):
    for number in range(45):
        add(place, minutes=200 - 2 * number, words=f"State {number}.", tone="warn")
    for number in range(40):
        add(place, minutes=199 - 2 * number, action=audit.Action.ACTIVE_ON)
    with place.app.app_context():
        seen, after = [], ""
        while True:
            page = history.page(place.venue.id, after)
            seen += [event.at for event in page.events]
            after = page.older
            if not after:
                break
        assert len(seen) == 85
        assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("after", ["", "x", "1", "-1-2", "99999999999-1", "9999999999-9999999999", "1-1;"])
def test_any_place_to_go_on_from_is_answered(place, after):
    assert place.client.get(f"{PAGE}/history", query_string={"after": after}).status_code == 200


def test_another_venue_sees_nothing_of_it(app, place):
    add(place, minutes=5, words="Sign-in refused", tone="bad")
    other = place_of(app, connected=False, venue_name="The Other Room")
    assert "Sign-in refused" not in other.get(f"{PAGE}/history")
    assert "Nothing yet" in other.get(f"{PAGE}/history")


def test_staff_may_read_it(app):
    assert place_of(app, Role.STAFF).client.get(f"{PAGE}/history").status_code == 200


@pytest.mark.parametrize(("role", "words"), [(Role.MANAGER, "See what to do"), (Role.STAFF, "A manager can")])
def test_the_diary_tells_managers_what_to_do_and_staff_who_can(app, role, words):
    place = place_of(app, role, connected=False)
    add(place, minutes=5, words="Sign-in refused", tone="bad", code="key_refused")
    html = place.get("/diary")
    assert "Spektrix: Sign-in refused." in html
    assert words in html


@pytest.mark.parametrize(("state", "tone"), [("Working", "ok"), ("Paused", "off"), ("Not connected", "off")])
def test_the_diary_is_silent_while_nothing_is_wrong(app, state, tone):
    place = place_of(app, connected=False)
    add(place, minutes=5, words=state, tone=tone)
    assert "Spektrix:" not in place.get("/diary")
