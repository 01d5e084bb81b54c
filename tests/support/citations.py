"""What comments, docstrings and documents cite: codes such as R62 and files such as docs/running.md.

Code and what people see on a page cite nothing, so a seat or a key of the keyboard may have such a name.
"""

import ast
import functools
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "docs" / "requirements.md"
PLACES = ["portal", "jobs", "bin", "templates", "static", "tests", "docs"]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

COMMENTS = {
    ".html": r"\{#.*?#\}|<!--.*?-->",
    ".js": r"/\*.*?\*/|(?<![:\"'`])//[^\n]*",
    ".css": r"/\*.*?\*/",
    ".toml": r"(?m)(?:^|\s)#[^\n]*",
    ".ini": r"(?m)^\s*#[^\n]*",
    ".mako": r"(?m)^\s*#[^\n]*",
}
# Names of code, and of rules that a checker is told to leave out, cite nothing.
NOT_PROSE = re.compile(r"```.*?```|`[^`\n]*`|#?\s*noqa: [A-Z0-9, ]+|https?://\S+", re.DOTALL)
CODE = r"(?<![\w&.%-])([A-Z])(\d{1,3})"
RANGE = re.compile(CODE + r"(?:\s+(?:to|until|through)\s+\1|\s*[–-]\s*\1?)(\d{1,3})(?![\w-])")
SINGLE = re.compile(CODE + r"(?![\w-])")
PATH = re.compile(
    r"(?:portal|jobs|bin|templates|static|tests|docs|\.ci)/[\w./*-]*|[\w-]+\.(?:py|js|css|html|toml|md)"
)
DOCUMENT = re.compile(r"(?<![\w/.-])([\w/.-]+\.(?:md|txt))\b(?:,?\s+section\s+(\d+))?")


@dataclass(frozen=True)
class Citation:
    """A code or a document that `place` cites; `section` where it names one of the document's."""

    place: str
    name: str
    section: str = ""


def codes_in(prose: str) -> set[str]:
    """Return every code that a text cites; "R62 to R65" cites four."""
    text = re.sub(r"\s+", " ", NOT_PROSE.sub(" ", prose))
    found = {letter + number for letter, number in SINGLE.findall(text)}
    for letter, first, last in RANGE.findall(text):
        numbers = range(int(first), int(last) + 1)
        found |= {letter + str(number).zfill(len(first)) for number in numbers}
    return found


def documents_in(prose: str) -> set[tuple[str, str]]:
    """Return every document that a text cites, each with the number of the section or with none."""
    return set(DOCUMENT.findall(re.sub(r"\s+", " ", re.sub(r"https?://\S+", " ", prose))))


@functools.cache
def prose_of(path: Path) -> str:
    """Return what a file says to its readers, without what it does."""
    text = path.read_text()
    if path.suffix == ".md":
        return text
    if path.suffix in COMMENTS:
        return "\n".join(re.findall(COMMENTS[path.suffix], text, re.DOTALL))
    return python_prose(text)


def python_prose(text: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string.lstrip("#") for token in tokens if token.type == tokenize.COMMENT]
    statements = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    docstrings = [
        node.value for node in statements if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    # One wrapped comment is one text, so that a range may run over the end of its line.
    return " ".join(comments) + "\n" + "\n".join(docstrings)


def files() -> list[Path]:
    """Return every file that may cite something, in the folders and at the top."""
    found = [path for place in PLACES for path in sorted((ROOT / place).rglob("*")) if is_read(path)]
    return [*found, *(path for path in DOCUMENTS if path.exists() and path.parent == ROOT)]


def is_read(path: Path) -> bool:
    if not path.is_file() or "vendor" in path.parts or "__pycache__" in path.parts:
        return False
    if path == REQUIREMENTS:
        return False
    if not path.suffix:
        return path.read_bytes()[:2] == b"#!"
    return path.suffix in COMMENTS or path.suffix in {".py", ".md"}


def stands(cited: Citation) -> bool:
    """Tell whether the document is there, named from the top or from where it is cited, with its section."""
    for folder in (ROOT, (ROOT / cited.place).parent, ROOT / "docs"):
        path = folder / cited.name
        if path.is_file():
            return not cited.section or bool(re.search(rf"(?m)^## {cited.section}\. ", path.read_text()))
    return False


def requirements() -> list[str]:
    """Return the codes that docs/requirements.md explains, in its order."""
    return re.findall(r"(?m)^- \*\*([A-Z]\d+)\*\* \S", REQUIREMENTS.read_text())


def cited_codes(paths: list[Path] | None = None) -> list[Citation]:
    return [
        Citation(place(path), code) for path in paths or files() for code in sorted(codes_in(prose_of(path)))
    ]


def cited_documents() -> list[Citation]:
    return [
        Citation(place(path), name, section)
        for path in files()
        for name, section in sorted(documents_in(prose_of(path)))
    ]


def place(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def paths_in(text: str) -> set[str]:
    """Return what a text sets as code and what looks like a file or folder of ours."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))
    lines = "\n".join(re.findall(r"(?ms)^```\n(.*?)^```", text))
    words = {span.split()[0] for span in spans} | set(re.findall(r"(?m)(?:^|(?<= ))\S+", lines))
    return {word for word in words if PATH.fullmatch(word)}


def path_stands(name: str) -> bool:
    """Tell whether a file, a folder or a pattern is there; a bare name may be a file's in any folder."""
    if (ROOT / name).exists():
        return True
    if "/" in name:
        return any(ROOT.glob(name)) if "*" in name else False
    return any(next((ROOT / folder).rglob(name), None) for folder in PLACES)


def names_not_found(text: str) -> list[str]:
    """Return each name in a paragraph, a row or an item that stands in none of the files named beside it."""
    lost = []
    for block in re.split(r"\n\s*\n|\n(?=- |\d+\. |\|)", re.sub(r"(?ms)^```.*?^```", "", text)):
        paths = paths_in(block)
        sources = [source for path in sorted(paths) for source in _sources(ROOT / path)]
        names = [span for span in re.findall(r"`([^`\n]+)`", block) if " " not in span and span not in paths]
        lost += [name for name in names if sources and not any(name in source for source in sources)]
    return lost


def _sources(path: Path) -> list[str]:
    """Return what stands in a file; of a folder, what stands in each of its files, and their names."""
    if path.is_dir():
        inside = [each for each in path.rglob("*") if "__pycache__" not in each.parts]
        texts = [each.read_text() for each in inside if each.suffix in {".py", ".html"}]
        return [*texts, *(str(each) for each in inside)]
    return [path.read_text()] if path.is_file() else []
