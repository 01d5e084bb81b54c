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
    """Answer the events with a performance between `instanceStart_from` and `instanceStart_to`."""
    wanted = _between("instanceStart_from", "instanceStart_to")
    programme = current_programme()
    found = [show for show in SHOWS if any(wanted(each) for each in programme.of_show(show))]
    return json_reply([wire.event(show, programme, state().now()) for show in found])


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
    """Answer all instances between `startFrom` and `startTo`."""
    wanted = _between("startFrom", "startTo")
    return json_reply(_instances(tuple(filter(wanted, current_programme().performances))))


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


def _between(from_name: str, to_name: str) -> Callable[[Performance], bool]:
    """Make a test for performances from one day, to another day that is not included."""
    first, end = _day(from_name, date.min), _day(to_name, date.max)
    return lambda performance: first <= performance.start_at.date() < end


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name) or otherwise.isoformat())
    except ValueError:
        raise Refusal(400, "Validation Failed") from None
