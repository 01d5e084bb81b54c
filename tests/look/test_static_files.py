"""Size budgets, vendored files and what a style sheet may refer to."""

import hashlib
import re

import pytest

from tests.look.paths import STATIC, gzipped_size

KB = 1024


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        (("shared.css", "portal.css"), 10 * KB),
        (("widget.css",), 4 * KB),
        (("shared.css", "widget.css"), 5 * KB),
        (("icons.svg",), 5 * KB),
        (("portal.js",), 3 * KB),
        (("vendor/htmx-2.0.11.min.js",), 18 * KB),
    ],
)
def test_files_stay_within_their_budget(names, limit):
    assert gzipped_size(*names) <= limit


def test_vendored_files_are_the_published_ones():
    for line in (STATIC / "vendor" / "checksums.txt").read_text().splitlines():
        expected, name = line.split()
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == expected


def test_every_vendored_script_has_a_checksum():
    listed = {line.split()[1] for line in (STATIC / "vendor" / "checksums.txt").read_text().splitlines()}
    assert listed == {script.name for script in (STATIC / "vendor").glob("*.js")}


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda sheet: sheet.name)
def test_style_sheet_asks_for_nothing_outside_static(sheet):
    css = sheet.read_text()
    assert "@import" not in css
    for target in re.findall(r"url\(\"?([^\")]+)\"?\)", css):
        assert (STATIC / target).is_file()


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda sheet: sheet.name)
def test_style_sheet_uses_only_tokens_that_exist(sheet):
    own = sheet.read_text()
    known = set(re.findall(r"(--[\w-]+):", own + (STATIC / "shared.css").read_text()))
    assert set(re.findall(r"var\((--[\w-]+)", own)) <= known


def test_diner_frame_loads_no_font():
    assert "@font-face" not in (STATIC / "shared.css").read_text() + (STATIC / "widget.css").read_text()
