"""The widget pages of the portal: all staff may switch an integration, managers may change the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in
from portal.widgets import curtain
from portal.widgets.models import IntegrationChoice, Opens, Widget
from portal.widgets.openings import log as openings
from portal.widgets.rules import NotUsable
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import (
    embedding,
    pages,
    preview,
    settings,
    values,
    versions,
    where_it_runs,
)
from portal.widgets.setup.forms import IntegrationForm, NewWidgetForm, WidgetForm
from portal.widgets.setup.settings import SavedMeanwhile

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
    widget = settings.create(current_venue(), form.cleaned_name(), staff_id=current_staff().id)
    flash(f"{widget.name} is added. Add the websites it can run on, then paste its code into them.")
    return redirect(url_for("widgets.edit", public_id=widget.public_id), 303)


@bp.get("/<public_id>")
@signed_in
def edit(public_id: str) -> ResponseReturnValue:
    widget = settings.find(current_venue(), public_id)
    return _edit(widget, WidgetForm.of(values.of(widget), widget.number))


@bp.post("/<public_id>")
@managers_only
def save(public_id: str) -> ResponseReturnValue:
    """Save, or show a preview of what is typed so far to browsers without JavaScript."""
    venue = current_venue()
    form = WidgetForm(settings.custom_domain(venue))
    fits = form.validate_on_submit()
    if "preview" in request.form:
        return _edit(settings.find(venue, public_id), form)
    if not fits:
        return _edit(settings.find(venue, public_id), form), 422
    try:
        changed = settings.save(venue, public_id, form.settings(), current_staff().id, form.version())
    except SavedMeanwhile as error:
        merged = WidgetForm.of(error.other.merged, error.other.number)
        return _edit(settings.find(venue, public_id), merged, other_save=error.other), 409
    _tell_saved(changed, is_floating=form.opens.data == Opens.FLOATING)
    return redirect(url_for("widgets.edit", public_id=public_id), 303)


@bp.post("/<public_id>/integration")
@signed_in
def set_integration(public_id: str) -> ResponseReturnValue:
    """Switch only the integration, which all staff may."""
    form = IntegrationForm()
    if not form.validate_on_submit():
        widget = settings.find(current_venue(), public_id)
        whole = WidgetForm.of(values.of(widget), widget.number)
        whole.integration.errors = form.integration.errors
        return _edit(widget, whole), 422
    choice = IntegrationChoice(form.integration.data)
    changed = settings.set_integration(current_venue(), public_id, choice, current_staff().id)
    _tell_saved(changed)
    return redirect(url_for("widgets.edit", public_id=public_id), 303)


@bp.get("/<public_id>/versions", endpoint="versions")
@signed_in
def earlier_versions(public_id: str) -> ResponseReturnValue:
    widget = settings.find(current_venue(), public_id)
    page = versions.page(widget, request.args.get("below", type=int))
    may_change = current_staff().is_manager
    return render_template("widgets/setup/versions.html", widget=widget, page=page, may_change=may_change)


@bp.post("/<public_id>/versions/<int:number>/restore")
@managers_only
def restore(public_id: str, number: int) -> ResponseReturnValue:
    """Bring an earlier version back as a new one."""
    restored = settings.restore(current_venue(), public_id, number, current_staff().id)
    flash(f"Version {number} is restored. It shows on the website within ten seconds.")
    if restored.left_out:
        flash(f"Left out, because it can no longer be used: {', '.join(restored.left_out)}.", "warn")
    return redirect(url_for("widgets.edit", public_id=public_id), 303)


@bp.route("/<public_id>/delete", methods=["GET", "POST"])
@managers_only
def delete(public_id: str) -> ResponseReturnValue:
    """Ask before a widget goes, since no button brings it back."""
    if request.method == "GET":
        widget = settings.find(current_venue(), public_id)
        return render_template("widgets/setup/delete.html", widget=widget, sites=openings.sites_of(widget))
    name = settings.delete(current_venue(), public_id, current_staff().id)
    flash(f"{name} is deleted. Remove its code from your websites.")
    return redirect(url_for("widgets.overview"), 303)


@bp.post("/<public_id>/sites/allow")
@managers_only
def allow_site(public_id: str) -> ResponseReturnValue:
    """Add a website on which the widget was opened to its list."""
    allow = partial(settings.allow_site, staff_id=current_staff().id)
    return _settled(public_id, allow, "is allowed, and the widget opens there.")


@bp.post("/<public_id>/sites/ignore")
@managers_only
def ignore_site(public_id: str) -> ResponseReturnValue:
    """Stop showing a website on which the widget was opened."""
    return _settled(public_id, settings.ignore_site, "is ignored from now on.")


@bp.get("/used-by-spektrix")
@signed_in
def used_by_spektrix() -> ResponseReturnValue:
    """Answer the fragment that the Spektrix page loads, since it may not ask this room itself."""
    widgets = settings.spektrix_widgets(current_venue())
    return render_template(
        "widgets/setup/_used_by.html", lines=[where_it_runs.used_by(widget) for widget in widgets]
    )


@bp.app_context_processor
def _template_names() -> dict[str, object]:
    return {
        "widget_limits": lambda day, party_size: pages.limits(current_venue(), day, party_size),
        "curtain_words": _curtain_words,
    }


def _curtain_words(show_at: datetime, starts_at: datetime, ends_at: datetime) -> str:
    venue = current_venue()
    return curtain.words(curtain.show_of(venue, show_at), starts_at, ends_at, venue.timezone)


def _settled(public_id: str, settle: Callable[[Venue, str, str], Widget], fate: str) -> ResponseReturnValue:
    site = request.form.get("site", "")
    try:
        settle(current_venue(), public_id, site)
        flash(f"{site} {fate}")
    except NotUsable as error:
        flash(f"{error}.", "bad")
    return redirect(url_for("widgets.edit", public_id=public_id, _anchor="where"), 303)


def _tell_saved(changed: list[str], *, is_floating: bool = False) -> None:
    if not changed:
        flash("No changes to save.", "info")
        return
    flash("Changes saved. They show on the website within ten seconds.")
    if "opens" in changed:
        flash("How it opens is part of the code, so paste the code again on your websites.", "warn")
    elif is_floating and "color" in changed:
        flash("The colour of a floating button is part of the code, so paste the code again.", "warn")


def _list(form: NewWidgetForm) -> str:
    return render_template(
        "widgets/setup/list.html",
        rows=pages.rows(current_venue()),
        booking_page=pages.booking_page(current_venue()),
        form=form,
        may_change=current_staff().is_manager,
    )


def _edit(widget: Widget, form: WidgetForm, **more: Any) -> str:
    """Return the settings page, which alone may hold a frame: that of its own preview."""
    g.frame_sources = "'self'"
    published = PublishedWidget(widget, current_venue())
    state = preview.state_of(request.values.get("state", ""))
    return render_template(
        "widgets/setup/edit.html",
        widget=widget,
        form=form,
        code=embedding.code_of(published),
        booking_page=pages.booking_page(current_venue(), widget),
        online_limits=pages.online_limits(current_venue()),
        badge=pages.badge(current_venue()),
        contrast=pages.contrast(form, widget),
        states=preview.STATES,
        state=state,
        preview_query=pages.preview_query(form, state),
        lines=where_it_runs.lines_of(published),
        elsewhere=openings.on_other_pages(widget),
        may_change=current_staff().is_manager,
        shown=pages.labels_and_values(widget),
        **more,
    )
