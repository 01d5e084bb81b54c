"""The portal on a real port, for tests that come through a browser or over the wire."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class LivePortal:
    """A portal that answers at `url`; `app` is the same one, for looking into its database."""

    url: str
    app: Flask


class PortalServer:
    """A port at which one portal after another answers. Nobody does between two tests."""

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._in_hand = 0
        self._changed = threading.Condition()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self, app: Flask) -> Iterator[LivePortal]:
        """Let `app` answer until the test is over and whatever it was asked is answered."""
        self._app = app
        yield LivePortal(self.url, app)
        self._app = None
        with self._changed:
            assert self._changed.wait_for(lambda: not self._in_hand, PATIENCE_SECONDS), "a request hangs"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._counted():
            if self._app is None:
                start_response(f"{HTTPStatus.SERVICE_UNAVAILABLE} The test is over", [])
                return []
            return _whole(self._app(environ, start_response))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._in_hand += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_hand -= 1
                self._changed.notify_all()


def _whole(body: Any) -> list[bytes]:
    """Read a file to its end, since the server forgets to close it when the browser leaves in the middle."""
    try:
        return [b"".join(body)]
    finally:
        if hasattr(body, "close"):
            body.close()
