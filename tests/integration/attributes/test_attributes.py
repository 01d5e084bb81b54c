"""What is known of the two attributes: where it is looked up, what one record says, and what waits for it."""

import pytest

from portal import clock
from portal.extensions import db
from portal.guests.models import LinkState
from portal.integration.attributes import service as attributes
from portal.integration.attributes.looks import look_up
from portal.integration.attributes.rows import rows_of
from portal.integration.attributes.rules import Keeps, kept
from portal.integration.connection.models import AttributeState
from portal.outbox.models import OutboxEntry, State
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from portal.spektrix.schemas import Customer
from tests.factories import make_guest, make_link
from tests.people import AMARA_ID, DANIEL_ID
from tests.support.tables import each_row

BOTH = {LAST_DINED_AT: "Text", NUMBER_OF_VISITS: "Text"}


def states(stage):
    return [str(check.state) for check in stage.integration.attributes]


def linked(stage, customer_id, email):
    return make_link(
        make_guest(stage.venue, email=email, phone=""), LinkState.VERIFIED, customer_id=customer_id
    )


def name_test_customer(stage, customer_id):
    stage.integration.test_customer_id = customer_id
    db.session.commit()


def asked(sandbox):
    return [entry["path"].rsplit("/", 1)[-1] for entry in sandbox.requests("customer_by_id")]


def test_test_customer_is_looked_at_before_a_guest(stage, sandbox):
    linked(stage, AMARA_ID, "a@example.org")
    name_test_customer(stage, DANIEL_ID)
    assert look_up(stage.venue).tone == "ok"
    assert asked(sandbox) == [DANIEL_ID]
    assert states(stage) == ["found", "found"]


def test_linked_guest_stands_in_and_one_who_has_gone_is_passed_over(stage, sandbox):
    linked(stage, AMARA_ID, "a@example.org")
    linked(stage, "I-GONE-GONE", "b@example.org")
    assert look_up(stage.venue).tone == "ok"
    assert asked(sandbox) == ["I-GONE-GONE", AMARA_ID]


def test_without_any_record_the_first_visit_has_to_prove_it(stage, sandbox):
    assert "Enter a test customer" in look_up(stage.venue).sentence
    assert states(stage) == ["first_visit", "first_visit"]
    assert sandbox.requests() == []
    stage.complete(stage.verified_booking())
    stage.deliver()
    assert states(stage) == ["found", "found"]


def test_test_customer_who_does_not_exist_gets_a_sentence_of_its_own(stage, sandbox):
    name_test_customer(stage, "I-NOPE-NOPE")
    assert look_up(stage.venue).sentence.startswith("Spektrix has no customer I-NOPE-NOPE.")
    sandbox.post("options", client_names=["elsewhere"])
    assert "does not know harbourplayhouse" in look_up(stage.venue).sentence


def test_another_client_starts_afresh(stage):
    name_test_customer(stage, DANIEL_ID)
    look_up(stage.venue)
    attributes.start_checks(stage.integration)
    db.session.commit()
    assert states(stage) == ["not_checked", "not_checked"]
    assert stage.integration.test_customer_id == ""


def test_visits_wait_for_both_attributes_and_go_out_once_they_exist(stage, sandbox):
    """S19: both are unknown to Spektrix, which drops them without a word."""
    stage.define({"Favourite Genre": "Text"})
    visit = stage.complete(stage.verified_booking())
    stage.deliver_until_judged()
    entry = stage.visit(booking_of(visit))
    assert (entry.state, states(stage)) == (State.NOT_STORED, ["not_found", "not_found"])
    stage.define(BOTH)
    assert look_up(stage.venue).tone == "ok"
    stage.deliver()
    assert stage.visit(booking_of(visit)).state == State.CONFIRMED
    assert stage.stored()[NUMBER_OF_VISITS] == "1"


def test_attribute_renamed_after_success_is_found_at_the_next_write(stage, sandbox):
    """S21: nothing is lost, and nothing is written to the new name."""
    sandbox.post("options", capitalise_inner_words=False)
    stage.complete(stage.verified_booking())
    stage.deliver()
    assert states(stage) == ["found", "found"]
    stage.define({"Last dined at": "Text", NUMBER_OF_VISITS: "Text"})
    second = stage.complete(stage.book(days=2))
    stage.deliver()
    assert stage.visit(booking_of(second)).state == State.NOT_STORED
    assert states(stage) == ["near_miss", "found"]
    assert stage.stored().get("Last dined at") is None
    stage.define(BOTH)
    look_up(stage.venue)
    stage.deliver()
    assert stage.visit(booking_of(second)).state == State.CONFIRMED


