"""Check that the lock files say what pyproject.toml asks for. Run inside the environment; needs no network.

A newer release somewhere is no reason to fail: the pins must only satisfy what is declared, carry hashes, and
be the same in both files.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)", re.MULTILINE)


def read_lock(text: str) -> dict[str, tuple[str, int]]:
    """Return (version, number of hashes) by canonical package name."""
    return {
        canonicalize_name(entry["name"]): (entry["version"], entry["rest"].count("--hash=sha256:"))
        for entry in ENTRY.finditer(text)
    }


def faults(lock: dict[str, tuple[str, int]], declared: Iterable[str]) -> list[str]:
    """Return a sentence for every declared requirement that is not met, and for every pin without a hash."""
    found = [f"{name}=={version} has no hash" for name, (version, hashes) in lock.items() if not hashes]
    for requirement in map(Requirement, declared):
        version, _ = lock.get(canonicalize_name(requirement.name), ("", 0))
        if not version:
            found.append(f"{requirement} is declared and not locked")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement} is declared, {version} is locked")
    return found


def differences(runtime: dict[str, tuple[str, int]], development: dict[str, tuple[str, int]]) -> list[str]:
    """Return a sentence for every runtime pin that the development lock does not repeat."""
    return [
        f"{name} is {version} in requirements.txt, {development.get(name, ('absent', 0))[0]} in the other"
        for name, (version, _) in runtime.items()
        if development.get(name, ("", 0))[0] != version
    ]


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed, tools = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    runtime = read_lock((ROOT / "requirements.txt").read_text())
    development = read_lock((ROOT / "requirements-dev.txt").read_text())
    found = faults(runtime, needed) + faults(development, needed + tools) + differences(runtime, development)
    for fault in found:
        print(f"Lock: {fault}")
    print(f"Lock: {len(runtime)} runtime and {len(development)} development pins, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
