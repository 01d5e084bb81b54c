"""Laying two spellings side by side with the fewest differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.spektrix import lookalikes

# What one difference costs. Two letters that people take for one another belong together rather than apart.
_ALIKE = 1.0
_SEPARATOR = 1.0
_SWAPPED = 1.1
_LETTER = 1.2
_REPLACED = 1.5


@dataclass(frozen=True)
class Step:
    """One stretch of both texts: characters that belong together.

    `found` is empty where something is missing, `wanted` where something is too much. The places count
    characters as `letters_of` cuts them.
    """

    found: str
    wanted: str
    found_at: int
    wanted_at: int

    @property
    def same(self) -> bool:
        return self.found == self.wanted


def letters_of(text: str) -> list[str]:
    """Cut into characters as people see them: a separate accent stays with its letter."""
    letters: list[str] = []
    for character in text:
        if letters and lookalikes.is_accent(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def align(found: Sequence[str], wanted: Sequence[str]) -> list[Step]:
    """Pair up the characters of both texts at the least cost, in their order."""
    costs = _costs(found, wanted)
    steps = list(_walk_back(costs, found, wanted))
    return steps[::-1]


def _costs(found: Sequence[str], wanted: Sequence[str]) -> list[list[float]]:
    """For every beginning of both texts, the cost of making one from the other."""
    costs = [[0.0] * (len(wanted) + 1) for _ in range(len(found) + 1)]
    for row in range(len(found) + 1):
        for column in range(len(wanted) + 1):
            if row or column:
                costs[row][column] = min(cost for cost, _, _ in _ways(costs, found, wanted, row, column))
    return costs


def _walk_back(costs: list[list[float]], found: Sequence[str], wanted: Sequence[str]) -> Iterator[Step]:
    row, column = len(found), len(wanted)
    while row or column:
        _, rows, columns = min(_ways(costs, found, wanted, row, column))
        row, column = row - rows, column - columns
        yield Step("".join(found[row : row + rows]), "".join(wanted[column : column + columns]), row, column)


def _ways(
    costs: list[list[float]], found: Sequence[str], wanted: Sequence[str], row: int, column: int
) -> Iterator[tuple[float, int, int]]:
    """Every last step: its cost with all before it, and how many characters of each text it takes."""
    if row and column:
        yield costs[row - 1][column - 1] + _change(found[row - 1], wanted[column - 1]), 1, 1
    if row > 1 and column > 1 and _are_swapped(found[row - 2 : row], wanted[column - 2 : column]):
        yield costs[row - 2][column - 2] + _SWAPPED, 2, 2
    if row:
        yield costs[row - 1][column] + _alone(found[row - 1]), 1, 0
    if column:
        yield costs[row][column - 1] + _alone(wanted[column - 1]), 0, 1


def _are_swapped(found: Sequence[str], wanted: Sequence[str]) -> bool:
    return found[0] != found[1] and [_plain(each) for each in found] == [
        _plain(each) for each in wanted[::-1]
    ]


def _change(found: str, wanted: str) -> float:
    if found == wanted:
        return 0
    if _plain(found) == _plain(wanted) or (wanted == " " and not found.isalnum()):
        return _ALIKE
    return _REPLACED


def _alone(letter: str) -> float:
    return _LETTER if letter.isalnum() else _SEPARATOR


def _plain(letter: str) -> str:
    return lookalikes.skeleton(letter).casefold()
