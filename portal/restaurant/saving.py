"""Saving one card of the settings: two managers at once never undo each other unawares, and Undo.

Whoever saves holds the venue until the commit, and says on which save the form was filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.restaurant.models import SettingSave
from portal.scoping import NotHere
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue

Values = dict[str, Any]

# How long a page goes on to offer Undo for what was last changed on it.
_UNDONE_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Subject:
    """What one card holds and saves as a whole.

    Args:
        kind: its short name, which is also the card's id on its page.
        title: what the card is called.
        labels: what each field is called, in the card's order; a save has all of them.
        read: return the values as they are now, plain JSON. Raises NotHere for a row that has gone.
        write: set the values that are named, and does not commit. Raises CannotUndo where an earlier
            value can no longer be. What Undo looks at before stands apart (`look_before_undo`).
        text: return the value of a field as a person reads it.
        endpoint: the page that it stands on, which takes `row_id` where there are several rows.
        is_card: whether a card shows it, which says "Saved"; else the page says it at its top.
    """

    kind: str
    title: str
    labels: Mapping[str, str]
    read: Callable[[Venue, int], Values]
    write: Callable[[Venue, int, Values], None]
    text: Callable[[str, Any], str]
    endpoint: str
    is_card: bool = True


class Labelled(NamedTuple):
    """A field as its reader knows it."""

    label: str
    value: str


@dataclass(frozen=True)
class OtherSave:
    """What somebody else saved while a form was open.

    Args:
        saved_by: who saved last.
        kind: the card's subject.
        title: the card.
        changed: the labels of what they changed, as Phone number, Website.
        both: each field that both of us changed, to different values.
        merged: their values with what I changed, for the form to go on with.
        number: the save that is in force now.
    """

    saved_by: str
    kind: str
    title: str
    changed: str
    both: list[Labelled]
    merged: Values
    number: int


class SavedMeanwhile(Exception):
    """Somebody else saved the card after the form was loaded; nothing was changed."""

    def __init__(self, other: OtherSave) -> None:
        self.other = other
        super().__init__("saved meanwhile")


class CannotUndo(Exception):
    """The save can no longer be undone; the message says why, in a sentence."""


class RowGone(CannotUndo):
    """What the save was of has been deleted since."""


Look = Callable[[Venue, int, Values, Values], None]
_subjects: dict[str, Subject] = {}
_looks: dict[str, Look] = {}


def subject(new: Subject) -> Subject:
    """Make a subject known to Undo, and return it."""
    _subjects[new.kind] = new
    return new


def look_before_undo(about: Subject, look: Look) -> None:
    """Let Undo ask whether a card can be what it was, all of it together.

    `look` is called with the venue, the row, the values as they are and as they would be. Raises CannotUndo.
    """
    _looks[about.kind] = look


def find(venue: Venue, save_id: int) -> tuple[Subject, int]:
    """Return what a save was of: the subject and its row. Raises NotHere."""
    found = SettingSave.get_for(venue.id, save_id)
    return _subjects[found.kind], found.row_id


def number_of(venue: Venue, kind: str, row_id: int = 0) -> int:
    """Return the number of a card's last save, for its form to carry; 0 before the first."""
    newest = select(func.max(SettingSave.number)).where(
        SettingSave.venue_id == venue.id, SettingSave.kind == kind, SettingSave.row_id == row_id
    )
    return db.session.scalar(newest) or 0


def hold(venue: Venue) -> None:
    """Let others who save settings of the venue wait for this transaction; what was read is read anew."""
    # Weaker than a plain FOR UPDATE, which every new row that names the venue would have to wait for.
    db.session.execute(select(Venue.id).where(Venue.id == venue.id).with_for_update(key_share=True))
    db.session.expire_all()


def save(
    venue: Venue, about: Subject, values: Values, number: int, staff_id: int | None, row_id: int = 0
) -> SettingSave | None:
    """Save a card and return the save, None where nothing differs.

    Args:
        venue: whose settings they are.
        about: the card.
        values: all its fields, as they are to be.
        number: the save that the form was filled in on.
        staff_id: who saves.
        row_id: the row that the card shows, where there are several.

    Raises:
        NotHere: the row has gone.
        SavedMeanwhile: somebody else saved the card since.
    """
    saves = save_together(venue, [Filled(about, values, number, row_id)], staff_id)
    return saves[0] if saves else None


class Filled(NamedTuple):
    """A card as somebody filled it in: all its fields, and the save that its form was filled in on."""

    about: Subject
    values: Values
    number: int
    row_id: int = 0


def save_together(venue: Venue, cards: Iterable[Filled], staff_id: int | None) -> list[SettingSave]:
    """Save several cards at once, or none of them, and return the saves of those that differ.

    Raises NotHere, and SavedMeanwhile for the first card that somebody else saved since.
    """
    hold(venue)
    saves = []
    for about, values, number, row_id in cards:
        now = about.read(venue, row_id)
        if number != number_of(venue, about.kind, row_id):
            other = _other_save(venue, about, values, now, number, row_id)
            db.session.rollback()
            raise SavedMeanwhile(other)
        if changed := _changed(about, now, values):
            about.write(venue, row_id, {name: values[name] for name in changed})
            saves.append(record(venue, about, now, values, staff_id, row_id))
    if saves:
        db.session.commit()
    else:
        db.session.rollback()
    return saves


