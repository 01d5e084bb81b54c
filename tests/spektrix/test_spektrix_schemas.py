"""Reading answers: tolerant where the wire is known to vary, strict everywhere else."""

import json
from datetime import UTC, datetime

import pytest

from portal.spektrix.schemas import (
    AttributeUpdate,
    UnreadableAnswer,
    read_basket,
    read_customer,
    read_json,
    read_performance,
)
from tests.support.tables import each_row

VISITS_KEY = "attribute_NumberOfRestaurantVisits"
SHOW = {
    "id": "1A",
    "event": {"id": "7A"},
    "start": "2026-06-12T19:30:00",
    "startUtc": "2026-06-12T18:30:00",
}


def reason_of(read, body, *args):
    with pytest.raises(UnreadableAnswer) as caught:
        read(body if isinstance(body, bytes) else json.dumps(body).encode(), *args)
    return caught.value.reason


def customer(**fields):
    return read_customer(json.dumps({"id": "I-1"} | fields).encode())


def performance(**fields):
    return read_performance(json.dumps(SHOW | fields).encode(), "1A")


def test_unset_texts_of_a_customer_are_empty():
    found = customer(email=None, firstName="", phone=None)
    assert (found.email, found.first_name, found.last_name, found.phone, found.mobile) == ("",) * 5


def test_attributes_are_found_by_prefix_in_any_case_and_kept_as_spelled():
    found = customer(Attribute_One=1, ATTRIBUTE_two="2", attribute_Three=None, attributes="no", attribut_e=0)
    assert found.attributes == {"Attribute_One": 1, "ATTRIBUTE_two": "2", "attribute_Three": None}


def test_attribute_values_keep_their_kind():
    found = customer(attribute_A="7", attribute_B=7.0, attribute_C=True, attribute_D=["x", {"y": 1}])
    assert dict(found.attributes) == {
        "attribute_A": "7",
        "attribute_B": 7.0,
        "attribute_C": True,
        "attribute_D": '["x",{"y":1}]',
    }


def test_attributes_of_a_list_are_read_too_and_odd_entries_are_left_out():
    entries = [{"name": "Last Dined At", "value": "x"}, {"name": "Empty"}, {"name": 7}, "odd", None]
    found = customer(attribute_A=1, attributes=[*entries, {"value": 1}])
    assert found.attributes == {"attribute_A": 1, "attributes[Last Dined At]": "x", "attributes[Empty]": None}


@pytest.mark.parametrize("entries", ["no", 1, None, {}, {"name": "Last Dined At", "value": 1}, [[]]])
def test_what_is_no_list_of_attributes_is_passed_over(entries):
    assert customer(attributes=entries).attributes == {}


def test_attributes_cannot_be_changed():
    with pytest.raises(TypeError):
        customer(attribute_A=1).attributes["attribute_A"] = 2


def test_values_do_not_show_persons_in_their_repr():
    found = customer(email="amara@example.org", firstName="Amara")
    assert "amara" not in repr(found).lower()
    assert "I-1" not in repr(found)


@each_row(
    "body",
    [
        b"null",
        b"[]",
        b'"ok"',
        b"7",
        b"true",
        b"{}",
        b'{"id": 7}',
        b'{"id": null}',
        b'{"id": ""}',
        b'{"id": "I-1", "email": 7}',
        b'{"id": "I-1", "firstName": ["x"]}',
        b'{"id": "../I-1"}',
        b'{"id": "a b"}',
    ],
)
def test_customer_of_another_shape_is_refused(body):
    assert reason_of(read_customer, body) == "wrong_shape"


@each_row(
    "fields, owner",
    [
        ({}, None),
        ({"customer": None}, None),
        ({"customer": {}}, None),
        ({"customer": {"id": None}}, None),
        ({"customer": {"id": ""}}, None),
        ({"customer": {"email": "a@example.org"}}, None),
        ({"customer": {"id": "I-1"}}, "I-1"),
        ({"customer": {"id": "I-1", "firstName": 7, "creditBalance": 0.0}}, "I-1"),
        ({"customer": None, "hash": "NotLoggedIn", "tickets": "nonsense"}, None),
    ],
)
def test_owner_of_a_basket_in_every_form(fields, owner):
    assert read_basket(json.dumps({"id": "9A"} | fields).encode(), "9A").customer_id == owner


