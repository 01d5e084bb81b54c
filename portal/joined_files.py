"""Several files of static/ answered as one, under an address that names what is in it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import rjsmin
from flask import Response, request

_YEAR_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class ServedFile:
    """One script or style sheet as bytes, plain and gzipped."""

    plain: bytes
    packed: bytes

    @classmethod
    def of(cls, text: str) -> ServedFile:
        """Return a file of this text."""
        plain = text.encode()
        return cls(plain, gzip.compress(plain, 9, mtime=0))

    @property
    def digest(self) -> str:
        """Name the content, in 16 characters."""
        return hashlib.sha256(self.plain).hexdigest()[:16]


def joined(folder: Path, names: Iterable[str]) -> str:
    """Return the text of the files, one after another."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def script(folder: Path, names: Iterable[str]) -> str:
    """Return scripts as one, without the comments and spaces that no browser needs.

    A function around them keeps their names from every other script of the page.
    """
    return str(rjsmin.jsmin(f'(() => {{\n"use strict";\n{joined(folder, names)}\n}})();\n'))


def answer(file: ServedFile, digest: str, mimetype: str) -> Response:
    """Answer with a file; a page older than the last release gets what there is now, to keep briefly."""
    packs = request.accept_encodings.best_match(["gzip"])
    response = Response(file.packed if packs else file.plain, mimetype=mimetype)
    if packs:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    current = digest == file.digest
    response.cache_control.public = True
    response.cache_control.max_age = _YEAR_SECONDS if current else 60
    if current:
        response.cache_control["immutable"] = None
    return response
