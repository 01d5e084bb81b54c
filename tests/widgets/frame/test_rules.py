"""Websites as managers paste them, and what is made of them."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from portal.widgets import rules
from portal.widgets.rules import NotUsable
from tests.support.tables import each_row

SOURCE = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


@each_row(
    "typed, site",
    [
        ("www.harbourplayhouse.org", "www.harbourplayhouse.org"),
        ("https://www.harbourplayhouse.org/eat-drink?x=1#y", "www.harbourplayhouse.org"),
        ("HTTPS://Harbour.ORG", "harbour.org"),
        ("harbour.org.", "harbour.org"),
        ("harbour.org/book", "harbour.org"),
        ("https://harbour.org:443/", "harbour.org"),
        ("http://harbour.org:80/", "harbour.org"),
        ("https://harbour.org:8443", "harbour.org:8443"),
        ("localhost:8702", "localhost:8702"),
        ("http://127.0.0.1:8702/book-a-table", "127.0.0.1:8702"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        # Browsers keep the sharp s and the final sigma, so "ss" would be somebody else’s website.
        ("https://www.straßentheater.example/karten", "www.xn--straentheater-edb.example"),
        ("STRASSENTHEATER.example", "strassentheater.example"),
        ("θέατρος.example:8443", "xn--ixait4ajhl.example:8443"),
    ],
)
def test_pasted_address_is_cleaned_to_its_host(typed, site):
    assert rules.clean_site(f"  {typed} ") == site


@each_row(
    "typed",
    [
        "*",
        "*.harbour.org",
        "harbour",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://harbour.org",
        "harbour.org; script-src *",
        "harbour.org 'self'",
        "user@harbour.org",
        "https://user:pw@harbour.org",
        "harbour.org:0",
        "harbour.org:70000",
        "harbour.org:port",
        "-harbour.org",
        "//",
        "a" * 64 + ".org",
        ".".join(["a" * 60] * 5),
        "harbour.org\0",
        "[::1]",
    ],
)
def test_what_is_no_website_is_refused_by_name(typed):
    with pytest.raises(NotUsable, match="is not a website address"):
        rules.clean_site(typed)


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_one_source_or_is_refused(typed):
    try:
        site = rules.clean_site(typed)
    except NotUsable:
        return
    assert rules.clean_site(site) == site
    assert SOURCE.fullmatch(rules.frame_ancestors([site]))


@given(st.lists(st.text(max_size=60), max_size=5))
def test_policy_never_holds_more_than_sources(stored):
    policy = rules.frame_ancestors(stored)
    assert policy == "'none'" or all(SOURCE.fullmatch(source) for source in policy.split(" "))


def test_sites_come_one_on_each_line_and_none_twice():
    assert rules.clean_sites("\n a.org \nhttps://a.org/x\n\nb.org\n") == ["a.org", "b.org"]
    with pytest.raises(NotUsable):
        rules.clean_sites("\n".join(f"s{number}.org" for number in range(51)))


def test_only_this_machine_is_reached_without_tls():
    assert rules.origins("harbour.org:8443") == ["https://harbour.org:8443"]
    assert rules.origins("localhost:8702") == ["http://localhost:8702"]
    assert rules.origins("localhost.evil.org") == ["https://localhost.evil.org"]


def test_instant_is_read_with_any_offset():
    half_past_five = datetime(2026, 6, 12, 16, 30, tzinfo=UTC)
    for text in ("2026-06-12T16:30:00Z", "2026-06-12T17:30:00+01:00", "2026-06-12T17:30:00 01:00"):
        assert rules.read_instant(text, "starts_at", "Time") == half_past_five
    assert rules.read_instant(rules.instant_text(half_past_five), "starts_at", "Time") == half_past_five


@given(st.text(max_size=45))
def test_no_text_breaks_the_readers(text):
    within = rules.bounds(date(2026, 6, 12), 60, 8)
    for read in (
        lambda: rules.read_instant(text, "show", "Show"),
        lambda: rules.read_day(text, within),
        lambda: rules.read_party_size(text, within),
    ):
        with suppress(NotUsable):
            assert read()


def test_times_and_days_read_as_people_say_them():
    assert rules.time_text(datetime(2026, 6, 12, 0, 5)) == "12:05am"
    assert rules.time_text(datetime(2026, 6, 12, 12, 0)) == "12:00pm"
    assert rules.day_text(date(2026, 6, 12)) == "Fri 12 June"
    assert rules.guests_text(1) == "1 guest"
