"""The portal on a real port, for tests that come through a browser or over the wire."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server

from portal import create_app
from portal.config import Settings
from portal.extensions import db


@dataclasses.dataclass(frozen=True)
class LivePortal:
    """A portal that answers at `url`; `app` is the same one, for looking into its database."""

    url: str
    app: Flask


@contextmanager
def serve(settings: Settings) -> Iterator[LivePortal]:
    """Serve the portal with `settings`, whose portal_url becomes the free address it is given."""
    server = make_server("127.0.0.1", 0, _nothing_yet, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(dataclasses.replace(settings, portal_url=url))
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield LivePortal(url, app)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _nothing_yet(_environ: object, _start_response: object) -> list[bytes]:
    raise RuntimeError("a request came before the portal knew its own address")
