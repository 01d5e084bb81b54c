"""Tables of many small cases as one test, which goes through all of them and names each that fails."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest

Test = Callable[..., None]


def each_row(names: str, rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Run a test for each row of a table, as `pytest.mark.parametrize` would, within one test.

    For rows that leave nothing behind for the next one, since all share the test's fixtures. Two tables, one
    above the other, make every pair.
    """
    columns = [name.strip() for name in names.split(",")]
    # A generator would be used up by the first of several runs.
    table = [_values(row, len(columns)) for row in rows]
    assert table, "a table without rows tests nothing"

    def decorate(test: Test) -> Test:
        @wraps(test)
        def run(*args: Any, **fixtures: Any) -> None:
            failures = []
            for values in table:
                row = dict(zip(columns, values, strict=True))
                try:
                    test(*args, **fixtures, **row)
                except (Exception, pytest.fail.Exception) as failure:
                    failures.append(
                        f"{_named(row)}\n{type(failure).__name__}{_line(failure, test)}: {failure}"
                    )
            assert not failures, f"{len(failures)} of {len(table)} rows fail\n\n" + "\n\n".join(failures)

        signature = inspect.signature(test)
        kept = [one for name, one in signature.parameters.items() if name not in columns]
        run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        run.rows = len(table) * getattr(test, "rows", 1)  # type: ignore[attr-defined]
        return run

    return decorate


def _values(row: Any, columns: int) -> tuple[Any, ...]:
    if isinstance(row, type(pytest.param())):
        return tuple(row.values)
    return tuple(row) if columns > 1 else (row,)


def _line(failure: BaseException, test: Test) -> str:
    frames = traceback.walk_tb(failure.__traceback__)
    return next((f" in line {line}" for frame, line in frames if frame.f_code is test.__code__), "")


def _named(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in row.items())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:100]}…{text[-100:]}"
