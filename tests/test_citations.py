"""What comments and documents cite stands in this repository: codes, documents, sections, paths."""

import re

import pytest

from tests.support.citations import (
    DOCUMENTS,
    ROOT,
    Citation,
    cited_codes,
    cited_documents,
    codes_in,
    documents_in,
    names_not_found,
    path_stands,
    paths_in,
    python_prose,
    requirements,
    stands,
)

MARKS = ("*stated*", "*seen*", "*seen once*", "*told*", "*assumed*")


def test_every_code_that_is_cited_is_explained():
    known = set(requirements())
    unknown = [f"{cited.place}: {cited.name}" for cited in cited_codes() if cited.name not in known]
    assert not unknown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'def f():\n    """Something (R62, R999)."""\n    # and Z7\n'),
        ("a.html", "<p>R62</p>{# What it is\n (R62, Z7). #}<!-- R999 -->"),
        ("a.js", "const key = 'F12'; // as said (R999)\n/* and (Z7) */"),
        ("a.css", "/* R999, Z7 */ a { color: red }"),
        ("a.md", "As said (Z7 and R999).\n\n```\nF12\n```\n"),
    ],
)
def test_a_code_that_nobody_explains_is_seen_in_every_kind_of_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    cited = {citation.name for citation in cited_codes([tmp_path / name])}
    assert cited - set(requirements()) == {"Z7", "R999"}


def test_every_code_that_is_explained_is_cited():
    cited = {citation.name for citation in cited_codes()}
    never_cited = [code for code in requirements() if code not in cited]
    assert not never_cited, "take these lines out of docs/requirements.md"


def test_no_code_is_explained_twice():
    codes = requirements()
    assert len(codes) == len(set(codes))


def test_no_two_codes_differ_by_a_zero_alone():
    codes = [code[0] + code[1:].lstrip("0") for code in requirements()]
    assert len(codes) == len(set(codes))


def test_every_document_and_section_that_is_cited_exists():
    missing = [
        f"{cited.place}: {cited.name} {cited.section}".rstrip()
        for cited in cited_documents()
        if not stands(cited)
    ]
    assert not missing


def test_every_fact_about_spektrix_says_how_surely_it_is_known():
    text = (ROOT / "docs" / "spektrix.md").read_text()
    facts = re.findall(r"(?ms)^- (.+?)(?=^- |^$|\Z)", text.partition("## 2.")[2])
    assert len(facts) > 40
    assert not [fact for fact in facts if not any(mark in fact for mark in MARKS)]


@pytest.mark.parametrize(
    ("prose", "codes"),
    [
        ("Said once (R62).", {"R62"}),
        ("The causes (R2, N1) and the rest.", {"R2", "N1"}),
        ("Everything (R62 to R65).", {"R62", "R63", "R64", "R65"}),
        ("R4 to R6, S39: it works.", {"R4", "R5", "R6", "S39"}),
        ("A range over the end of\n    a line, R8 to\n    R9.", {"R8", "R9"}),
        (
            "With zeros, L01 to L03, or a dash: R8-R9, Q1\u20132.",
            {"L01", "L02", "L03", "R8", "R9", "Q1", "Q2"},
        ),
        ("X11 in the list of X12; B01/B02", {"X11", "X12", "B01", "B02"}),
        ("A name of code, `A1`, and a rule left out, noqa: S101, are none.", set()),
        ("Neither is UTF-8, SHA1, E2E, 5xx, 2026-06-12T18:30, https://x.example/A1 or %C3%A9.", set()),
    ],
)
def test_codes_are_found_in_whatever_way_they_are_written(prose, codes):
    assert codes_in(prose) == codes


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document):
    paths = paths_in(document.read_text())
    assert not [path for path in sorted(paths) if not path_stands(path)]


@pytest.mark.parametrize(
    ("document", "chapter"), [("README.md", "## What runs where"), ("CONTRIBUTING.md", "## The house")]
)
def test_the_house_is_drawn_as_it_is(document, chapter):
    drawn = (ROOT / document).read_text().partition(chapter)[2].partition("\n## ")[0]
    rooms = {path.parent for path in (ROOT / "portal").glob("*/__init__.py")}
    assert not [room.name for room in sorted(rooms) if f"`portal/{room.name}`" not in drawn]
    wings = {path.parent for path in (ROOT / "portal").glob("*/*/__init__.py")}
    table = [line for line in drawn.splitlines() if line.startswith("|")]
    rows = {name: row for row in table for name in re.findall(r"`portal/(\w+)`", row)}
    assert not [str(wing) for wing in sorted(wings) if f"`{wing.name}`" not in rows.get(wing.parent.name, "")]


def test_every_name_that_a_newcomer_is_sent_to_stands_in_the_file_beside_it():
    assert not names_not_found((ROOT / "CONTRIBUTING.md").read_text())


def test_paths_are_found_in_text_and_in_commands():
    text = (
        "See `portal/no_such.py`, `bin/demo --fresh`, `/book/VENUE`.\n\n```\npytest tests/no_such -k x\n```\n"
    )
    assert paths_in(text) == {"portal/no_such.py", "bin/demo", "tests/no_such"}
    assert not path_stands("portal/no_such.py")
    assert not path_stands("no_such.py")
    assert path_stands("citations.py")


def test_a_name_that_has_gone_is_found():
    row = "| one | `portal/outbox/rules.py` | `gap` |\n| two | `portal/outbox/rules.py` | `no_such_name` |"
    assert names_not_found(row) == ["no_such_name"]


def test_only_what_is_said_cites_and_not_what_is_done():
    text = '''"""A module (R62)."""\n\nseat = "A1"  # taken, see Q1 to\n# Q2\nassert seat != "B2"\n'''
    assert codes_in(python_prose(text)) == {"R62", "Q1", "Q2"}


def test_documents_are_found_with_their_sections():
    prose = "As docs/spektrix.md section\n6 says, and CHANGELOG.md; not https://a.example/readme.md."
    assert documents_in(prose) == {("docs/spektrix.md", "6"), ("CHANGELOG.md", "")}


@pytest.mark.parametrize(
    ("name", "section", "found"),
    [
        ("docs/spektrix.md", "6", True),
        ("spektrix.md", "", True),
        ("docs/spektrix.md", "99", False),
        ("docs/no-such.md", "", False),
    ],
)
def test_a_document_stands_with_the_section_that_is_named(name, section, found):
    assert stands(Citation("README.md", name, section)) is found
