"""Recomputes every text and control pair of the design from the style sheet (WCAG 2.2, 1.4.3 and 1.4.11)."""

import pytest

from tests.look.contrast import colours, contrast, declarations
from tests.support.tables import each_row

TONES = ("ok", "warn", "bad", "info", "off")
GROUNDS = ("paper", "surface", "sunken")
TEXT_PAIRS = (
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent", "accent-hover") for ground in GROUNDS),
    *((ink, "accent-soft") for ink in ("ink", "ink-2", "accent", "accent-hover")),
    *(("on-accent", ground) for ground in ("accent", "accent-hover", "bad-solid", "bad-ink")),
    *((f"{tone}-ink", f"{tone}-soft") for tone in TONES),
    *((f"{tone}-ink", "surface") for tone in TONES),
    *((ink, f"{tone}-soft") for tone in TONES for ink in ("ink", "ink-2", "accent")),
    *((ink, "warn-soft") for ink in ("bad-ink", "ok-ink")),
)
CONTROL_PAIRS = (
    *((mark, ground) for mark in ("control", "focus", "accent") for ground in GROUNDS),
    *((f"{tone}-solid", ground) for tone in TONES for ground in ("surface", f"{tone}-soft")),
    *(("focus", f"{tone}-soft") for tone in TONES),
    ("on-accent", "accent"),
)


@each_row("theme", ["light", "dark"])
@each_row("text, ground", TEXT_PAIRS)
def test_text_reads_on_its_ground(theme, text, ground):
    tokens = colours(theme)
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@each_row("theme", ["light", "dark"])
@each_row("mark, ground", CONTROL_PAIRS)
def test_control_stands_out_from_its_ground(theme, mark, ground):
    tokens = colours(theme)
    assert contrast(tokens[mark], tokens[ground]) >= 3


def test_contrast_agrees_with_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_dark_is_the_same_by_preference_and_by_setting():
    assert declarations("dark") == declarations("dark by preference")


def test_dark_answers_every_light_colour():
    assert colours("dark").keys() == colours("light").keys()
