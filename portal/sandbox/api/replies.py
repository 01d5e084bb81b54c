"""The few kinds of answer that the API port gives."""

from __future__ import annotations

import json

from flask import Response

NOT_FOUND = "Resource Not Found"


class Refusal(Exception):
    """A call that Spektrix would refuse, with the status and the message of its JSON answer."""

    def __init__(self, status: int, text: str) -> None:
        """Keep the status and the text."""
        super().__init__(text)
        self.status = status
        self.text = text


class EdgeBlock(Exception):
    """A call that the edge network stops before Spektrix sees it (docs/spektrix.md section 8)."""


def not_found() -> Refusal:
    """Return the refusal for an id, an address or a client name that does not exist."""
    return Refusal(404, NOT_FOUND)


def json_reply(body: object, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(
        json.dumps(body, ensure_ascii=False), status, content_type="application/json; charset=utf-8"
    )


def message(status: int, text: str) -> Response:
    """Return Spektrix's way of saying no: an object with `message`."""
    return json_reply({"message": text}, status)


def html(status: int, page: str) -> Response:
    """Return an HTML page, as the edge network does."""
    return Response(page, status, content_type="text/html; charset=utf-8")


def empty(status: int) -> Response:
    """Return an answer without a body."""
    return Response(b"", status)
