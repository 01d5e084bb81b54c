"""The page of the tables, and the pages of one table, one area and joined tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability import tables
from portal.availability.models import PLACE_NAME_LENGTH, DiningArea, DiningTable, TableGroup
from portal.availability.tables import HasBookings, InGroup, Layout, NameTaken, NotAlike
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.days import local_today
from portal.restaurant.forms import agrees_to, number_shown
from portal.restaurant.saving import SavedMeanwhile, Subject, Values
from portal.restaurant.seats import seats_left_out
from portal.restaurant.tables import deleted, kept_bookings, undo_check
from portal.restaurant.tables.added import ADDED, keep as keep_added
from portal.restaurant.tables.forms import AreaForm, GroupForm, NewTablesForm, TableForm
from portal.restaurant.tables.subjects import AREA, GROUP, TABLE, columns
from portal.restaurant.views import after_save, bp
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only
from portal.widgets.public.forms import plain


class _Kind(NamedTuple):
    """One of the things that people sit at: its card, its row and its form."""

    about: Subject
    model: Any
    form: Any
    called: str


_KINDS = {
    "table": _Kind(TABLE, DiningTable, TableForm, "Table"),
    "area": _Kind(AREA, DiningArea, AreaForm, "Area"),
    "group": _Kind(GROUP, TableGroup, GroupForm, "Joined tables"),
}


for _of in _KINDS.values():
    saving.look_before_undo(_of.about, partial(undo_check.look, _of.model, _of.form))
    saving.look_before_undo(deleted.SUBJECTS[_of.about.kind], partial(undo_check.look_at_deleted, _of.form))


@bp.get("/tables")
@managers_only
def tables_page() -> ResponseReturnValue:
    return _overview(current_venue())


@bp.post("/tables/add")
@managers_only
def add_tables() -> ResponseReturnValue:
    """Add several tables alike; none where one of the names is taken."""
    venue = current_venue()
    form = NewTablesForm()
    saving.hold(venue)
    before = tables.layout(venue)
    form.use(before)
    if not form.validate_on_submit():
        return _overview(venue, new_tables=form), 422
    names = form.names()
    # The last has the most digits.
    if len(names[-1]) > PLACE_NAME_LENGTH:
        form.first_name.errors = (f"Name of the first table must be shorter: {names[-1]} is too long",)
        return _overview(venue, new_tables=form), 422
    area_id = form.in_area.data or None
    if new_area := plain(form.new_area):
        try:
            area_id = tables.add(venue, DiningArea, {"name": new_area}).id
        except NameTaken:
            db.session.rollback()
            form.new_area.errors = (f"{new_area} is there already. Choose it under “Area”",)
            return _overview(venue, new_tables=form), 422
    added = []
    for name in names:
        values = {"name": name, "seats": form.seats_each.data, "area_id": area_id}
        try:
            added.append(tables.add(venue, DiningTable, values).id)
        except NameTaken:
            db.session.rollback()
            form.first_name.errors = (f"{name} is there already. Choose another name for the first",)
            return _overview(venue, new_tables=form), 422
    what = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    areas = sorted(area.id for area in before.areas)
    saved = keep_added(venue, areas, min(added), what, current_staff().id)
    db.session.commit()
    flash(f"Added {what}.", "ok")
    return after_save(ADDED, saved)


def new_place(kind: str) -> ResponseReturnValue:
    """Add an area or joined tables."""
    venue, of = current_venue(), _KINDS[kind]
    form = of.form(data={"online": True})
    if request.method == "POST":
        saving.hold(venue)
    layout = tables.layout(venue)
    form.use(layout)
    if "join" in request.form:
        return _place_page(venue, kind, form, None, suggested=form.suggest(layout, request.form["suggested"]))
    if request.method == "GET":
        return _place_page(venue, kind, form, None)
    if not form.validate_on_submit():
        return _place_page(venue, kind, form, None), 422
    try:
        row = tables.add(venue, of.model, columns(form.values()))
    except NameTaken:
        db.session.rollback()
        form.name.errors = [_taken(form.name.data)]
        return _place_page(venue, kind, form, None), 422
    name = row.name
    db.session.commit()
    flash(f"Added {name}.", "ok")
    return redirect(url_for("restaurant.tables_page"), 303)


def place(kind: str, row_id: int) -> ResponseReturnValue:
    """Show and save one table, area or group."""
    venue, of = current_venue(), _KINDS[kind]
    if request.method == "POST":
        saving.hold(venue)
    row = of.model.get_for(venue.id, row_id)
    form = (
        of.form() if request.method == "POST" else of.form(formdata=None, data=of.about.read(venue, row_id))
    )
    form.use(tables.layout(venue))
    if request.method == "GET":
        return _place_page(venue, kind, form, row)
    if not form.validate_on_submit():
        return _place_page(venue, kind, form, row), 422
    values = form.values()
    found = kept_bookings.of_change(venue, row, values, clock.utc_now())
    if found and not agrees_to(found.mark):
        return _place_page(venue, kind, form, row, found=found), 409
    try:
        saved = _save(venue, of, values, row_id)
    except SavedMeanwhile as error:
        merged = of.form(formdata=None, data=error.other.merged)
        merged.use(tables.layout(venue))
        return _place_page(venue, kind, merged, row, other_save=error.other), 409
    except NameTaken:
        form.name.errors = [_taken(form.name.data)]
        return _place_page(venue, kind, form, row), 422
    return after_save(of.about, saved, row_id)


def move_place(kind: str, row_id: int, word: str) -> ResponseReturnValue:
    """Move a table, an area or a group by one, and say where it is now."""
    venue = current_venue()
    saving.hold(venue)
    tables.move(venue, _KINDS[kind].model.get_for(venue.id, row_id), -1 if word == "up" else 1)
    db.session.commit()
    # The button has the focus again, on a page that came anew as well.
    row = f"{kind}-{row_id}"
    return redirect(url_for("restaurant.tables_page", moved=row, _anchor=f"{row}-{word}"), 303)


def order_place(kind: str, row_id: int) -> ResponseReturnValue:
    """Put a table, an area or a group where it was dragged: before another one, or last.

    A table can be dragged into another area, which the form names.
    """
    venue = current_venue()
    saving.hold(venue)
    row = _KINDS[kind].model.get_for(venue.id, row_id)
    before = request.form["before"]
    try:
        if kind == "table" and "area" in request.form:
            _move_to_area(venue, row, request.form["area"])
        tables.put_before(venue, row, int(before) if before else None)
    except (NotAlike, NotHere, ValueError):
        db.session.rollback()
        flash(
            "Nothing was moved, because the tables have changed meanwhile. These are the tables now.", "warn"
        )
    else:
        db.session.commit()
    return redirect(url_for("restaurant.tables_page", _anchor=f"{kind}-{row_id}"), 303)


def _move_to_area(venue: Venue, table: DiningTable, area: str) -> None:
    """Put a table into the area with this number, "" for none. Raises NotHere and ValueError."""
    area_id = DiningArea.get_for(venue.id, int(area)).id if area else None
    was = TABLE.read(venue, table.id)
    if area_id == table.area_id:
        return
    tables.change(venue, table, {"area_id": area_id})
    saving.record(venue, TABLE, was, was | {"area_id": area_id}, current_staff().id, table.id)


def delete_place(kind: str, row_id: int) -> ResponseReturnValue:
    """Say what deleting a table, an area or joined tables does, and do it."""
    venue = current_venue()
    if request.method == "POST":
        saving.hold(venue)
    row = _KINDS[kind].model.get_for(venue.id, row_id)
    name = row.name
    try:
        if kind == "table":
            tables.look_before_delete(venue, row)
        if request.method == "GET":
            return _question_page(venue, kind, row)
        saved = deleted.keep(venue, kind, row, current_staff().id)
        if kind == "table":
            tables.delete_table(venue, row)
        elif kind == "area":
            tables.delete_area(venue, row)
        else:
            db.session.delete(row)
    except InGroup as error:
        db.session.rollback()
        flash(f"{name} belongs to the joined tables {error}. Take it out of them first.", "warn")
        return redirect(url_for("restaurant.table", row_id=row_id), 303)
    except HasBookings:
        db.session.rollback()
        flash(
            f"{name} has been booked, so it cannot be deleted. Take it out of use instead.",
            "warn",
        )
        return redirect(url_for("restaurant.table", row_id=row_id), 303)
    db.session.commit()
    flash(f"Deleted {name}.", "ok")
    return after_save(deleted.SUBJECTS[kind], saved)


for _kind in _KINDS:
    _path = f"/tables/{_kind}/<int:row_id>"
    for _name, _view, _rest, _methods in (
        (_kind, place, "", ["GET", "POST"]),
        (f"move_{_kind}", move_place, "/<any(up, down):word>", ["POST"]),
        (f"order_{_kind}", order_place, "/order", ["POST"]),
        (f"delete_{_kind}", delete_place, "/delete", ["GET", "POST"]),
    ):
        bp.add_url_rule(_path + _rest, _name, managers_only(partial(_view, _kind)), methods=_methods)
for _kind in ("area", "group"):
    _view = managers_only(partial(new_place, _kind))
    bp.add_url_rule(f"/tables/{_kind}/new", f"new_{_kind}", _view, methods=["GET", "POST"])


def _question_page(venue: Venue, kind: str, row: Any) -> str:
    layout = tables.layout(venue)
    return render_template(
        "restaurant/tables/delete.html",
        kind=kind,
        row=row,
        tables=layout.of(row) if kind == "area" else [],
        joined=layout.named(row.table_ids) if kind == "group" else [],
    )


def _save(venue: Venue, of: _Kind, values: Values, row_id: int) -> Any:
    """Save a card. Raises SavedMeanwhile and, where the name is in use, NameTaken."""
    try:
        return saving.save(venue, of.about, values, number_shown(), current_staff().id, row_id)
    except saving.CannotUndo:
        db.session.rollback()
        raise NameTaken from None


def _taken(name: str | None) -> str:
    return f"“{(name or '').strip()}” is in use. Choose another name"


def _overview(venue: Venue, new_tables: NewTablesForm | None = None) -> str:
    layout = tables.layout(venue)
    if new_tables is None:
        # As the last ones: same area, and names that count on.
        last = max(layout.tables, key=lambda table: table.id, default=None)
        in_area = last.area_id or 0 if last else layout.areas[0].id if layout.areas else 0
        begun = {"first_name": _next_name(layout, last), "in_area": in_area}
        new_tables = NewTablesForm(formdata=None, data=begun)
        new_tables.use(layout)
    places = [*(table.largest or table.seats for table in layout.tables)]
    largest = max([*places, *(group.largest for group in layout.groups)], default=0)
    return render_template(
        "restaurant/tables/tables.html",
        layout=layout,
        today=local_today(venue),
        seats=sum(table.seats for table in layout.tables),
        largest=largest,
        new_tables=new_tables,
        page_form=new_tables if new_tables.errors else None,
        moved=_moved(layout),
        left_out=seats_left_out(venue, local_today(venue)),
        last_change=saving.last_change(venue, ADDED),
    )


def _moved(layout: Layout) -> str:
    """Say where the row that was moved right before this is now, "" where none was."""
    kind, _, number = request.args.get("moved", "").partition("-")
    of_kind: dict[str, Sequence[Any]]
    of_kind = {"table": layout.tables, "area": layout.areas, "group": layout.groups}
    rows = of_kind.get(kind, ())
    row = next((each for each in rows if str(each.id) == number), None)
    if row is None:
        return ""
    alike = [each.id for each in rows if kind != "table" or each.area_id == row.area_id]
    return f"{row.name} is number {alike.index(row.id) + 1} of {len(alike)} now"


def _next_name(layout: Layout, last: DiningTable | None) -> str:
    """Return the first name after those that begin as the last one's, "" where that ends without a number."""
    if last is None:
        return "T1"
    stem = last.name.rstrip("0123456789")
    width = len(last.name) - len(stem)
    if not width:
        return ""
    pattern = re.compile(re.escape(stem) + "([0-9]+)", re.IGNORECASE)
    names = [*(table.name for table in layout.tables), *(group.name for group in layout.groups)]
    named = [pattern.fullmatch(name) for name in names]
    return f"{stem}{max(int(match[1]) for match in named if match) + 1:0{width}d}"


def _place_page(venue: Venue, kind: str, form: Any, row: Any, **more: Any) -> str:
    row_id = row.id if row else 0
    number = saving.number_of(venue, kind, row_id) if row else 0
    if "other_save" in more:
        number = more["other_save"].number
    elif request.method == "POST":
        number = number_shown()
    return render_template(
        "restaurant/tables/place.html",
        kind=kind,
        called=_KINDS[kind].called,
        form=form,
        row=row,
        row_id=row_id,
        number=number,
        page_form=form if form.errors else None,
        **more,
    )
