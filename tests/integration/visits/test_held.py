"""Visits completed while paused: listed, sent once each, or discarded with a reason (Q8, N6)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.visits import decisions as visit_decisions, log as visits
from portal.outbox import decisions
from portal.outbox.models import OutboxEntry, State
from portal.venues.models import AuditEntry, Role
from tests import factories
from tests.integration.logbook import HELD, LOG, logbook_of
from tests.support.reading import read_html
from tests.support.tables import each_row

PAUSED = Code.VISIT_HELD


@pytest.fixture
def paused(app):
    return logbook_of(app, active=False)


@pytest.fixture
def active(app):
    return logbook_of(app)


def entries(page):
    """The visits that the form on a page would send along."""
    return [field.attributes["value"] for field in page.all("input", name="entry")]


def states(log, ids):
    return [log.entry(entry_id).state for entry_id in ids]


def is_active(log):
    with log.app.app_context():
        return db.session.scalars(select(Integration.active)).one()


def audited(log, action):
    with log.app.app_context():
        return list(db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == action)))


def test_held_visits_are_listed_with_what_would_be_sent_now(paused):
    paused.add(State.HELD, PAUSED)
    text = paused.read(HELD).words
    assert "Amara Okafor" in text
    assert "Visits 1, not sent yet" in text
    assert "Resume and send 1 visit" in text


def test_no_row_offers_to_send_what_a_pause_holds(paused, active):
    for log, offers in ((active, True), (paused, False)):
        entry_id = log.add(State.HELD, PAUSED)
        for page in (LOG, f"{LOG}/{entry_id}"):
            assert (f"{LOG}/{entry_id}/send" in log.get(page)) is offers, page
            assert "Held since Spektrix was paused" in log.get(page)


def test_resume_and_send_lets_all_go_once(paused):
    ids = [paused.add(State.HELD, PAUSED) for _ in range(3)]
    assert "3 visits that were held are being sent now." in paused.post(f"{HELD}/send")
    assert states(paused, ids) == ["waiting"] * 3
    assert is_active(paused)
    assert "No visits were held." in paused.post(f"{HELD}/send")
    assert audited(paused, "held_visits_sent") == ["3", "0"]


def test_ticked_visits_alone_are_sent(paused):
    first, second = paused.add(State.HELD, PAUSED), paused.add(State.HELD, PAUSED)
    paused.post(f"{HELD}/send", which="ticked", entry=str(first))
    assert states(paused, [first, second]) == ["waiting", "held"]


def test_ticking_nothing_sends_nothing(paused):
    entry_id = paused.add(State.HELD, PAUSED)
    assert "Tick the visits to send first." in paused.post(f"{HELD}/send", which="ticked")
    assert states(paused, [entry_id]) == ["held"]
    assert not is_active(paused)


def test_resuming_alone_sends_nothing_and_keeps_them_listed(paused):
    """Q8."""
    entry_id = paused.add(State.HELD, PAUSED)
    paused.post("/integrations/spektrix/active", active="on")
    assert states(paused, [entry_id]) == ["held"]
    assert "Send 1 visit" in paused.get(HELD)


def test_discarding_needs_a_reason(paused):
    entry_id = paused.add(State.HELD, PAUSED)
    for why in ("", "   ", "x" * 201):
        page = read_html(paused.post(f"{HELD}/discard", status=422, why=why))
        assert page.one("title").words.startswith("Error: ")
    assert states(paused, [entry_id]) == ["held"]


def test_discarding_nothing_says_so_and_keeps_what_was_typed(paused):
    paused.add(State.HELD, PAUSED)
    page = read_html(paused.post(f"{HELD}/discard", status=422, which="ticked", why="Test bookings"))
    assert "Tick the visits to discard first" in page.words
    assert page.typed("why") == "Test bookings"


def test_discarded_visits_say_who_when_and_why(paused):
    entry_id = paused.add(State.HELD, PAUSED)
    assert "1 visit discarded." in paused.post(f"{HELD}/discard", why="Test <b>booking</b>")
    entry = paused.entry(entry_id)
    assert (entry.state, entry.reason, entry.detail) == ("not_sent", "visit_discarded", "Test <b>booking</b>")
    assert entry.decided_by_id == paused.staff.id
    assert entry.decided_at is not None
    assert entry.closed_at is not None
    words = paused.read(f"{LOG}/{entry_id}").words
    assert "Discarded by a manager: Test <b>booking</b>" in words
    assert "Priya Shah, " in words
    assert audited(paused, "held_visits_discarded") == ["1"]


def test_undo_holds_discarded_visits_again(paused):
    ids = [paused.add(State.HELD, PAUSED) for _ in range(2)]
    undo = entries(read_html(paused.post(f"{HELD}/discard", why="By mistake")))
    assert sorted(map(int, undo)) == sorted(ids)
    assert "2 visits are held again." in paused.post(f"{HELD}/take-back", entry=undo)
    entry = paused.entry(ids[0])
    assert (entry.state, entry.reason, entry.detail, entry.closed_at) == ("held", "visit_held", "", None)
    assert (entry.decided_by_id, entry.decided_at) == (None, None)


def test_undo_is_offered_once(paused):
    paused.add(State.HELD, PAUSED)
    assert "Undo" in paused.post(f"{HELD}/discard", why="Test booking")
    assert "Undo" not in paused.get(HELD)


def test_what_was_not_discarded_is_never_taken_back(paused):
    entry_id = paused.add(State.NOT_SENT, Code.ANONYMOUS)
    assert "No visit was discarded." in paused.post(f"{HELD}/take-back", entry=str(entry_id))
    assert states(paused, [entry_id]) == ["not_sent"]


@each_row("entry", ["x", "-1", "0", "9999999999", "1.5", "²"])
@each_row("what", ["send", "discard"])
def test_a_tick_that_is_no_visit_is_refused(paused, what, entry):
    entry_id = paused.add(State.HELD, PAUSED)
    paused.post(f"{HELD}/{what}", status=400, which="ticked", entry=entry, why="x")
    assert states(paused, [entry_id]) == ["held"]


def test_another_venues_visits_are_left_alone(app, paused):
    theirs = logbook_of(app, active=False)
    entry_id = theirs.add(State.HELD, PAUSED)
    mine = paused.add(State.HELD, PAUSED)
    paused.post(f"{HELD}/send", which="ticked", entry=[str(entry_id), str(mine)])
    paused.post(f"{HELD}/discard", which="ticked", entry=str(entry_id), why="Not ours")
    assert states(paused, [entry_id, mine]) == ["held", "waiting"]


def test_a_visit_that_somebody_sends_meanwhile_is_not_discarded(paused):
    """Two managers press at the same moment: whatever was sent is never called discarded."""
    entry_id = paused.add(State.HELD, PAUSED)
    with paused.app.app_context():
        visit_decisions.send_held(paused.venue, paused.staff.id)
        done = visit_decisions.discard(paused.venue, paused.staff.id, "Too late")
    assert (done.number, done.can_be_taken_back) == (0, [])
    assert states(paused, [entry_id]) == ["waiting"]


def test_a_leased_visit_is_left_to_whoever_holds_it(paused):
    entry_id = paused.add(State.HELD, PAUSED)
    with paused.app.app_context():
        held = db.session.get(OutboxEntry, entry_id)
        held.lease_owner, held.lease_until = "somebody", held.created_at + timedelta(minutes=5)
        db.session.commit()
        assert decisions.discard(paused.venue.id, paused.staff.id, "Test booking") == 0
        assert decisions.send(paused.venue.id, (State.HELD,)) == 0


def test_pages_of_held_visits_follow_one_another(paused, monkeypatch):
    monkeypatch.setattr(visits, "A_PAGE", 2)
    ids = [paused.add(State.HELD, PAUSED, ago=timedelta(days=100 * number)) for number in range(3)]
    first = paused.read(HELD)
    second = paused.read(first.link("Older visits"))
    assert [int(entry) for page in (first, second) for entry in entries(page)] == ids
    assert "Resume and send 3 visits" in first.words
    assert "That page does not exist" in paused.get(HELD, status=422, older="nowhere")


def test_page_of_nothing_says_so(active):
    assert "No visits are held" in active.get(HELD)


def test_names_with_markup_are_inert(paused):
    """X07."""
    paused.add(State.HELD, PAUSED, name="<script>alert(1)</script> Okafor")
    assert "<script>alert(1)" not in paused.get(HELD)


def test_staff_see_what_is_held_and_decide_nothing(app):
    log = logbook_of(app, Role.STAFF, active=False)
    entry_id = log.add(State.HELD, PAUSED)
    main = log.read(HELD).one("main")
    assert "Amara Okafor" in main.words
    assert main.all("button") == []
    for what in ("held/send", "held/discard", "held/take-back", "visits/send", f"visits/{entry_id}/send"):
        log.post(f"/integrations/spektrix/{what}", status=403, why="x", entry=str(entry_id))
    assert states(log, [entry_id]) == ["held"]


def test_disconnected_venue_sends_nothing_and_may_discard(app):
    log = logbook_of(app, connected=False)
    entry_id = log.add(State.HELD, PAUSED)
    assert "Spektrix is not connected, so nothing was sent." in log.post(f"{HELD}/send")
    assert states(log, [entry_id]) == ["held"]
    log.post(f"{HELD}/discard", why="No longer connected")
    assert log.entry(entry_id).reason == "visit_discarded"


def test_page_of_many_held_visits_shows_the_first_and_sends_all(paused):
    with paused.app.app_context():
        booking = factories.make_booking(paused.venue)
        for number in range(visits.A_PAGE + 1):
            factories.make_entry(booking, state=State.HELD, reason=PAUSED, completion_no=number + 1)
    page = paused.read(HELD)
    assert len(entries(page)) == visits.A_PAGE
    assert "Resume and send 51 visits" in page.words
