"""Templates compiled once per test process instead of once per app, of which there are thousands."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Remembered(BytecodeCache):
    """Keeps compiled templates in memory; a changed source has another checksum and is compiled anew."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._compiled.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = (bucket.checksum, bucket.code)


def remember_compiled() -> None:
    """Let every app of this process share what was compiled."""
    Flask.jinja_options = {"bytecode_cache": Remembered()}
