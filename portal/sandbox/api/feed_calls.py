"""Catalogue feeds: unsigned, bare lists and objects, no paging (docs/spektrix.md section 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, request

from portal.sandbox.api import wire
from portal.sandbox.api.calls import FEED, spektrix_call, state
from portal.sandbox.api.replies import Refusal, json_reply, not_found
from portal.sandbox.world.programme import SHOWS, Performance, Show, current_programme, show_by_id

bp = Blueprint("feed", __name__, url_prefix="/<client>/api/v3")


@bp.get("/events")
@spektrix_call("events", FEED)
def events() -> Response:
    """Answer the events with a performance between `instanceStart_from` and `instanceStart_to`.

    Other filters: `name`, `onSale`, `attribute_NAME` and, of such a performance, `instanceattribute_NAME`.
    """
    wanted = _between("instanceStart_from", "instanceStart_to")
    programme = current_programme()
    found = []
    for show in SHOWS:
        body = wire.event(show, programme, state().now())
        coming = [wire.instance(each, state().now()) for each in programme.of_show(show) if wanted(each)]
        if _is_named(show, "name") and _has_value(body, "isOnSale", request.args.get("onSale")):
            fits = _has_attributes(body, "attribute_")
            if fits and any(_has_attributes(each, "instanceattribute_") for each in coming):
                found.append(body)
    return json_reply(found)


@bp.get("/events/<event_id>")
@spektrix_call("events", FEED)
def event(event_id: str) -> Response:
    """Answer one event, with its instances if `$expand` asks for them."""
    show = _show(event_id)
    body = wire.event(show, current_programme(), state().now())
    if "instances" in request.args.get("$expand", "").split(","):
        body["instances"] = _instances(current_programme().of_show(show))
    return json_reply(body)


@bp.get("/events/<event_id>/instances")
@spektrix_call("events", FEED)
def event_instances(event_id: str) -> Response:
    """Answer the instances of one event between `start_from` and `start_to`."""
    wanted = _between("start_from", "start_to")
    performances = current_programme().of_show(_show(event_id))
    return json_reply(_instances(tuple(filter(wanted, performances))))


@bp.get("/instances")
@spektrix_call("instance", FEED)
def instances() -> Response:
    """Answer all instances between `startFrom` and `startTo`.

    Other filters: `eventName`, `attribute_NAME` and, of its event, `eventattribute_NAME`.
    """
    wanted, programme, now = _between("startFrom", "startTo"), current_programme(), state().now()
    shows = [show for show in SHOWS if _is_named(show, "eventName")]
    fitting = {show for show in shows if _has_attributes(wire.event(show, programme, now), "eventattribute_")}
    found = (each for each in programme.performances if each.show in fitting and wanted(each))
    return json_reply(
        _instances(tuple(each for each in found if _has_attributes(wire.instance(each, now), "attribute_")))
    )


@bp.get("/instances/<instance_id>")
@spektrix_call("instance", FEED)
def instance(instance_id: str) -> Response:
    """Answer one instance."""
    performance = current_programme().performance(instance_id)
    if performance is None:
        raise not_found()
    return json_reply(wire.instance(performance, state().now(), state().options.starts_shown))


def _show(event_id: str) -> Show:
    show = show_by_id(event_id)
    if show is None:
        raise not_found()
    return show


def _instances(performances: tuple[Performance, ...]) -> list[wire.Body]:
    return [wire.instance(each, state().now(), state().options.starts_shown) for each in performances]


def _is_named(show: Show, filter_name: str) -> bool:
    """Tell whether a show has what the filter asks for in its name, capitals aside."""
    return request.args.get(filter_name, "").casefold() in show.name.casefold()


def _has_attributes(body: wire.Body, prefix: str) -> bool:
    """Tell whether a record has every attribute value that the query asks for with this prefix."""
    keys = {key.casefold(): key for key in body}
    return all(
        _has_value(body, keys.get("attribute_" + name[len(prefix) :].casefold(), ""), value)
        for name, value in request.args.items()
        if name.casefold().startswith(prefix)
    )


def _has_value(body: wire.Body, key: str, wanted: str | None) -> bool:
    return wanted is None or str(body.get(key, "")).casefold() == wanted.casefold()


def _between(from_name: str, to_name: str) -> Callable[[Performance], bool]:
    """Make a test for performances from one day, to another day that is not included."""
    first, end = _day(from_name, date.min), _day(to_name, date.max)
    return lambda performance: first <= performance.start_at.date() < end


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name) or otherwise.isoformat())
    except ValueError:
        raise Refusal(400, "Validation Failed") from None