def booking_of(entry_id):
    return db.session.get(OutboxEntry, entry_id).booking_id


def record(**values):
    return Customer(
        DANIEL_ID, "", "", "", "", "", {f"attribute_{key}": value for key, value in values.items()}
    )


def test_record_that_shows_only_what_is_set_takes_nothing_back(stage):
    attributes.note_seen(stage.integration, record(LastDinedAt="x", NumberOfRestaurantVisits="1"))
    attributes.note_seen(stage.integration, record(AccessNeeds="none"))
    assert states(stage) == ["found", "found"]
    attributes.note_seen(stage.integration, record(AccessNeeds="none"), kept={})
    assert states(stage) == ["not_found", "not_found"]


def test_record_proves_absence_once_records_have_shown_what_is_unset(stage):
    attributes.note_seen(stage.integration, record(LastDinedAt=None, NumberOfRestaurantVisits="1"))
    attributes.note_seen(stage.integration, record())
    assert states(stage) == ["not_found", "not_found"]


def test_wrong_type_stands_until_reading_back_has_shown_a_better_one(stage):
    seen = record(LastDinedAt=None, NumberOfRestaurantVisits="1")
    attributes.note_seen(stage.integration, seen, kept={LAST_DINED_AT: Keeps.NOTHING})
    attributes.note_seen(stage.integration, seen)
    assert states(stage) == ["wrong_type", "found"]
    attributes.note_seen(stage.integration, seen, kept={LAST_DINED_AT: Keeps.ALL})
    assert states(stage) == ["found", "found"]


@each_row(
    "stored, before, expected",
    [
        ("2026-05-28T21:30:00+01:00", None, Keeps.ALL),
        ("2026-05-28T20:30:00Z", None, Keeps.ALL),
        ("2026-05-28T00:00:00", None, Keeps.DAY),
        ("2026-05-28T21:30:00", None, Keeps.ALL),
        ("2026-05-27T00:00:00", None, Keeps.CHANGED),
        ("2026-05-27T00:00:00", "2026-05-27T00:00:00", Keeps.NOTHING),
        ("28 May", None, Keeps.CHANGED),
        (None, None, Keeps.NOTHING),
        ("", "", Keeps.NOTHING),
    ],
)
def test_what_was_kept_of_the_date(stored, before, expected):
    judged = kept(
        "2026-05-28T21:30:00+01:00",
        3,
        record(LastDinedAt=stored),
        "Europe/London",
        record(LastDinedAt=before),
    )
    assert judged == {LAST_DINED_AT: expected}


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("3", Keeps.ALL),
        (3, Keeps.MONEY),
        (3.0, Keeps.MONEY),
        ("4", Keeps.CHANGED),
        (True, Keeps.CHANGED),
        (None, Keeps.NOTHING),
    ],
)
def test_what_was_kept_of_the_count(stored, expected):
    seen = record(NumberofRestaurantVisits=stored)
    assert kept("2026-05-28T21:30:00+01:00", 3, seen, "Europe/London") == {NUMBER_OF_VISITS: expected}


@pytest.mark.parametrize(
    ("keeps", "state", "type_shown", "says"),
    [
        ("", "found", "", "shows what its type keeps"),
        ("all", "found", "Text", "keeps everything"),
        ("day", "loses_time", "Date", "loses the time"),
        ("money", "found", "Currency", "harmless"),
        ("nothing", "wrong_type", "", "keeps nothing that is sent"),
        ("changed", "wrong_type", "", "another value than the one we sent"),
    ],
)
def test_type_is_named_only_as_far_as_it_is_known(stage, keeps, state, type_shown, says):
    check = stage.integration.attributes[0]
    check.state = AttributeState.WRONG_TYPE if state == "wrong_type" else AttributeState.FOUND
    check.keeps = keeps
    row = rows_of(stage.integration)[0]
    assert (row.state, row.type) == (state, type_shown)
    assert says in row.sentence


def test_near_miss_from_spektrix_is_cut(stage):
    key = "LastDinedAt" + "\u0301" * 400
    attributes.note_seen(stage.integration, record(**{key: None}))
    assert states(stage)[0] == "near_miss"
    assert len(stage.integration.attributes[0].near_miss) == 120
    assert stage.integration.attributes_checked_at <= clock.utc_now()


def test_near_miss_with_a_character_that_no_database_keeps_is_stored_and_named(stage):
    attributes.note_seen(stage.integration, record(**{"Last\0Dined At": None}))
    db.session.commit()
    assert states(stage)[0] == "near_miss"
    assert "replacement character" in rows_of(stage.integration)[0].sentence
