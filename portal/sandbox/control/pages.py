"""Pages for people: what the sandbox holds, what was asked of it, and how to make it behave badly."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for

from portal.sandbox.api.calls import state
from portal.sandbox.api.replies import html
from portal.sandbox.control import page_fields
from portal.sandbox.control.views import attribute_from
from portal.sandbox.world import faults
from portal.sandbox.world.attributes import TYPES, Attribute
from portal.sandbox.world.field_checks import NotAccepted

bp = Blueprint("pages", __name__, url_prefix="/_sandbox")

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
ENTRIES_SHOWN = 200
DONE = {
    "fault-on": "The fault is on.",
    "fault-off": "The fault is off.",
    "all-off": "All faults are off.",
    "options": "The options are saved.",
    "attribute": "The attribute is saved.",
    "attribute-off": "The attribute is no longer defined.",
    "log": "The log is empty.",
    "reset": "Everything is as it was at the start.",
}


@bp.before_request
def refuse_other_sites() -> None:
    """Let no other site's form change the sandbox."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


@bp.after_request
def add_policy(response: Response) -> Response:
    """Allow our own stylesheet and forms, nothing else."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@bp.get("/")
def index() -> Response:
    """Show where everything is."""
    host = urlsplit(f"//{request.host}").hostname
    return _page(
        "index.html",
        theatre_url=f"http://{host}:{current_app.config['THEATRE_PORT']}/",
        faults_on=len(state().faults.all()),
        live_baskets=sum(1 for each in state().baskets if state().live_basket(each)),
    )


@bp.get("/customers")
def customers() -> Response:
    """List the customers."""
    return _page(
        "customers.html", customers=list(state().customers.values()), keyed=state().keyed_attributes()
    )


@bp.get("/customers/<customer_id>")
def customer(customer_id: str) -> Response:
    """Show one customer: every attribute, and the writes received."""
    with state().lock:
        found = state().customers.get(customer_id) or abort(404)
        return _page("customer.html", customer=found, keyed=state().keyed_attributes())


@bp.get("/requests")
def requests_so_far() -> Response:
    """Show the log, newest first."""
    with state().lock:
        newest_first = list(state().requests)[::-1]
    return _page("requests.html", entries=newest_first[:ENTRIES_SHOWN])


@bp.post("/requests/clear")
def forget_requests() -> Response:
    """Empty the log."""
    with state().lock:
        state().requests.clear()
    return _done("pages.requests_so_far", "log")


@bp.post("/reset")
def reset() -> Response:
    """Go back to the seeds."""
    with state().lock:
        state().reset()
        state().save()
    return _done("pages.index", "reset")


@bp.get("/behave-badly")
def behave_badly() -> Response:
    """Show the faults that are on, and forms for faults, attributes and options."""
    return _behave_badly()


@bp.post("/behave-badly/faults")
def add_fault() -> Response:
    """Switch a fault on."""
    try:
        with state().lock:
            state().faults.add(page_fields.fault_from(request.form))
    except NotAccepted as error:
        return _behave_badly("fault", str(error))
    return _done("pages.behave_badly", "fault-on")


@bp.post("/behave-badly/faults/clear")
def clear_faults() -> Response:
    """Switch one fault off, or all."""
    fault_id = request.form.get("id", type=int)
    with state().lock:
        if fault_id is None:
            state().faults.clear()
            return _done("pages.behave_badly", "all-off")
        state().faults.remove(fault_id)
    return _done("pages.behave_badly", "fault-off")


@bp.post("/behave-badly/options")
def change_options() -> Response:
    """Change the options of one form."""
    try:
        with state().lock:
            state().options = state().options.changed(page_fields.options_from(request.form))
    except NotAccepted as error:
        return _behave_badly("options", str(error))
    return _done("pages.behave_badly", "options")


@bp.post("/behave-badly/attributes")
def change_attribute() -> Response:
    """Define, rename or remove an attribute; `old_name` is empty for a new one."""
    old_name = request.form.get("old_name", "")
    try:
        with state().lock:
            if "remove" in request.form:
                state().define_attributes([each for each in state().attributes if each.name != old_name])
                return _done("pages.behave_badly", "attribute-off")
            _save_attribute(old_name, attribute_from(page_fields.attribute_from_form(request.form)))
    except NotAccepted as error:
        return _behave_badly("attributes", str(error))
    return _done("pages.behave_badly", "attribute")


def _save_attribute(old_name: str, attribute: Attribute) -> None:
    if old_name:
        state().rename_attribute(old_name, attribute)
    else:
        state().define_attributes([*state().attributes, attribute])


def _behave_badly(wrong_form: str = "", error: str = "") -> Response:
    shared = state()
    return _page(
        "behave_badly.html",
        status=422 if error else 200,
        error=error,
        wrong_form=wrong_form,
        typed=request.form if error else {},
        faults_on=shared.faults.all(),
        calls={"*": "Every call"} | {call: call for call in faults.CALLS},
        kinds=page_fields.KINDS,
        shapes=page_fields.SHAPES,
        types={name: name for name in TYPES},
        attributes=[(each.attribute, each.key) for each in shared.keyed_attributes()],
        option_fields=[(field, page_fields.as_typed(shared.options, field)) for field in page_fields.OPTIONS],
    )


def _page(template: str, status: int = 200, **values: object) -> Response:
    done = DONE.get(request.args.get("done", ""))
    return html(status, render_template(f"sandbox/{template}", done=done, **values))


def _done(endpoint: str, done: str) -> Response:
    state().save()
    response: Response = redirect(url_for(endpoint, done=done), 303)  # type: ignore[assignment]
    return response
