"""A form sent after its session had ended, encrypted, so that nothing typed is lost.

It travels in the sign-in page and nowhere else, and comes back to people of the same venue alone. It is never
sent by itself: a person looks at it and presses the button, since somebody else may have sent the first one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from flask import current_app, request
from werkzeug.exceptions import HTTPException

from portal import clock, crypto, page_requests
from portal.venues import form_tokens, saved_form_rules
from portal.venues.return_paths import is_path, page_asked_for
from portal.venues.saved_form_rules import Field, Labelled

LIFE = timedelta(days=1)
# Sealed it is a third longer, and has to fit into the body of one request with the sign-in form.
LARGEST_BYTES = 40 * 1024
_SIGNING = frozenset({"venues.sign_in_post", "venues.sign_out"})


class TooLong(Exception):
    """What was typed is longer than a page can keep."""


class SecretField(NamedTuple):
    """A field whose text is never kept."""

    name: str
    label: str


class SavedForm(msgspec.Struct, frozen=True, tag="kept_form"):
    """A sent form.

    Args:
        path: where it was sent, with its query.
        back: the page that it was on.
        venue_id: the venue of whoever had that page.
        at: when it was sent.
        fields: names and texts, secrets left out.
        secrets: names of the fields that were left out.
    """

    path: str
    back: str
    venue_id: int
    at: datetime
    fields: tuple[Field, ...]
    secrets: tuple[str, ...]

    @property
    def lines(self) -> list[Labelled]:
        """What is shown of it."""
        return saved_form_rules.lines(self.fields)

    @property
    def secret_fields(self) -> list[SecretField]:
        """What has to be typed again."""
        return [SecretField(name, saved_form_rules.words_of(name)) for name in self.secrets]


def from_request() -> SavedForm | None:
    """Return the form of this request, None unless something typed was sent from a page of ours to ours."""
    if request.method != "POST" or request.endpoint in _SIGNING or not page_requests.says_ours():
        return None
    venue_id = form_tokens.venue_of_form()
    parts = saved_form_rules.parted(request.form.items(multi=True))
    if venue_id is None or not parts.has_typed or view_of(request.path) is None:
        return None
    path = request.full_path.rstrip("?")
    return SavedForm(path, page_asked_for(), venue_id, clock.utc_now(), parts.fields, parts.secrets)


def seal(saved: SavedForm) -> str:
    """Return `saved` as a text that nobody can read or change. Raises TooLong."""
    written = msgspec.json.encode(saved)
    if len(written) > LARGEST_BYTES:
        raise TooLong
    return crypto.encrypt(written.decode()).decode()


def unseal(sealed: str | None) -> SavedForm | None:
    """Return what was sealed, None for a text that is not ours or is older than LIFE."""
    if not sealed:
        return None
    try:
        saved = msgspec.json.decode(crypto.decrypt(sealed.encode()), type=SavedForm)
    except (crypto.CannotDecrypt, msgspec.DecodeError):
        return None
    return saved if clock.utc_now() - saved.at <= LIFE else None


def view_of(path: str) -> str | None:
    """Return the endpoint of the portal's own that takes forms at `path`, None where there is none."""
    routes = current_app.create_url_adapter(request)
    if routes is None or not is_path(path):
        return None
    try:
        endpoint, _ = routes.match(urlsplit(path).path, method="POST")
    except HTTPException:
        return None
    return None if endpoint.startswith("public.") or endpoint in _SIGNING else endpoint
