"""The widgets as the venue's people see them; managers change them."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in
from portal.widgets import service
from portal.widgets.forms import NewWidgetForm, WidgetForm
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.service import Settings

bp = Blueprint("widgets", __name__, url_prefix="/widgets")


@bp.get("")
@signed_in
def overview() -> ResponseReturnValue:
    return _list(NewWidgetForm())


@bp.post("")
@managers_only
def create() -> ResponseReturnValue:
    form = NewWidgetForm()
    if not form.validate_on_submit():
        return _list(form), 422
    widget = service.create(current_venue(), form.cleaned_name())
    flash(f"{widget.name} is there. Add the websites it can run on, then paste its code into them.")
    return redirect(url_for("widgets.edit", public_id=widget.public_id), 303)


@bp.get("/<public_id>")
@signed_in
def edit(public_id: str) -> ResponseReturnValue:
    widget = service.find(current_venue(), public_id)
    return _edit(widget, WidgetForm.of(widget))


@bp.post("/<public_id>")
@managers_only
def save(public_id: str) -> ResponseReturnValue:
    form = WidgetForm()
    if not form.validate_on_submit():
        return _edit(service.find(current_venue(), public_id), form), 422
    service.save(current_venue(), public_id, _settings(form))
    flash("Changes saved. They show on the website within ten seconds.")
    return redirect(url_for("widgets.edit", public_id=public_id), 303)


@bp.get("/used-by-spektrix")
@signed_in
def used_by_spektrix() -> ResponseReturnValue:
    """Answer the fragment that the Spektrix page loads, since it may not ask this room itself (R35)."""
    return render_template("widgets/_used_by.html", widgets=service.spektrix_widgets(current_venue()))


def _settings(form: WidgetForm) -> Settings:
    return Settings(
        name=form.cleaned_name(),
        integration=IntegrationChoice(form.integration.data),
        sites=form.cleaned_sites(),
        largest_party=form.largest_party.data,
        days_ahead=form.days_ahead.data,
    )


def _list(form: NewWidgetForm) -> str:
    widgets = service.widgets_of(current_venue())
    return render_template(
        "widgets/list.html", widgets=widgets, form=form, may_change=current_staff().is_manager
    )


def _edit(widget: Widget, form: WidgetForm) -> str:
    portal_url = current_app.extensions["settings"].portal_url
    link = portal_url + url_for("public.pick", public_id=widget.public_id)
    snippet = render_template(
        "widgets/snippet.txt", public_id=widget.public_id, link=link, script=f"{portal_url}/embed.js"
    ).strip()
    return render_template(
        "widgets/edit.html",
        widget=widget,
        form=form,
        link=link,
        snippet=snippet,
        may_change=current_staff().is_manager,
    )
