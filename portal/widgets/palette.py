"""A widget's colours, worked out from its one main colour: always easy to read, in light and in dark.

Whatever the colour, text in it and text on it reach 4.5 to 1 and the borders of controls 3 to 1 (WCAG 2.2,
1.4.3 and 1.4.11). The names are those of the tokens in shared.css, which the sheet replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.widgets import colors
from portal.widgets.colors import NotAColor

USUAL_COLOR = "#5b2a6e"
TEXT = 4.5
WHITE = "#ffffff"
# Surface, paper, sunken and off-soft of shared.css: what text in the colour may stand on. The messages'
# grounds are between the last one and the surface.
LIGHT_GROUNDS = (WHITE, "#faf7f2", "#f4efe7", "#efeae3")
DARK_GROUNDS = ("#1f1924", "#16121a", "#191420", "#2c2433")
_INK = "#241c29"
_BLACK = "#000000"
_STEP = 0.01
_LIGHT_ENOUGH = 0.81
# What the frame fills with the colour itself. Outside of layers, so that it wins over widget.css.
FILLED = (".button--primary", ".curtain", ".show__mark", ".chip input:checked + .chip__face")
_FILLED_RULES = (
    f"{','.join(FILLED)}{{background:var(--fill);color:var(--on-fill)}}\n"
    ".button--primary:hover{background:var(--fill-hover);color:var(--on-fill)}\n"
)


@dataclass(frozen=True)
class Contrast:
    """How well a colour reads on white, as a ratio like 10.5, and the darker colour for text.

    `text` is the colour itself where that reads well on every ground.
    """

    color: str
    ratio: float
    text: str

    @property
    def is_easy(self) -> bool:
        return self.ratio >= TEXT

    @property
    def is_darkened(self) -> bool:
        return self.text != self.color


def contrast_on_white(color: str) -> Contrast:
    """Return how well #rrggbb reads on white. A ratio below 4.5 is never rounded up to it."""
    exact = colors.contrast(color, WHITE)
    ratio = round(exact, 1) if exact >= TEXT else min(round(exact, 1), TEXT - 0.1)
    return Contrast(color, ratio, light(color)["accent"])


def light(color: str) -> dict[str, str]:
    """Return the tokens of the light theme: the colour itself for fills, a darker one for text and lines."""
    tone = colors.tone(color)
    soft = colors.written(tone.at(0.955, 0.017))
    text, lightness = color, tone.lightness
    while min(colors.contrast(text, ground) for ground in (*LIGHT_GROUNDS, soft)) < TEXT:
        lightness -= _STEP
        text = colors.written(tone.at(lightness))
    # White or black always reaches 4.5 to 1; ink, which is softer, is taken where it does too.
    on_fill = next(each for each in (WHITE, _INK, _BLACK) if colors.contrast(each, color) >= TEXT)
    return {
        "accent": text,
        "accent-hover": _moved(text, -0.06),
        "on-accent": WHITE,
        "accent-soft": soft,
        "accent-line": colors.written(tone.at(0.845, 0.05)),
        "fill": color,
        "fill-hover": _moved(color, -0.06 if on_fill == WHITE else 0.06),
        "on-fill": on_fill,
    }


def dark(color: str) -> dict[str, str]:
    """Return the tokens of the dark theme: a colour light enough for text, borders and fills."""
    tone = colors.tone(color)
    accent = color if tone.lightness >= _LIGHT_ENOUGH else colors.written(tone.at(_LIGHT_ENOUGH, 0.09))
    hover, on_accent = _moved(accent, 0.06), colors.written(tone.at(0.235, 0.069))
    return {
        "accent": accent,
        "accent-hover": hover,
        "on-accent": on_accent,
        "accent-soft": colors.written(tone.at(0.287, 0.051)),
        "accent-line": colors.written(tone.at(0.433, 0.077)),
        "fill": accent,
        "fill-hover": hover,
        "on-fill": on_accent,
    }


def style_sheet(color: str) -> str:
    """Return the style sheet of a colour; of the usual one for any other text, so nothing gets in (X09)."""
    try:
        color = colors.read(color)
    except NotAColor:
        color = USUAL_COLOR
    in_light, in_dark = _declared(light(color)), _declared(dark(color))
    return (
        f":root{{{in_light}}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{in_dark}}}}}\n'
        f':root[data-theme="dark"]{{{in_dark}}}\n'
        f"{_FILLED_RULES}"
    )


def _declared(tokens: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())


def _moved(color: str, by: float) -> str:
    tone = colors.tone(color)
    return colors.written(tone.at(min(1.0, max(0.0, tone.lightness + by))))
