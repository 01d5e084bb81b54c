"""Finding guests by what somebody typed: words of a name in any order, an email address or a phone number.

What fits best comes first, in stages. Each is a range of an index that is sorted letter by letter, so that
the answer takes as long with a million guests as with ten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, Select, delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import lazyload

from portal.extensions import db
from portal.guests import names, rules
from portal.guests.models import Guest, GuestWord, words_of
from portal.guests.search_words import LEAST_DIGITS, MOST_DIGITS, Kind, digits, without_zeros
from portal.scoping import LARGEST_ID
from portal.venues.models import Venue

# How far a range is read for names that hold the other words too. Whoever typed so little is told.
MOST_READ = 10_000
_MOST_ROUNDS = 20
_LAST_LETTER = chr(0x10FFFF)
# Sorts right behind a space: what is under it begins with the whole word.
_BEHIND_SPACE = "!"
_MOST_WORDS = 8
_A_NUMBER = re.compile(r"[\d\s+()./_-]+")
_TITLES = names.SUFFIXES | {
    *("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "rev"),
    *("herr", "frau", "mme", "mlle", "sig", "sr", "sra", "esq"),
}
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}


@dataclass(frozen=True)
class Stage:
    """A range of one kind of words, and of those the ones that hold `also`.

    Who fits two stages counts for the first.
    """

    kind: Kind
    low: str
    high: str
    also: tuple[str, ...] = ()

    def holds(self, kind: int, word: str) -> bool:
        return kind == self.kind and self.low <= word < self.high and all(each in word for each in self.also)


@dataclass(frozen=True)
class Found:
    """Guests, best first. `more`: others follow; `partly`: too many fit for all to have been looked at."""

    guest_ids: Sequence[int]
    more: bool = False
    partly: bool = False


def found(venue: Venue, typed: str, most: int, after: int | None = None) -> Found:
    """Return up to `most` guests of the venue who fit `typed`: the first, or those after a guest."""
    stages = stages_of(typed, venue.country)
    first, place = 0, None
    last = after if after is not None and 0 < after <= LARGEST_ID else None
    if last is not None and (best := _best(venue.id, stages, [last]).get(last)):
        first, place = best[0], (best[1], last)
    ids: list[int] = []
    partly = False
    for number, stage in list(enumerate(stages))[first:]:
        for _ in range(_MOST_ROUNDS):
            rows = db.session.execute(query(venue.id, stage, place, most + 1)).all()
            best_of = _best(venue.id, stages, [row.guest_id for row in rows])
            ids += [row.guest_id for row in rows if best_of.get(row.guest_id) == (number, row.word)]
            if len(rows) <= most or len(ids) > most:
                break
            place = (rows[-1].word, rows[-1].guest_id)
        else:
            partly = True
        if len(ids) > most:
            break
        partly = partly or (bool(stage.also) and _goes_on(venue.id, stage))
        place = None
    return Found(ids[:most], len(ids) > most, partly)


def hint(venue: Venue, typed: str, fits: Found) -> str:
    """Return what a search could not do, in a sentence; "" where it looked at all there is."""
    if not names.fold(typed):
        return "There is no letter and no digit in this search. Type a name, an email address or a number."
    if fits.partly:
        return "So many names begin like this that not all were looked at. Type more letters."
    waits = exists().where(Guest.venue_id == venue.id, ~Guest.is_searchable)
    if db.session.scalar(select(waits)):
        return "Guests from before the last update are still being added to the search. Try again in a while."
    return ""


def add_missing(most: int) -> int:
    """Make up to `most` guests searchable who were added by an earlier release. Returns how many there were.

    Few at a time, so that nobody who books meanwhile has to wait for long. It goes on where it stopped.
    """
    asked = select(Guest).where(~Guest.is_searchable).order_by(Guest.venue_id, Guest.id).limit(most)
    asked = asked.options(lazyload(Guest.link)).with_for_update(skip_locked=True)
    guests = db.session.scalars(asked).all()
    if not guests:
        db.session.rollback()
        return 0
    ids = [guest.id for guest in guests]
    rows = [row for guest in guests for row in words_of(guest)]
    _run(delete(GuestWord).where(GuestWord.guest_id.in_(ids)))
    if rows:
        db.session.execute(insert(GuestWord), rows)
    _run(update(Guest).where(Guest.id.in_(ids)).values(is_searchable=True))
    db.session.commit()
    db.session.expunge_all()
    return len(ids)


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})


def stages_of(typed: str, country: str) -> list[Stage]:
    """Return where to look, best first; nothing where there is no letter and no digit in what was typed."""
    readable = "".join(each for each in typed if each != "\0" and not "\ud800" <= each <= "\udfff")
    words = names.words(readable)[:_MOST_WORDS]
    if not words:
        return []
    if "@" in readable:
        return _email(readable)
    stages = _numbers(readable, country)
    stages += _name(words)
    stages += _email(readable)
    without = [word for word in words if word not in _TITLES]
    if without and without != words:
        stages += _name(without)
    for other in _other_spellings(readable, words):
        stages += [stage for word in [" ".join(other)] for stage in _begins(word)]
    return list(dict.fromkeys(stages))


def _name(words: list[str]) -> list[Stage]:
    """Whole words, then beginnings, then the same spaced otherwise, then the words in any order."""
    wanted, squeezed = " ".join(words), "".join(words)
    stages = [
        *(Stage(kind, wanted, wanted + _BEHIND_SPACE) for kind in (Kind.NAME, Kind.WITHIN)),
        *_begins(wanted),
        Stage(Kind.JOINED, squeezed, squeezed + _LAST_LETTER),
    ]
    for at, (one, next_one) in enumerate(pairwise(words)):
        stages += _begins(" ".join([*words[:at], one + next_one, *words[at + 2 :]]))
    if len(words) > 1:
        longest = max(words, key=len)
        others = words.copy()
        others.remove(longest)
        also = tuple(each if names.is_east_asian(each) else f" {each}" for each in others)
        stages += [Stage(kind, longest, longest + _LAST_LETTER, also) for kind in (Kind.NAME, Kind.WITHIN)]
    return stages


def _begins(wanted: str) -> list[Stage]:
    return [Stage(kind, wanted, wanted + _LAST_LETTER) for kind in (Kind.NAME, Kind.WITHIN)]


def _email(typed: str) -> list[Stage]:
    key = rules.email_key(typed)
    return [] if " " in key else [Stage(Kind.EMAIL, key, key + _LAST_LETTER)]


def _numbers(typed: str, country: str) -> list[Stage]:
    """A number in full however it is written, its first digits, or its last."""
    wanted = [without_zeros(digits(key)) for key in rules.phone_keys(typed, country)]
    dialled = digits(typed)
    if _A_NUMBER.fullmatch(typed) and LEAST_DIGITS <= len(without_zeros(dialled)) <= MOST_DIGITS:
        # Most countries leave out the first zero behind their code, and Italy does not.
        code = phonenumbers.country_code_for_region(country)
        wanted += [f"{code}{without_zeros(dialled)}", f"{code}{dialled}", without_zeros(dialled)]
    stages = [Stage(Kind.PHONE, each, each + _LAST_LETTER) for each in wanted]
    return stages + [Stage(Kind.PHONE_END, each[::-1], each[::-1] + _LAST_LETTER) for each in wanted]


def _other_spellings(typed: str, words: list[str]) -> list[list[str]]:
    """Return "Müller" as "Mueller" and the other way: both are heard as the same."""
    spelled = names.words("".join(_UMLAUTS.get(each, each) for each in typed.lower()))
    plain = [re.sub("aa", "a", re.sub("([aou])e", r"\1", word)) for word in words]
    return [other for other in (spelled, plain) if other != words]


def query(venue_id: int, stage: Stage, behind: tuple[str, int] | None, most: int) -> Select[Any]:
    """Return the query for up to `most` rows of a stage, those behind a word and guest."""
    word: Any = GuestWord.word
    guest_id: Any = GuestWord.guest_id
    of_kind: tuple[ColumnElement[bool], ...] = (GuestWord.venue_id == venue_id, GuestWord.kind == stage.kind)
    if stage.kind is Kind.EMAIL:
        word, guest_id, of_kind = Guest.email_key, Guest.id, (Guest.venue_id == venue_id,)
    asked: Select[Any] = select(word.label("word"), guest_id.label("guest_id"))
    asked = asked.where(*of_kind, word >= stage.low, word < stage.high).order_by(word, guest_id)
    if behind is not None:
        asked = asked.where(tuple_(word, guest_id) > behind)
    if not stage.also:
        return asked.limit(most)
    near = asked.limit(MOST_READ).subquery()
    holds = [near.c.word.contains(each, autoescape=True) for each in stage.also]
    return select(near).where(*holds).order_by(near.c.word, near.c.guest_id).limit(most)


def _goes_on(venue_id: int, stage: Stage) -> bool:
    """Tell whether a range is longer than it is read."""
    whole = Stage(stage.kind, stage.low, stage.high)
    asked = query(venue_id, whole, None, 1).offset(MOST_READ)
    return db.session.execute(asked).first() is not None


def _best(venue_id: int, stages: Sequence[Stage], guest_ids: list[int]) -> dict[int, tuple[int, str]]:
    """Return in which stage each guest counts, and by which word."""
    rows: list[tuple[int, int, str]] = []
    if guest_ids:
        words = select(GuestWord.guest_id, GuestWord.kind, GuestWord.word)
        asked = words.where(GuestWord.guest_id.in_(guest_ids), GuestWord.venue_id == venue_id)
        rows += [(row.guest_id, row.kind, row.word) for row in db.session.execute(asked)]
        emails = select(Guest.id, Guest.email_key).where(
            Guest.id.in_(guest_ids), Guest.venue_id == venue_id, Guest.email_key.is_not(None)
        )
        rows += [(row.id, Kind.EMAIL, row.email_key) for row in db.session.execute(emails)]
    best: dict[int, tuple[int, str]] = {}
    for guest_id, kind, word in rows:
        fits = (number for number, stage in enumerate(stages) if stage.holds(kind, word))
        if (number := next(fits, None)) is not None:
            best[guest_id] = min(best.get(guest_id, (number, word)), (number, word))
    return best
