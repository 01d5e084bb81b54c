"""Rules that every template keeps, whoever wrote it."""

import re

from tests.look.paths import STATIC, TEMPLATES, all_templates
from tests.support.tables import each_row

ICON_CALLS = (
    r"(?:draw_icon|ui\.icon|\bicon)\(\s*[\"']([\w-]+)[\"']",
    r"\bicon=[\"']([\w-]+)[\"']",
    r"[\"']icon[\"']: [\"']([\w-]+)[\"']",
    r"ui\.(?:detail|empty_state|icon_line)\(\s*[\"']([\w-]+)[\"']",
)


def name(path):
    return str(path.relative_to(TEMPLATES))


def sprite():
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))


def without_comments(path):
    return re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)


# Mail programs read no style sheet, and know no policy.
PAGES = [path for path in all_templates() if path.name != "mail.html"]


@each_row("path", PAGES)
def test_template_has_nothing_inline_that_the_policy_would_block(path):
    source = without_comments(path)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"[\s\"']on[a-z]+\s*=", source)
    assert not re.search(r"\bhx-on\b", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert "javascript:" not in source


@each_row("path", all_templates())
def test_what_htmx_does_is_written_in_the_markup(path):
    assert not re.search(r"[\"']hx-[a-z-]+[\"']\s*:", without_comments(path))


@each_row("path", all_templates())
def test_template_never_switches_escaping_off(path):
    source = without_comments(path)
    assert not re.search(r"\|\s*safe\b", source)
    assert "Markup" not in source
    assert "autoescape" not in source


@each_row("path", all_templates())
def test_template_uses_icons_that_the_sprite_has(path):
    source = without_comments(path)
    used = {icon for pattern in ICON_CALLS for icon in re.findall(pattern, source)}
    assert used <= sprite()


def test_icon_names_are_found_where_they_are_written():
    status = without_comments(TEMPLATES / "macros" / "status.html")
    found = {icon for pattern in ICON_CALLS for icon in re.findall(pattern, status)}
    assert {"circle-check", "loader-circle", "chevron-right"} <= found


def test_icons_in_tables_of_names_are_in_the_sprite():
    shell = (TEMPLATES / "macros" / "shell.html").read_text()
    nav_icons = re.findall(r'\("\w+", "\w+", "/[\w/]+", "([\w-]+)"\)', shell)
    cards = (TEMPLATES / "macros" / "cards.html").read_text()
    state_icons = re.findall(r'\("[\w ]+", "(?:ok|warn|bad|info|off)", "([\w-]+)"\)', cards)
    assert len(nav_icons) >= 4
    assert len(state_icons) >= 6
    assert set(nav_icons + state_icons) <= sprite()
