"""Colour tokens read from the style sheet, and contrast as WCAG 2.2 reckons it."""

import re

from tests.look.paths import STATIC

BLOCK = {
    "light": r":root \{\n    color-scheme: light dark;(?P<body>.*?)\n  \}",
    "dark": r':root\[data-theme="dark"\] \{(?P<body>.*?)\n  \}',
    "dark by preference": r':root:not\(\[data-theme="light"\]\) \{(?P<body>.*?)\n    \}',
}


def declarations(theme):
    """Every custom property of one theme: name without dashes → value."""
    css = (STATIC / "shared.css").read_text()
    body = re.search(BLOCK[theme], css, re.DOTALL)["body"]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", body))


def colours(theme):
    return {name: value for name, value in declarations(theme).items() if value.startswith("#")}


def _channel(byte):
    share = byte / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (_channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