def is_untouched(venue: Venue, filled: Filled) -> bool:
    """Tell whether a card is as its form began, so that there is nothing of it to save."""
    about, values, number, row_id = filled
    return not _changed(about, _began_with(venue, about, number, row_id), values)


def record(
    venue: Venue, about: Subject, before: Values, after: Values, staff_id: int | None, row_id: int = 0
) -> SettingSave:
    """Add what a card changed to the saves and to the history; does not commit."""
    detail = f"{about.title}: {_labels_text(about, _changed(about, before, after))}"
    audit.record(venue.id, staff_id, Action.RESTAURANT_CHANGED, detail)
    return count(venue, about, before, after, staff_id, row_id)


def count(
    venue: Venue, about: Subject, before: Values, after: Values, staff_id: int | None, row_id: int = 0
) -> SettingSave:
    """Add what changed to the saves alone, for a change whose history says it in its own words.

    Does not commit.
    """
    changed = _changed(about, before, after)
    saved = SettingSave(
        venue_id=venue.id,
        kind=about.kind,
        row_id=row_id,
        number=number_of(venue, about.kind, row_id) + 1,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        saved_by_id=staff_id,
        saved_at=clock.utc_now(),
    )
    db.session.add(saved)
    return saved


def last_change(venue: Venue, about: Subject) -> SettingSave | None:
    """Return the newest save of a page as long as it can be undone: made within a day, and in force."""
    wanted = select(SettingSave).where(SettingSave.venue_id == venue.id, SettingSave.kind == about.kind)
    found = db.session.scalar(wanted.order_by(SettingSave.id.desc()).limit(1))
    if found is None or found.undone_of or clock.utc_now() - found.saved_at > _UNDONE_WITHIN:
        return None
    now = about.read(venue, found.row_id)
    return found if all(now[name] == value for name, value in found.after.items()) else None


def undo(venue: Venue, save_id: int, staff_id: int | None) -> SettingSave:
    """Set back what a save changed, as a save of its own, and return that.

    Raises:
        NotHere: no such save.
        RowGone: its row has gone.
        CannotUndo: it was changed again since, or can no longer be.
    """
    hold(venue)
    undone = SettingSave.get_for(venue.id, save_id)
    about = _subjects[undone.kind]
    try:
        now = about.read(venue, undone.row_id)
        _set_back(venue, about, undone, now)
    except NotHere:
        db.session.rollback()
        raise RowGone("It has been deleted since, so nothing was undone.") from None
    except CannotUndo:
        db.session.rollback()
        raise
    back = record(venue, about, now, now | undone.before, staff_id, undone.row_id)
    back.undone_of = undone.id
    db.session.commit()
    return back


def _set_back(venue: Venue, about: Subject, undone: SettingSave, now: Values) -> None:
    if any(now[name] != value for name, value in undone.after.items()):
        who = _saver(_since(venue, about.kind, undone.row_id, undone.number))
        raise CannotUndo(f"{who} has changed it since, so nothing was undone.")
    if look := _looks.get(about.kind):
        look(venue, undone.row_id, now, now | undone.before)
    about.write(venue, undone.row_id, undone.before)


def _changed(about: Subject, old: Values, new: Values) -> list[str]:
    return [name for name in about.labels if old[name] != new[name]]


def _labels_text(about: Subject, names: Iterable[str]) -> str:
    return ", ".join(about.labels[name] for name in names)


def _since(venue: Venue, kind: str, row_id: int, number: int) -> list[SettingSave]:
    """Return the saves after `number`, newest first."""
    return list(
        db.session.scalars(
            select(SettingSave)
            .where(
                SettingSave.venue_id == venue.id,
                SettingSave.kind == kind,
                SettingSave.row_id == row_id,
                SettingSave.number > number,
            )
            .order_by(SettingSave.number.desc())
        )
    )


def _saver(saves: list[SettingSave]) -> str:
    return saves[0].saved_by.name if saves and saves[0].saved_by else "Somebody"


def _began_with(venue: Venue, about: Subject, number: int, row_id: int) -> Values:
    """Return what a card was after the save with this number, going back from what it is now."""
    base = dict(about.read(venue, row_id))
    for each in _since(venue, about.kind, row_id, number):
        base |= each.before
    return base


def _other_save(
    venue: Venue, about: Subject, mine: Values, now: Values, number: int, row_id: int
) -> OtherSave:
    """Tell their changes from mine, by what my form began with."""
    saves = _since(venue, about.kind, row_id, number)
    base = _began_with(venue, about, number, row_id)
    theirs, ours = _changed(about, base, now), _changed(about, base, mine)
    both = [name for name in theirs if name in ours and mine[name] != now[name]]
    return OtherSave(
        saved_by=_saver(saves),
        kind=about.kind,
        title=about.title,
        changed=_labels_text(about, theirs),
        both=[Labelled(about.labels[name], about.text(name, now[name])) for name in both],
        merged=now | {name: mine[name] for name in ours},
        number=saves[0].number if saves else number_of(venue, about.kind, row_id),
    )
