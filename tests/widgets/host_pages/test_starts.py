"""The script on the theatre's page reads when a show starts as the portal does, by the same table."""

import re
from pathlib import Path

from portal.joined_files import joined
from tests.support.show_starts import STARTS, instance_of

STATIC = Path(__file__).parents[3] / "static"
READ = "([instance, zone]) => startOf(instance, zone) ?? null"


def test_script_reads_every_start_of_the_table(page):
    page.add_script_tag(content=joined(STATIC, ["reading.js", "starts.js"]))
    wrong = []
    for start_utc, start, zone, expected in STARTS:
        read = page.evaluate(READ, [instance_of(start_utc, start), zone])
        found = None if read is None else page.evaluate("(ms) => new Date(ms).toISOString()", read)[:19] + "Z"
        if found != expected:
            wrong.append((start_utc, start, zone, expected, found))
    assert wrong == []


def test_null_is_read_as_left_out_and_an_unknown_zone_costs_that_show_alone(page):
    page.add_script_tag(content=joined(STATIC, ["reading.js", "starts.js"]))
    local = {"startUtc": None, "start": "2026-06-12T19:30:00"}
    assert page.evaluate(READ, [local, "Europe/London"]) == 1781289000000
    assert page.evaluate(READ, [local, "Nowhere/At all"]) is None
    assert page.evaluate(READ, [local, None]) is None
    assert page.evaluate(READ, [{"startUtc": "2026-06-12T18:30:00"}, None]) == 1781289000000


def test_show_without_utc_is_the_earliest_all_the_same(theatre):
    basket = {
        "id": "112601ADVKGDPBPLVHPQKKHKVSNPRMCVD",
        "customer": None,
        "tickets": [
            {"instance": {"id": "2A", "startUtc": "2027-06-13T18:30:00", "start": "2027-06-13T19:30:00"}},
            {"instance": {"id": "1A", "startUtc": None, "start": "2027-06-12T19:30:00"}},
        ],
    }
    readable = {
        "Access-Control-Allow-Origin": theatre.sandbox.theatre_url,
        "Access-Control-Allow-Credentials": "true",
    }
    theatre.tab.route(
        re.compile(r"/api/v3/basket\?"), lambda route: route.fulfill(json=basket, headers=readable)
    )
    theatre.visit()
    told = theatre.told(theatre.press(), "m.basket")
    assert told["basket"]["starts_at"] == "2027-06-12T18:30:00.000Z"
    assert told["starts"] == ["2027-06-12T18:30:00.000Z", "2027-06-13T18:30:00.000Z"]


def test_date_is_filled_in_where_spektrix_shows_local_times_alone(theatre):
    theatre.sandbox.post("options", starts_shown="local")
    theatre.add_tickets()
    theatre.visit()
    assert theatre.told(theatre.press())["reason"] == "filled"
