"""The two lists of the programme: what is read, left out and refused (docs/spektrix.md section 7)."""

import json
from datetime import UTC, date, datetime

import pytest

from portal.spektrix import errors, feeds
from portal.spektrix.feeds import EventRecord, PerformanceRecord
from portal.spektrix.schemas import Starts, UnreadableAnswer
from tests.support.tables import each_row

SINCE = date(2026, 5, 27)
JSON = {"Content-Type": "application/json"}
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
WALL = datetime(2026, 6, 12, 19, 30)
EVENT = {"id": "1AB", "name": "Othello", "duration": 155, "isOnSale": True, "attribute_Genre": "Drama"}
INSTANCE = {
    "id": "9AB",
    "event": {"id": "1AB"},
    "start": "2026-06-12T19:30:00",
    "startUtc": "2026-06-12T18:30:00",
    "cancelled": False,
    "planId": "3AB",
}


def events(*records):
    return feeds.read_events(json.dumps(records).encode())


def performances(*records):
    return feeds.read_performances(json.dumps(records).encode())


def test_both_lists_are_asked_for_unsigned_from_one_day_on(client, requests_mock, base, records):
    requests_mock.get(f"{base}/events?instanceStart_from=2026-05-27", json=[EVENT], headers=JSON)
    requests_mock.get(f"{base}/instances?startFrom=2026-05-27", json=[INSTANCE], headers=JSON)
    assert client.events(SINCE).records == (EventRecord("1AB", "Othello", 155),)
    assert client.performances(SINCE).records == (
        PerformanceRecord("9AB", "1AB", Starts(CURTAIN, WALL), cancelled=False),
    )
    assert all("Authorization" not in each.headers for each in requests_mock.request_history)
    assert [each.outcome for each in records] == ["ok", "ok"]


def test_published_examples_are_read_whole(example):
    listed = feeds.read_events(example("events_list.json"))
    showings = feeds.read_performances(example("instances_list.json"))
    assert (listed.unreadable, showings.unreadable) == (0, 0)
    assert len(listed.records) == len(json.loads(example("events_list.json")))
    assert len(showings.records) == len(json.loads(example("instances_list.json")))


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-12T18:30:00",
        "2026-06-12T18:30:00Z",
        "2026-06-12T18:30:00.000",
        "2026-06-12T18:30",
        "2026-06-12T19:30:00+01:00",
    ],
)
def test_start_without_a_zone_is_utc_and_any_zone_is_kept(text):
    assert performances(INSTANCE | {"startUtc": text}).records[0].starts.utc == CURTAIN


ODD_STARTS = [
    "",
    "2026-06-12",
    "tonight",
    "2026-06-12T25:00:00",
    None,
    1749752400,
    "0001-01-01T00:00:00+14:00",
]


@each_row("start", [*ODD_STARTS, "0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_performance_without_a_usable_start_is_left_out_and_counted(start):
    read = performances(INSTANCE | {"startUtc": start, "start": start}, INSTANCE)
    assert (len(read.records), read.unreadable) == (1, 1)


@each_row("start", [*ODD_STARTS, "2026-06-12T19:30:00Z", "0001-01-01T00:00:00"])
def test_an_odd_local_start_costs_itself_alone(start):
    (record,) = performances(INSTANCE | {"start": start}).records
    assert record.starts == Starts(CURTAIN, None)


@each_row("start", ODD_STARTS)
def test_an_odd_start_in_utc_costs_itself_alone(start):
    (record,) = performances(INSTANCE | {"startUtc": start}).records
    assert record.starts == Starts(None, WALL)


RUBBISH = [
    None,
    7,
    "x",
    [],
    {},
    {"id": "1AB"},
    {"name": "x"},
    {"id": 7, "name": "x"},
    {"id": "", "name": "x"},
]


@each_row("record", [*RUBBISH, {"id": "../x", "name": "x"}, {"id": "9" * 65, "name": "x"}])
def test_record_that_is_no_event_is_left_out_and_counted(record):
    read = events(record, EVENT)
    assert [each.id for each in read.records] == ["1AB"]
    assert read.unreadable == 1


@pytest.mark.parametrize("event", [None, "1AB", {}, {"id": None}, {"id": "a/b"}])
def test_performance_of_no_event_is_left_out_and_counted(event):
    assert performances(INSTANCE | {"event": event}).unreadable == 1


@pytest.mark.parametrize("duration", [0, None, "155", 155.5, True, [], 10**30])
def test_odd_running_time_does_not_cost_the_event(duration):
    read = events(EVENT | {"duration": duration})
    assert (read.records[0].name, read.unreadable) == ("Othello", 0)
    assert read.records[0].minutes in {0, 10**30}


@pytest.mark.parametrize("cancelled", [None, False])
def test_not_cancelled_unless_it_says_so(cancelled):
    assert performances(INSTANCE | {"cancelled": cancelled}).records[0].cancelled is False


def test_names_are_one_line_without_characters_that_change_a_page():
    read = events(EVENT | {"name": "  The\r\n\tKing\u202es\u0000 Men\u00a0"})
    assert read.records[0].name == "The King s Men"


@pytest.mark.parametrize("body", [b"{}", b"null", b'"ok"', b"7", b'{"events": []}'])
def test_whatever_is_no_list_is_refused(body):
    with pytest.raises(UnreadableAnswer) as refused:
        feeds.read_events(body)
    assert refused.value.reason == "wrong_shape"


@pytest.mark.parametrize("body", [b"", b"[", b"[{]", b"<html>", b"[" * 100_000, b'[{"id":"1AB"},'])
def test_list_that_breaks_off_or_digs_too_deep_is_refused(body):
    with pytest.raises(UnreadableAnswer) as refused:
        feeds.read_performances(body)
    assert refused.value.reason == "malformed"


def test_bytes_that_are_no_text_cost_one_record():
    read = feeds.read_events(b'[{"id":"2AB","name":"\xff"},' + json.dumps(EVENT).encode() + b"]")
    assert ([each.id for each in read.records], read.unreadable) == (["1AB"], 1)


def test_record_that_digs_too_deep_for_its_reader_is_refused_with_its_list():
    with pytest.raises(UnreadableAnswer):
        feeds.read_events(b'[{"id":"2AB","name":' + b"[" * 100_000 + b"]" * 100_000 + b"}]")


def test_list_above_the_limit_is_refused(make_client, requests_mock, base):
    requests_mock.get(f"{base}/events", json=[EVENT] * 100, headers=JSON)
    with pytest.raises(errors.NotSpektrix) as refused:
        make_client(max_bytes=1000).events(SINCE)
    assert refused.value.reason == "too_large"


def test_page_of_the_edge_network_is_told_from_a_refusal(client, requests_mock, base):
    requests_mock.get(f"{base}/events", status_code=403, text="<h1>no", headers={"Content-Type": "text/html"})
    with pytest.raises(errors.BlockedAtEdge):
        client.events(SINCE)


def test_list_of_another_kind_of_text_is_not_read(client, requests_mock, base):
    requests_mock.get(f"{base}/instances", text="[]", headers={"Content-Type": "text/html"})
    with pytest.raises(errors.NotSpektrix) as refused:
        client.performances(SINCE)
    assert refused.value.reason == "not_json"
