"""What the log keeps of each call: of what was sent and what came back the two attributes, nothing else."""

from portal.extensions import db
from portal.integration.visits.exchange import _lines, text
from tests.factories import API_KEY
from tests.people import AMARA, AMARA_ID

LAST, VISITS = "Last Dined At", "Number of Restaurant Visits"


def tries(stage, booking_id):
    return stage.visit(booking_id).attempts_made


def test_each_call_keeps_what_it_sent_and_what_came_back(stage, sandbox):
    sandbox.post("customers", id=AMARA_ID, attributes={VISITS: "3"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    when = stage.visit(booking_id).sent_last_dined
    read, sent, read_back = tries(stage, booking_id)
    assert (read.sent, sent.received, read_back.sent) == ("", "", "")
    assert read.received == "attribute_LastDinedAt: none\nattribute_NumberOfRestaurantVisits: 3"
    assert sent.sent == f"attribute_LastDinedAt: {when}\nattribute_NumberOfRestaurantVisits: 1"
    assert read_back.received == f"attribute_LastDinedAt: {when}\nattribute_NumberOfRestaurantVisits: 1"


def test_nothing_else_of_the_customer_is_kept(stage, sandbox):
    stage.define({LAST: "Text", VISITS: "Text", "Favourite Genre": "Text"})
    sandbox.post("customers", id=AMARA_ID, attributes={"Favourite Genre": "Musicals"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    kept = " ".join(f"{attempt.sent} {attempt.received}" for attempt in tries(stage, booking_id))
    for other in ("Musicals", "Genre", AMARA.email, "Okafor", "07700", AMARA_ID, API_KEY):
        assert other not in kept


def test_record_without_the_attributes_says_so(stage, sandbox):
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert tries(stage, booking_id)[0].received == f"{LAST}: no such attribute\n{VISITS}: no such attribute"


def test_what_stood_there_before_is_kept_with_the_visit(stage, sandbox):
    sandbox.post("customers", id=AMARA_ID, attributes={VISITS: "3"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).visits_before, stage.visit(booking_id).sent_visits) == ("3", 1)


def test_what_a_later_try_finds_does_not_hide_what_stood_there_first(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.visits_before, visit.sent_visits) == ("retrying", "none", 1)
    stage.skip_waits()
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.attempts, visit.visits_before) == ("confirmed", 2, "none")


def test_a_try_that_never_left_is_not_called_sent(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "status", status=503)
    stage.complete(booking_id)
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.sent_last_dined, visit.sent_visits) == ("retrying", None, None)
    assert [(attempt.status, attempt.received) for attempt in visit.attempts_made] == [(503, "")]


def test_long_values_are_cut_and_lines_stay_lines(stage, sandbox):
    sandbox.post("customers", id=AMARA_ID, attributes={LAST: "x" * 5000, VISITS: "a\nb: c"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    received = tries(stage, booking_id)[0].received
    assert len(received) <= 300
    assert received.splitlines()[1] == "attribute_NumberOfRestaurantVisits: a b: c"
    assert stage.visit(booking_id).visits_before == "a b: c"
    db.session.rollback()


def test_values_are_written_as_people_read_them():
    assert [text(value) for value in (None, "", 4.0, 4.5, "4", True)] == [
        "none",
        "none",
        "4",
        "4.5",
        "4",
        "True",
    ]
    assert _lines([("a", 1), ("b", None)]) == "a: 1\nb: none"
