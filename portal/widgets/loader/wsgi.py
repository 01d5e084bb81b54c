"""The two scripts that host pages load, made ready when the portal starts and answered from memory.

`embed.js` is what every website names: small, asked for again every five minutes, and without any state.
When a guest opens the widget it loads the second script under an address that names its content, which
browsers may therefore keep for a year. The address of the portal and that of the second script are written
into `embed.js`, since a tag manager or an optimiser may serve it from anywhere.

The answers are given before Flask sees the request, so that they cost as little as a static file and depend
on neither database nor Redis, session nor rate limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.http import parse_etags

from portal.joined_files import ServedFile, script

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EMBED_PATH = "/embed.js"
_OPENING_PATH = re.compile(r"/embed\.[0-9a-f]{16}\.js")
_SHORT = "public, max-age=300"
_YEAR = "public, max-age=31536000, immutable"
# A script is no secret: pages that ask for permission (CORS) or isolate themselves (CORP) may load it too.
_HEADERS = [
    ("Content-Type", "text/javascript; charset=utf-8"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Timing-Allow-Origin", "*"),
    ("Vary", "Accept-Encoding"),
]


class Answer:
    """The answer for one script, with its headers put together once."""

    def __init__(self, script: ServedFile, caching: str) -> None:
        self._etag = script.digest
        shared = [*_HEADERS, ("Cache-Control", caching), ("ETag", f'W/"{script.digest}"')]
        self._unchanged = shared
        self._plain = script.plain, [*shared, ("Content-Length", str(len(script.plain)))]
        packed = [("Content-Encoding", "gzip"), ("Content-Length", str(len(script.packed)))]
        self._gzipped = script.packed, [*shared, *packed]

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a GET or HEAD: 304 to a browser that has it, gzipped to one that takes it."""
        if parse_etags(asked.get("HTTP_IF_NONE_MATCH")).contains_weak(self._etag):
            start_response("304 Not Modified", self._unchanged)
            return []
        body, headers = self._gzipped if _takes_gzip(asked) else self._plain
        start_response("200 OK", headers)
        return [] if asked["REQUEST_METHOD"] == "HEAD" else [body]


def _takes_gzip(asked: WSGIEnvironment) -> bool:
    """Tell whether gzip is named without a weight of 0."""
    wanted = asked.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in wanted and not re.search(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", wanted)


class Loader:
    """Answers requests for the scripts, and passes every other request on to `app`.

    Args:
        folder: where the scripts are.
        portal_url: the portal's own address, as websites reach it.
    """

    def __init__(self, app: WSGIApplication, folder: Path, portal_url: str) -> None:
        self._app = app
        opening = ServedFile.of(script(folder, ["reading.js", "starts.js", "embed-open.js"]))
        self.opening_path = f"/embed.{opening.digest}.js"
        text = script(folder, ["embed.js"])
        embed = ServedFile.of(
            text.replace("__PORTAL__", _origin(portal_url)).replace("__OPENING__", self.opening_path)
        )
        self._known = {EMBED_PATH: Answer(embed, _SHORT), self.opening_path: Answer(opening, _YEAR)}
        # Pages that were loaded before a release ask for its forerunner, and get what there is now.
        self._other = Answer(opening, _SHORT)

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = asked.get("PATH_INFO", "")
        if path.startswith("/embed.") and asked["REQUEST_METHOD"] in {"GET", "HEAD"}:
            answer = self._known.get(path) or (_OPENING_PATH.fullmatch(path) and self._other)
            if answer:
                return answer(asked, start_response)
        return self._app(asked, start_response)


def _origin(portal_url: str) -> str:
    parts = urlsplit(portal_url)
    return f"{parts.scheme}://{parts.netloc}"
