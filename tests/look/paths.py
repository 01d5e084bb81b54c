"""Where the look's files live, for the tests beside this file."""

import gzip
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"


def gzipped_size(*names):
    """Bytes that the named files of static/ take on the wire, each packed on its own."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


def all_templates():
    return sorted(TEMPLATES.rglob("*.html"))
