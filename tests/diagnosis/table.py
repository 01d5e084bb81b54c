"""Writes the catalogue into docs/diagnosis.md: .venv/bin/python -m tests.diagnosis.table"""

import re
from pathlib import Path

from tests.diagnosis import faults_connection, faults_pre_fill, faults_visits, faults_writes, healthy
from tests.diagnosis.catalogue import table

DOCUMENT = Path(__file__).parents[2] / "docs" / "diagnosis.md"
SEEDS = (faults_connection, faults_pre_fill, faults_visits, faults_writes, healthy)
BEGIN, END = "<!-- catalogue: begin -->", "<!-- catalogue: end -->"


def with_table(text: str) -> str:
    """Return the document with the table as the catalogue has it now."""
    between = re.compile(f"(?<={BEGIN}\n).*(?={END})", re.DOTALL)
    return between.sub(lambda _: f"\n{table()}\n\n", text, count=1)


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
