"""A table in one test: every row is run, every failure named."""

import pytest

from tests.support.tables import each_row

LOOKED_AT = []


@each_row("number, word", [(1, "one"), pytest.param(2, "two", id="two"), (3, "drei"), (4, None), (5, "")])
def numbers(number, word):
    LOOKED_AT.append(number)
    if not word and number == 5:
        with pytest.raises(ZeroDivisionError):
            number / 5
    assert len(word) == 3, "three letters"


def test_all_rows_are_run_and_those_that_fail_are_named():
    with pytest.raises(AssertionError) as failed:
        numbers()
    assert LOOKED_AT == [1, 2, 3, 4, 5]
    said = str(failed.value)
    assert said.startswith("3 of 5 rows fail\n")
    assert "number=3, word='drei'\nAssertionError in line 16: three letters" in said
    assert "number=4, word=None\nTypeError in line 16: " in said
    assert "number=5, word=''\nFailed in line 14: DID NOT RAISE" in said
    assert "number=1" not in said


PAIRS = []


@each_row("left", "ab")
@each_row("right", [1, 2, 3])
def test_two_tables_make_every_pair_and_fixtures_are_shared(left, right, tmp_path):
    assert tmp_path.is_dir()
    PAIRS.append((left, right))
    assert len(PAIRS) == len(set(PAIRS))


def test_every_pair_was_there():
    test_two = test_two_tables_make_every_pair_and_fixtures_are_shared
    assert test_two.rows == 6


def test_table_without_rows_is_a_mistake():
    with pytest.raises(AssertionError, match="without rows"):
        each_row("number", [])
