"""The arithmetic of colours: sRGB, contrast (WCAG 2.2), and lightness as eyes see it (OKLab)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_WRITTEN = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)
# OKLab to the cube roots of what the eye's three kinds of cone see, and from there to linear sRGB (Ottosson).
_TO_CONES = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_CONES = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
_RGB_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_CONES_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_OUTSIDE = 1e-4
Triple = tuple[float, float, float]


class NotAColor(ValueError):
    """A text that is no colour of the form #rrggbb."""


@dataclass(frozen=True)
class Tone:
    """A colour as OKLCH: lightness and chroma from 0, lightness up to 1, hue in radians."""

    lightness: float
    chroma: float
    hue: float

    def at(self, lightness: float, most_chroma: float = 1.0) -> Tone:
        """Return the same hue at another lightness, no more colourful than `most_chroma`."""
        return replace(self, lightness=lightness, chroma=min(self.chroma, most_chroma))


def read(text: str) -> str:
    """Return a colour typed as #5B2A6E, 5b2a6e or #52e as #rrggbb in small letters. Raises NotAColor."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise NotAColor(text[:20])
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two #rrggbb colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of #rrggbb, from 0 for black to 1 for white."""
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def tone(color: str) -> Tone:
    """Return #rrggbb as lightness, chroma and hue."""
    cones = _times(_RGB_TO_CONES, _linear(color))
    lightness, a, b = _times(_CONES_TO_LAB, _each(math.cbrt, cones))
    return Tone(lightness, math.hypot(a, b), math.atan2(b, a))


def written(tone: Tone) -> str:
    """Return a tone as #rrggbb, with as much of its chroma as a screen can show."""
    low, high = 0.0, tone.chroma
    if _shows(tone):
        return _hex(_rgb(tone))
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if _shows(replace(tone, chroma=middle)) else (low, middle)
    return _hex(_rgb(replace(tone, chroma=low)))


def _shows(tone: Tone) -> bool:
    return all(-_OUTSIDE <= part <= 1 + _OUTSIDE for part in _rgb(tone))


def _rgb(tone: Tone) -> Triple:
    lab = (tone.lightness, tone.chroma * math.cos(tone.hue), tone.chroma * math.sin(tone.hue))
    return _times(_FROM_CONES, _each(lambda part: part**3, _times(_TO_CONES, lab)))


def _linear(color: str) -> Triple:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _each(
        lambda part: part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4, (red, green, blue)
    )


def _hex(linear: Triple) -> str:
    digits = ""
    for part in linear:
        shown = min(max(part, 0.0), 1.0)
        encoded = shown * 12.92 if shown <= 0.0031308 else 1.055 * shown ** (1 / 2.4) - 0.055
        digits += f"{round(encoded * 255):02x}"
    return f"#{digits}"


def _times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _each(change: Callable[[float], float], vector: Triple) -> Triple:
    first, second, third = vector
    return change(first), change(second), change(third)
