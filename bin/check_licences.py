"""Check that every installed package has a licence that pyproject.toml allows. Run inside the environment."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def licences(package: Distribution) -> str:
    """Return what the package's metadata says about its licence, in one line."""
    metadata = package.metadata
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    said = [*metadata.get_all("License-Expression", []), *classifiers, *metadata.get_all("License", [])]
    # An old metadata field may hold the licence's whole text; its first line names it.
    return "; ".join(text.strip().splitlines()[0] for text in said if text.strip())


def is_allowed(said: str, allowed: list[str]) -> bool:
    """Tell whether `said` names an allowed licence as a word of its own: "MIT", not "permit"."""
    return any(re.search(rf"\b{re.escape(name)}", said) for name in allowed)


def main() -> int:
    rules = tomllib.loads(PYPROJECT.read_text())["tool"]["rezzy"]
    packages = sorted(distributions(), key=lambda package: package.name.lower())
    refused = [
        f"{package.name}: {licences(package) or 'no licence named'}"
        for package in packages
        if not is_allowed(licences(package), rules["allowed_licences"])
        and package.name not in rules["licences_read_by_hand"]
    ]
    for line in refused:
        print(f"Licence not on the list in pyproject.toml: {line}")
    print(f"Licences: {len(packages) - len(refused)} of {len(packages)} packages allowed")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
