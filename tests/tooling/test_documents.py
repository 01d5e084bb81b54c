"""The documents name every setting, and nothing they link to is missing."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from portal.config import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)?(#[^)\s]+)?\)")


def test_every_setting_stands_in_the_table():
    table = (ROOT / "docs" / "running.md").read_text()
    missing = [f.name.upper() for f in fields(Settings) if f"| `{f.name.upper()}` |" not in table]
    assert missing == ["TESTING"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    for name, anchor in LINK.findall(document.read_text()):
        target = (document.parent / name) if name else document
        assert target.exists(), name
        if anchor:
            assert anchor[1:] in anchors(target), anchor


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_placeholder_is_left(document):
    assert not re.search(r"\bMEASURED\b|\bTODO\b|\bTBD\b", document.read_text())


def anchors(document):
    """The anchors that a heading gets on the pages of code hosts."""
    heads = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
