"""A widget's settings as plain values: compared, put together, read back, and the sign-in page's address."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from portal.widgets import rules
from portal.widgets.models import Font, IntegrationChoice, Opens, Theme
from portal.widgets.rules import NotUsable
from portal.widgets.setup import sign_in_page, values
from portal.widgets.setup.values import Settings
from tests.support.tables import each_row

SITES = ["www.harbour.org", "localhost:8702"]
PLAIN = Settings("Bar", IntegrationChoice.NONE, SITES)
SETTINGS = st.builds(
    Settings,
    name=st.text(min_size=1, max_size=80),
    integration=st.sampled_from(IntegrationChoice),
    sites=st.lists(st.sampled_from(["a.org", "b.org", "localhost:1"]), unique=True),
    largest_party=st.integers(1, 50),
    days_ahead=st.integers(1, 365),
    color=st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"),
    theme=st.sampled_from(Theme),
    opens=st.sampled_from(Opens),
    font=st.sampled_from(Font),
    arrive_minutes=st.integers(0, 120),
    walk_minutes=st.integers(0, 60),
    least_meal_minutes=st.integers(15, 240),
)


@given(SETTINGS)
def test_a_version_gives_back_what_was_saved(settings):
    back = values.from_json(values.as_json(settings))
    assert (back.settings, back.left_out) == (settings, [])


@given(SETTINGS, SETTINGS, SETTINGS)
def test_two_managers_changes_are_put_together_and_mine_win_where_both_changed(base, mine, theirs):
    both = values.merge(base, mine, theirs)
    for name in values.NAMES:
        i_changed = getattr(mine, name) != getattr(base, name)
        assert getattr(both, name) == getattr(mine if i_changed else theirs, name)


def test_an_old_version_gets_the_usual_values_of_settings_it_does_not_know():
    back = values.from_json({"name": "Bar", "integration": "spektrix", "sites": ["a.org"]})
    assert back.settings == Settings("Bar", IntegrationChoice.SPEKTRIX, ["a.org"])
    assert back.left_out == []


@each_row(
    "kept, left_out",
    [
        ({"sites": ["www.harbour.org", "no site", 7]}, ["Websites"]),
        ({"color": "url(https://evil.example)"}, ["Main colour"]),
        ({"color": 7}, ["Main colour"]),
        ({"theme": "sepia"}, ["Light or dark"]),
        ({"largest_party": 4000}, ["Largest party online"]),
        ({"walk_minutes": "2"}, ["Walk to the theatre"]),
        ({"sign_in_url": "https://gone.example/in"}, ["Sign-in page"]),
        ({"sign_in_url": "javascript:alert(1)"}, ["Sign-in page"]),
    ],
)
def test_what_of_a_version_cannot_be_used_any_more_is_left_out_and_told(kept, left_out):
    back = values.from_json(values.as_json(PLAIN) | kept, custom_domain="")
    assert back.left_out == left_out
    for site in back.settings.sites:
        assert rules.is_site(site)
    assert back.settings.sign_in_url == ""


def test_every_setting_has_a_label():
    assert set(values.LABELS) == set(values.NAMES)


def test_values_are_shown_in_words():
    assert values.value_text(PLAIN, "opens") == "From a button"
    assert values.value_text(PLAIN, "sites") == "www.harbour.org, localhost:8702"
    assert values.value_text(PLAIN, "sign_in_url") == "None"
    assert values.value_text(PLAIN, "walk_minutes") == "0 minutes"
    assert values.value_text(replace(PLAIN, days_ahead=1), "days_ahead") == "1 day"
    assert values.value_text(PLAIN, "largest_party") == "8 guests"


@each_row(
    "typed, stored",
    [
        ("", ""),
        ("  ", ""),
        ("https://www.harbour.org/account/sign-in", "https://www.harbour.org/account/sign-in"),
        (" HTTPS://WWW.Harbour.org:443 ", "https://www.harbour.org/"),
        ("https://www.harbour.org/in?next=/bar#top", "https://www.harbour.org/in?next=/bar"),
        ("https://www.harbour.org/caf\u00e9", "https://www.harbour.org/caf%C3%A9"),
        ("https://www.harbour.org/a%20b", "https://www.harbour.org/a%20b"),
        ("https://tickets.harbour.org/in", "https://tickets.harbour.org/in"),
        ("http://localhost:8702/account", "http://localhost:8702/account"),
    ],
)
def test_sign_in_page_on_a_host_of_ours(typed, stored):
    assert sign_in_page.cleaned(typed, SITES, "tickets.harbour.org") == stored


@each_row(
    "typed",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "//www.harbour.org/in",
        "www.harbour.org/in",
        "/account",
        "http://www.harbour.org/in",
        "https://evil.example/in",
        "https://www.harbour.org.evil.example/in",
        "https://www.harbour.org@evil.example/in",
        "https://me:secret@www.harbour.org/in",
        "https://www.harbour.org\\@evil.example/in",
        "https://www.harbour.org:8443/in",
        "https://www.harbour.org/\r\nSet-Cookie: a=b",
        "https://www.harbour.org/\x00",
        "https://www.harbour.org/" + "a" * 10_000,
        "https://www.harbour.org/" + "\u00e9" * 100,
        "https://[::1/",
        "https://www.harbour.org:port/",
    ],
)
def test_sign_in_page_anywhere_else_is_refused_in_a_sentence_with_its_label(typed):
    with pytest.raises(NotUsable, match=r"^Sign-in page must"):
        sign_in_page.cleaned(typed, SITES, "tickets.harbour.org")


@given(st.text(max_size=60))
def test_no_address_gets_out_that_is_not_on_a_host_of_ours(typed):
    try:
        found = sign_in_page.cleaned(typed, SITES, "")
    except NotUsable:
        return
    assert found == "" or found.startswith(("https://www.harbour.org/", "http://localhost:8702/"))
    assert found.isascii()
    assert found.isprintable()


def test_sign_in_page_needs_a_website_first():
    with pytest.raises(NotUsable, match="add the website first"):
        sign_in_page.cleaned("https://www.harbour.org/in", [], "")
