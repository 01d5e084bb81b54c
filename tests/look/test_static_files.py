"""Size budgets, vendored files and what a style sheet may refer to."""

import gzip
import hashlib
import re

import pytest

from portal.shell import static_files
from tests.look.paths import STATIC, gzipped_size
from tests.support.reading import read

KB = 1024
SHEETS = sorted(STATIC.rglob("*.css"))


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        (("widget.css",), 4 * KB),
        (("shared.css", "widget.css"), 5 * KB),
        (("icons.svg",), 5 * KB),
        (("portal.js",), 3 * KB),
        (("vendor/htmx-2.0.11.min.js",), 18 * KB),
    ],
)
def test_files_stay_within_their_budget(names, limit):
    assert gzipped_size(*names) <= limit


def test_portal_style_is_one_small_file_to_keep_for_a_year(client):
    address = read(client.get("/sign-in")).one("link", rel="stylesheet").attributes["href"]
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert len(answer.data) <= 10 * KB
    assert gzip.decompress(answer.data) == client.get(address).data
    assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    assert answer.cache_control.immutable
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in answer.headers
    older = client.get("/static/portal/joined-0000000000000000.css")
    assert (older.data, older.cache_control.max_age) == (client.get(address).data, 60)


def test_portal_style_has_each_part_once():
    text = static_files.joined_portal_style(STATIC).plain.decode()
    for part in [STATIC / "shared.css", *(STATIC / "portal").glob("*.css")]:
        assert text.count(part.read_text()) == 1, part.name


def test_vendored_files_are_the_published_ones():
    lines = (STATIC / "vendor" / "checksums.txt").read_text().splitlines()
    expected = {name: checksum for checksum, name in map(str.split, lines)}
    assert expected
    found = {name: hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() for name in expected}
    assert found == expected


def test_every_vendored_script_has_a_checksum():
    listed = {line.split()[1] for line in (STATIC / "vendor" / "checksums.txt").read_text().splitlines()}
    assert listed == {script.name for script in (STATIC / "vendor").glob("*.js")}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheet_asks_for_nothing_outside_static(sheet):
    css = sheet.read_text()
    assert "@import" not in css
    for target in re.findall(r"url\(\"?([^\")]+)\"?\)", css):
        assert (sheet.parent / target).is_file()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheet_uses_only_tokens_that_exist(sheet):
    own = sheet.read_text()
    # What stands in the same page counts too: the diary's steps are a sheet of their own.
    beside = "".join((STATIC / name).read_text() for name in ("shared.css", "diary_steps.css"))
    known = set(re.findall(r"(--[\w-]+):", own + beside))
    assert set(re.findall(r"var\((--[\w-]+)", own)) <= known


def test_diner_frame_loads_no_font():
    assert "@font-face" not in (STATIC / "shared.css").read_text() + (STATIC / "widget.css").read_text()
