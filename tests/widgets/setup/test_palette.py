"""A widget's colours: whatever the manager picks can be read, in light and in dark."""

import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from portal.widgets import colors, palette
from portal.widgets.colors import NotAColor
from tests.look.contrast import colours
from tests.support.tables import each_row

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
SHARED = Path(__file__).resolve().parents[3] / "static" / "shared.css"


@given(COLORS)
def test_every_colour_reads_on_every_ground_of_both_themes(color):
    for tokens, grounds in (
        (palette.light(color), palette.LIGHT_GROUNDS),
        (palette.dark(color), palette.DARK_GROUNDS),
    ):
        for ground in (*grounds, tokens["accent-soft"]):
            assert colors.contrast(tokens["accent"], ground) >= 4.5, ground
            assert colors.contrast(tokens["accent-hover"], ground) >= 4.5, ground


@given(COLORS)
def test_links_read_in_messages_too(color):
    for tokens, theme in ((palette.light(color), "light"), (palette.dark(color), "dark")):
        shared = colours(theme)
        for tone in ("ok", "warn", "bad", "info", "off"):
            assert colors.contrast(tokens["accent"], shared[f"{tone}-soft"]) >= 4.5, tone


@given(COLORS)
def test_text_on_every_colour_reads(color):
    for tokens in (palette.light(color), palette.dark(color)):
        for text, filled in (("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-fill", "fill")):
            assert colors.contrast(tokens[text], tokens[filled]) >= 4.5, (text, filled)
        assert colors.contrast(tokens["on-fill"], tokens["fill-hover"]) >= 4.5


@given(COLORS)
def test_text_of_the_frame_reads_on_the_soft_shade(color):
    assert colors.contrast("#544a59", palette.light(color)["accent-soft"]) >= 4.5
    assert colors.contrast("#c9bed0", palette.dark(color)["accent-soft"]) >= 4.5


@given(COLORS)
def test_a_colour_survives_being_told_by_lightness_chroma_and_hue(color):
    assert colors.written(colors.tone(color)) == color


@given(COLORS)
def test_fills_of_the_light_theme_are_the_very_colour(color):
    assert palette.light(color)["fill"] == color


def test_the_grounds_are_those_of_the_shared_sheet():
    css = SHARED.read_text()
    for names, theme in (
        (palette.LIGHT_GROUNDS, ":root {"),
        (palette.DARK_GROUNDS, ':root[data-theme="dark"] {'),
    ):
        block = css.split(theme, 1)[1].split("}", 1)[0]
        found = dict(re.findall(r"--(surface|paper|sunken|off-soft): (#\w+)", block))
        assert (found["surface"], found["paper"], found["sunken"], found["off-soft"]) == names


def test_every_part_that_the_frame_fills_with_the_colour_is_one_that_the_sheet_fills():
    filled = set()
    for name in ("shared.css", "widget.css"):
        css = SHARED.with_name(name).read_text()
        filled |= set(re.findall(r"([^{};]+) \{[^{}]*background: var\(--accent\);", css))
    assert {selector.strip() for selector in filled} == set(palette.FILLED)


def test_the_usual_colour_comes_close_to_the_tokens_it_replaces():
    assert palette.light(palette.USUAL_COLOR)["accent"] == "#5b2a6e"
    near = colors.tone(palette.dark(palette.USUAL_COLOR)["accent"])
    token = colors.tone("#d6b0e8")
    assert abs(near.lightness - token.lightness) < 0.02
    assert abs(near.chroma - token.chroma) < 0.02


def test_reading_of_the_usual_colour():
    told = palette.contrast_on_white("#5b2a6e")
    assert (told.ratio, told.is_easy, told.is_darkened) == (10.5, True, False)


def test_text_in_a_light_colour_is_darkened():
    told = palette.contrast_on_white("#ffd400")
    assert not told.is_easy
    assert told.is_darkened
    assert colors.contrast(told.text, "#ffffff") >= 4.5


def test_a_ratio_just_short_of_enough_is_not_rounded_up_to_it():
    assert 4.45 < colors.contrast("#777777", "#ffffff") < 4.5
    told = palette.contrast_on_white("#777777")
    assert (told.ratio, told.is_easy) == (4.4, False)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("#5B2A6E", "#5b2a6e"), (" 5b2a6e ", "#5b2a6e"), ("#0Af", "#00aaff"), ("fff", "#ffffff")],
)
def test_colours_as_people_write_them(typed, stored):
    assert colors.read(typed) == stored


@each_row(
    "typed",
    [
        "",
        "red",
        "#12345",
        "#1234567",
        "url(https://evil.example)",
        "expression(alert(1))",
        "#fff;}",
        "#ff\u0661\u0661ff",
        "#12\x003456",
    ],
)
def test_what_is_no_colour_is_refused_and_never_reaches_a_sheet(typed):
    with pytest.raises(NotAColor):
        colors.read(typed)
    assert palette.style_sheet(typed) == palette.style_sheet(palette.USUAL_COLOR)


@given(st.text(max_size=40))
def test_a_sheet_holds_nothing_but_our_rules(typed):
    assert re.fullmatch(r'[-\w#{}():;,.+=@"\s\[\]]*', palette.style_sheet(typed))
    assert "url(" not in palette.style_sheet(typed)