@pytest.mark.parametrize("owner", ["I-1", ["I-1"], {"id": 7}, {"id": "../I-1"}, True])
def test_owner_of_another_shape_is_refused(owner):
    assert reason_of(read_basket, {"id": "9A", "customer": owner}, "9A") == "wrong_shape"


def test_basket_needs_its_id():
    assert reason_of(read_basket, {"customer": {"id": "I-1"}}, "9A") == "wrong_shape"
    assert reason_of(read_basket, {"id": "9a", "customer": None}, "9A") == "wrong_id"


@pytest.mark.parametrize(
    "text",
    ["2026-06-12T18:30:00", "2026-06-12T18:30:00Z", "2026-06-12T19:30:00+01:00", "2026-06-12T18:30:00.000"],
)
def test_utc_start_with_or_without_zone_is_the_same_instant(text):
    found = performance(startUtc=text)
    assert found.starts.utc == datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
    assert found.starts.utc.utcoffset().total_seconds() == 0


def test_local_start_stays_on_the_venues_wall_clock():
    assert performance().starts.local == datetime.fromisoformat("2026-06-12T19:30:00")


@pytest.mark.parametrize(
    ("start", "utc", "local"),
    [
        ("2026-06-12T19:30:00", None, datetime.fromisoformat("2026-06-12T19:30:00")),
        ("2026-06-12T19:30:00+01:00", datetime(2026, 6, 12, 18, 30, tzinfo=UTC), None),
    ],
)
def test_start_alone_is_enough_and_with_an_offset_it_is_an_instant(start, utc, local):
    found = performance(startUtc=None, start=start).starts
    assert (found.utc, found.local) == (utc, local)


def test_cancelled_is_told_and_false_when_missing():
    assert performance(cancelled=True).cancelled is True
    assert performance().cancelled is False


@each_row(
    "fields",
    [
        {"startUtc": None, "start": None},
        {"startUtc": None, "start": "tonight"},
        {"startUtc": None, "start": "2026-06-12"},
        {"startUtc": "", "start": None},
        {"startUtc": "0001-01-01T00:00:00+14:00", "start": None},
        {"startUtc": 1_780_000_000, "start": None},
        {"event": None},
        {"event": {"id": None}},
        {"cancelled": "no"},
    ],
)
def test_performance_of_another_shape_is_refused(fields):
    assert reason_of(read_performance, SHOW | fields, "1A") == "wrong_shape"


@each_row(
    "body, reason",
    [
        (b'{"id": "I-1", "id": "I-2"}', "duplicate_keys"),
        (b'{"customer": {"id": "I-1", "id": "I-2"}}', "duplicate_keys"),
        (b'{"id": "I-1", "\\u0069d": "I-2"}', "duplicate_keys"),
        (b"", "malformed"),
        (b"<html>", "malformed"),
        (b'{"id": "I-1"} trailing', "malformed"),
        (b'{"a": NaN}', "malformed"),
        (b'{"a": "\xff"}', "malformed"),
        (b'{"a": "\\ud800"}', "malformed"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "malformed"),
        (b"[" * 100_000, "malformed"),
        ('{"a": 1}'.encode("utf-16"), "malformed"),
    ],
)
def test_json_is_read_strictly(body, reason):
    assert reason_of(read_json, body) == reason


def test_byte_order_mark_is_no_obstacle():
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-28T21:30:00",
        "2026-05-28T21:30:00Z",
        "2026-05-28 21:30:00+01:00",
        "2026-05-28T21:30+01:00",
        "",
    ],
)
def test_update_needs_seconds_and_offset(text):
    with pytest.raises(ValueError, match="offset"):
        AttributeUpdate("attribute_LastDinedAt", text, VISITS_KEY, 7)


def test_update_needs_a_count():
    with pytest.raises(ValueError, match="negative"):
        AttributeUpdate("attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", VISITS_KEY, -1)
