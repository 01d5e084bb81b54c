"""Finding guests by what somebody typed: words of a name in any order, an email address or a phone number.

What fits best comes first, in stages. Each is a range of an index that is sorted letter by letter, so that
the answer takes as long with a million guests as with ten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import phonenumbers
from sqlalchemy import Integer, Select, bindparam, delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import lazyload

from portal.extensions import db
from portal.guests import names, rules
from portal.guests.models import Guest, GuestWord, words_of
from portal.guests.search_words import LEAST_DIGITS, MOST_DIGITS, Kind, digits, without_zeros
from portal.scoping import LARGEST_ID
from portal.venues.models import Venue

_GUESTS, _WORDS = Guest.__table__.c, GuestWord.__table__.c
_WORDS_KEY = (_WORDS.word, _WORDS.guest_id, _WORDS.venue_id)
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
    last = _of_venue(venue, after) if after is not None else None
    if last is not None and (best := _best(stages, [last]).get(last)):
        first, place = best[0], (best[1], last)
    ids: list[int] = []
    partly = False
    for number, stage in list(enumerate(stages))[first:]:
        for _ in range(_MOST_ROUNDS):
            rows = _rows(venue.id, stage, place, most + 1)
            best_of = _best(stages, [row.guest_id for row in rows])
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


def _of_venue(venue: Venue, guest_id: int) -> int | None:
    if not 0 < guest_id <= LARGEST_ID:
        return None
    return db.session.scalar(select(Guest.id).where(Guest.id == guest_id, Guest.venue_id == venue.id))


def hint(venue: Venue, typed: str, fits: Found) -> str:
    """Return what a search could not do, in a sentence; "" where it looked at all there is."""
    if not names.fold(typed):
        return "This search has no letters and no digits. Type a name, an email address or a number."
    if fits.partly:
        return "Too many names begin like this, so we did not look at all of them. Type more letters."
    waits = exists().where(Guest.venue_id == venue.id, ~Guest.is_searchable)
    if db.session.scalar(select(waits)):
        return "Guests from before the last update are still being added to the search. Try again in a while."
    return ""


def add_missing(most: int) -> int:
    """Make up to `most` guests searchable who were added by an earlier release. Returns how many there were.

    Few at a time, so that nobody who books meanwhile has to wait for long. It goes on where it stopped.
    """
    asked = select(Guest).where(~Guest.is_searchable).order_by(Guest.venue_id, Guest.id).limit(most)
    asked = asked.options(lazyload(Guest.link)).with_for_update(skip_locked=True, key_share=True)
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


@cache
def question(*, of_email: bool, goes_on: bool, others: int) -> Select[Any]:
    """Return the query for a stage: `goes_on` behind a word and guest, `others` words that it holds too.

    There are few of them, and each is made once, which takes longer than the database does.
    """
    word, guest_id, venue_id = (_GUESTS.email_key, _GUESTS.id, _GUESTS.venue_id) if of_email else _WORDS_KEY
    asked: Select[Any] = select(word.label("word"), guest_id.label("guest_id"))
    asked = asked.where(venue_id == bindparam("venue_id"))
    if not of_email:
        asked = asked.where(_WORDS.kind == bindparam("kind"))
    asked = asked.where(word >= bindparam("low"), word < bindparam("high")).order_by(word, guest_id)
    if goes_on:
        behind = tuple_(bindparam("last_word", type_=word.type), bindparam("last_id", type_=Integer()))
        asked = asked.where(tuple_(word, guest_id) > behind)
    if not others:
        return asked.limit(bindparam("most", type_=Integer()))
    near = asked.limit(bindparam("most_read", type_=Integer())).subquery()
    holds = [near.c.word.contains(bindparam(f"other{number}")) for number in range(others)]
    return (
        select(near)
        .where(*holds)
        .order_by(near.c.word, near.c.guest_id)
        .limit(bindparam("most", type_=Integer()))
    )


def _rows(venue_id: int, stage: Stage, behind: tuple[str, int] | None, most: int) -> Sequence[Any]:
    """Return up to `most` rows of a stage, those behind a word and guest."""
    values: dict[str, Any] = {"venue_id": venue_id, "low": stage.low, "high": stage.high, "most": most}
    if stage.kind is not Kind.EMAIL:
        values["kind"] = stage.kind
    if behind is not None:
        values |= {"last_word": behind[0], "last_id": behind[1]}
    if stage.also:
        values |= {"most_read": MOST_READ} | {f"other{at}": each for at, each in enumerate(stage.also)}
    of_email = stage.kind is Kind.EMAIL
    asked = question(of_email=of_email, goes_on=behind is not None, others=len(stage.also))
    return db.session.connection().execute(asked, values).all()


def _goes_on(venue_id: int, stage: Stage) -> bool:
    """Tell whether a range is longer than it is read."""
    values = {"venue_id": venue_id, "kind": stage.kind, "low": stage.low, "high": stage.high}
    behind = db.session.connection().execute(_BEHIND, values | {"most": 1, "most_read": MOST_READ})
    return behind.first() is not None


# The row behind those that are read, so that none of them has to be fetched.
_BEHIND = question(of_email=False, goes_on=False, others=0).offset(bindparam("most_read", type_=Integer()))


_OF_GUESTS = select(_WORDS.guest_id, _WORDS.kind, _WORDS.word).where(
    _WORDS.guest_id.in_(bindparam("ids", expanding=True))
)
_EMAILS = select(_GUESTS.id, _GUESTS.email_key).where(
    _GUESTS.id.in_(bindparam("ids", expanding=True)), _GUESTS.email_key.is_not(None)
)


def _best(stages: Sequence[Stage], guest_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return in which stage each guest counts, and by which word."""
    rows: list[tuple[int, int, str]] = []
    if guest_ids:
        run = db.session.connection().execute
        rows += [(guest_id, kind, word) for guest_id, kind, word in run(_OF_GUESTS, {"ids": guest_ids})]
        rows += [(guest_id, Kind.EMAIL, email) for guest_id, email in run(_EMAILS, {"ids": guest_ids})]
    best: dict[int, tuple[int, str]] = {}
    for guest_id, kind, word in rows:
        fits = (number for number, stage in enumerate(stages) if stage.holds(kind, word))
        if (number := next(fits, None)) is not None:
            best[guest_id] = min(best.get(guest_id, (number, word)), (number, word))
    return best
