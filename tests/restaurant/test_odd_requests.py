"""Whatever is sent to a page of the settings, the answer is never a fault of ours."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.availability.models import DiningArea, DiningTable, ServicePeriod, SpecialDay, TableGroup
from portal.extensions import db
from tests.factories import make_table
from tests.restaurant.test_hours_pages import LUNCH

ODD = {
    "empty": "",
    "a space": " ",
    "a letter": "abc",
    "NUL": "a\0b",
    "NUL alone": "\0",
    "a huge number": "1" + "0" * 30,
    "a large number": "2147483648",
    "below zero": "-1",
    "a fraction": "1e9",
    "other digits": "２",
    "a mark": "\u202e",
    "a time in a zone": "17:00Z",
    "a time with seconds": "17:00:00.5",
    "a week": "2027-W01",
    "the last day there is": "9999-12-31",
    "the first day there is": "0001-01-01",
    "a path": "../../etc/passwd",
    "long": "x" * 20_000,
}
HOURS_OF_DAY = {
    "name_1": "Lunch",
    "opens_1": "12:00",
    "last_seating_1": "14:30",
    "covers_1": "40",
    "slot_minutes_1": "15",
    "stay_minutes_1": "90",
}
PERIOD = LUNCH | {
    "most_covers": "",
    "most_parties": "",
    "notice_minutes": "",
    "horizon_days": "",
    "largest_online": "",
    "valid_from": "",
    "valid_until": "",
    "change_from": "",
    "number": "0",
    "agreed_to": "",
}
TABLE = {
    "name": "T9",
    "seats": "4",
    "area_id": "0",
    "smallest": "1",
    "largest": "",
    "last_choice": "",
    "online": "y",
    "out_from": "",
    "out_until": "",
    "number": "0",
}
GROUP = {"name": "T9", "table_ids": ["1", "2"], "smallest": "1", "largest": "8", "online": "y", "number": "0"}
SPECIAL = {"kind": "hours", "table_ids": "", "note": "", "number": "0", **HOURS_OF_DAY}
FORMS = {
    "details": {
        **dict.fromkeys(
            ("name", "theatre_name", "address", "phone", "email", "website", "number_business"), ""
        ),
        **dict.fromkeys(("first_line", "dietary_note", "cancellation_text", "number_words"), ""),
        "reference_prefix": "GR",
        "number_references": "0",
        "country": "GB",
        "currency": "GBP",
        "number_place": "0",
        "number_logo": "0",
        "remove": "",
        "logo_file": "",
        "timezone": "Europe/London",
        "at": "business",
    },
    "details/time-zone/change": {"timezone": "Europe/Paris", "from": "Europe/London", "agreed_to": ""},
    "hours/new": PERIOD,
    "hours/1": PERIOD,
    "hours/1/delete": {"number": "0", "agreed_to": ""},
    "hours/notes": PERIOD | {"of_row": "1"},
    "hours/copy": {"week": "", "copied_day": "1", "targets": ["2"], "copy_from": "2099-01-01"},
    "special-days/new": SPECIAL | {"service_on": "2026-12-25", "hours_of": ""},
    "special-days/1": SPECIAL,
    "special-days/1/delete": {"agreed_to": ""},
    "special-days/touched": SPECIAL | {"of_day": "2026-12-25", "service_on": ""},
    "special-days/bank-holidays": {"closed_on": "2026-12-25", "agreed_to": ""},
    "tables/add": {"first_name": "A1", "how_many": "2", "seats_each": "4", "in_area": "0", "new_area": ""},
    "tables/table/1": TABLE,
    "tables/area/new": {"name": "Bar", "for_walk_ins": "y"},
    "tables/area/1": {"name": "Bar", "for_walk_ins": "y", "number": "0"},
    "tables/group/new": GROUP,
    "tables/group/1": GROUP,
    "online": {"notice_minutes": "0", "horizon_days": "", "largest_online": "", "number": "0"},
}
ODD_ROWS = ("abc", "0", "-1", "2147483648", "1" + "0" * 30, "%00", "%F0%9F%8D%B7", "1.5", " 1", "%ED%A0%80")


@pytest.fixture
def house(app, venue):
    """One row of each kind, whose number is 1."""
    with app.app_context():
        make_table(venue, "T1", 4)
        make_table(venue, "T2", 4)
        db.session.add_all(
            [
                DiningArea(venue_id=venue.id, name="Terrace"),
                TableGroup(venue_id=venue.id, name="Both", table_ids=[1, 2], smallest=5, largest=8),
                SpecialDay(venue_id=venue.id, service_on=date(2099, 12, 25), closed=True, note=""),
            ]
        )
        db.session.commit()
        for model in (ServicePeriod, DiningTable, DiningArea, TableGroup, SpecialDay):
            assert db.session.scalar(select(model.id).order_by(model.id)) == 1


def sent(office, path, typed):
    return office.post(f"/settings/{path}", data=typed).status_code


@pytest.mark.both_databases
@pytest.mark.parametrize("path", FORMS)
def test_no_field_of_any_form_is_answered_with_a_fault_of_ours(office, house, path):
    typed = FORMS[path]
    # Every odd text in all fields at once, and those that got through a first check in each alone.
    tried = [dict.fromkeys(typed, odd) for odd in ODD.values()]
    if path.endswith("/1") or path == "tables/add":
        tried += [typed | {name: odd} for name in typed for odd in (" ", "17:00Z", "\0")]
    assert [one for one in tried if sent(office, path, one) >= 500] == []


@pytest.mark.both_databases
@pytest.mark.parametrize("path", FORMS)
def test_fields_that_are_missing_or_sent_twice_are_no_fault_of_ours(office, house, path):
    typed = FORMS[path]
    tried = [{}, {name: [text, "abc", "2"] for name, text in typed.items() if isinstance(text, str)}]
    if path.endswith("/1") or path == "tables/add":
        tried += [{other: typed[other] for other in typed if other != name} for name in typed]
    assert [one for one in tried if sent(office, path, one) >= 500] == []


@pytest.mark.both_databases
def test_bytes_that_are_no_text_are_no_fault_of_ours(office, house):
    failed = []
    for path, typed in FORMS.items():
        for odd in (b"%ED%B2%80", b"%FF%FE", b"%", b"\xff"):
            body = b"&".join(name.encode() + b"=" + odd for name in typed)
            kind = "application/x-www-form-urlencoded"
            if office.post(f"/settings/{path}", data=body, content_type=kind).status_code >= 500:
                failed.append((path, odd))
    assert not failed


def test_a_megabyte_of_text_is_refused_before_it_is_read(office, house):
    for path in FORMS:
        status = sent(office, path, {"name": "x" * 1_100_000})
        assert 300 <= status < 500, (path, status)


@pytest.mark.both_databases
def test_numbers_of_rows_that_cannot_be_are_not_there(app, office, house):
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("restaurant.")]
    failed = []
    for rule in rules:
        if not rule.arguments & {"row_id", "save_id"}:
            continue
        for odd in ODD_ROWS:
            path = rule.rule.replace("<int:row_id>", odd).replace("<int:save_id>", odd)
            path = path.replace("<any(up, down):word>", "up")
            for method in sorted(rule.methods & {"GET", "POST"}):
                status = office.open(path, method=method).status_code
                if status not in {400, 404}:
                    failed.append((path, method, status))
    assert not failed


@pytest.mark.both_databases
def test_no_query_of_any_page_is_answered_with_a_fault_of_ours(office, house):
    failed = []
    for path in ("hours", "hours/1", "special-days", "special-days/new", "tables", "online"):
        for odd in (*ODD.values(), *ODD_ROWS):
            text = odd[:1000].encode("utf-8", "surrogateescape")
            query = dict.fromkeys(("on", "year", "saved", "unchanged", "changed", "note", "to"), text)
            if office.get(f"/settings/{path}", query_string=query).status_code >= 500:
                failed.append((path, odd))
    assert not failed
