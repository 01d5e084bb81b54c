"""Each code has one finding with every wording, and nobody else words a code."""

import ast

import pytest

from portal.findings import FINDINGS, Code, Finding
from tests.test_architecture import imports, name_of, sources

WORDINGS = ("title", "short", "because", "who", "step")


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_finding_with_every_wording(code):
    found = FINDINGS[code]
    for name in WORDINGS:
        said = getattr(found, name)
        assert said, name
        assert said == said.strip(" ."), name
    assert found.advice
    assert all(each.endswith(".") for each in found.advice)
    assert found.because[0].islower() or found.because.startswith("Spektrix"), "it goes on after because"


def test_no_two_findings_share_a_title():
    titles = [found.title for found in FINDINGS.values()]
    assert sorted(set(titles)) == sorted(titles)


def test_what_the_spektrix_page_shows_it_also_helps_to_mend():
    for code, found in FINDINGS.items():
        assert not found.mend or found.badge, code
        assert not found.stops or found.mend, code
        assert not (found.stops and found.passes), code


def test_no_module_outside_the_findings_words_a_code():
    """A table of words by code would be the second place to change a sentence in."""
    for path in sources("portal"):
        if "findings" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        for table in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
            worded = [
                key for key, value in zip(table.keys, table.values, strict=True) if is_worded(key, value)
            ]
            assert not worded, f"{name_of(path)}: {ast.unparse(worded[0])}"


def is_worded(key, value):
    coded = isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name) and key.value.id == "Code"
    words = (
        node for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return coded and any(words)


def test_no_room_sees_an_error_of_the_client():
    """An error becomes a code once, where the calls are made."""
    makers = {"failures.py", "gateway.py", "web_pages.py"}
    for path in sources("portal"):
        if "spektrix" in path.parts or path.name in makers:
            continue
        assert not any(name.startswith("portal.spektrix.errors") for name in imports(path)), name_of(path)


def test_findings_know_no_other_room():
    for path in sources("portal/findings"):
        ours = {name for name in imports(path) if name.startswith("portal.")}
        assert all(name.startswith("portal.findings") for name in ours), name_of(path)


def test_a_wording_left_out_is_taken_from_the_title_and_the_step():
    found = FINDINGS[Code.UNREACHABLE]
    assert isinstance(found, Finding)
    assert found.short == found.title
    assert FINDINGS[Code.OUTAGE].short != FINDINGS[Code.OUTAGE].title
