"""The widgets as the venue's people see them; managers change them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in
from portal.widgets import openings, settings, where
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.rules import NotUsable
from portal.widgets.service import Published
from portal.widgets.settings import Settings
from portal.widgets.settings_forms import NewWidgetForm, WidgetForm

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
    widget = settings.create(current_venue(), form.cleaned_name())
    flash(f"{widget.name} is there. Add the websites it can run on, then paste its code into them.")
    return redirect(url_for("widgets.edit", public_id=widget.public_id), 303)


@bp.get("/<public_id>")
@signed_in
def edit(public_id: str) -> ResponseReturnValue:
    widget = settings.find(current_venue(), public_id)
    return _edit(widget, WidgetForm.of(widget))


@bp.post("/<public_id>")
@managers_only
def save(public_id: str) -> ResponseReturnValue:
    form = WidgetForm()
    if not form.validate_on_submit():
        return _edit(settings.find(current_venue(), public_id), form), 422
    settings.save(current_venue(), public_id, _settings(form))
    flash("Changes saved. They show on the website within ten seconds.")
    return redirect(url_for("widgets.edit", public_id=public_id), 303)


@bp.post("/<public_id>/sites/allow")
@managers_only
def allow_site(public_id: str) -> ResponseReturnValue:
    """Put a website on which the widget was seen on its list."""
    site = request.form.get("site", "")
    return _settled(public_id, settings.allow_site, site, "is allowed, and the widget opens there.")


@bp.post("/<public_id>/sites/ignore")
@managers_only
def ignore_site(public_id: str) -> ResponseReturnValue:
    """Say no more of a website on which the widget was seen."""
    return _settled(public_id, settings.ignore_site, request.form.get("site", ""), "is ignored from now on.")


@bp.get("/used-by-spektrix")
@signed_in
def used_by_spektrix() -> ResponseReturnValue:
    """Answer the fragment that the Spektrix page loads, since it may not ask this room itself (R35)."""
    widgets = settings.spektrix_widgets(current_venue())
    return render_template("widgets/_used_by.html", lines=[where.used_by(widget) for widget in widgets])


def _settled(
    public_id: str, settle: Callable[[Venue, str, str], Widget], site: str, fate: str
) -> ResponseReturnValue:
    try:
        settle(current_venue(), public_id, site)
        flash(f"{site} {fate}")
    except NotUsable as error:
        flash(f"{error}.", "bad")
    return redirect(url_for("widgets.edit", public_id=public_id, _anchor="where"), 303)


def _settings(form: WidgetForm) -> Settings:
    return Settings(
        name=form.cleaned_name(),
        integration=IntegrationChoice(form.integration.data),
        sites=form.cleaned_sites(),
        largest_party=form.largest_party.data,
        days_ahead=form.days_ahead.data,
    )


def _list(form: NewWidgetForm) -> str:
    widgets = settings.widgets_of(current_venue())
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
        lines=where.lines_of(Published(widget, current_venue())),
        elsewhere=openings.on_other_pages(widget),
        may_change=current_staff().is_manager,
    )
