"""Both ports in one process, each with a threaded server of its own."""

from __future__ import annotations

import threading
from email.utils import formatdate
from pathlib import Path
from types import TracebackType

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from portal.sandbox.ports.api_port import create_api
from portal.sandbox.theatre import website_views
from portal.sandbox.theatre.site import create_theatre
from portal.sandbox.world.options import Options
from portal.sandbox.world.state import State

LOOPBACK = ("127.0.0.1", "::1")


class QuietHandler(WSGIRequestHandler):
    """Logs nothing, since addresses hold basket and customer ids; dates answers by the sandbox's clock."""

    server: BaseWSGIServer

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002, the overridden name
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the Date header's text."""
        shared: State = self.server.app.config["SANDBOX_STATE"]  # type: ignore[attr-defined]
        return formatdate(shared.now().timestamp() if timestamp is None else timestamp, usegmt=True)


class SandboxServer:
    """A sandbox with two listening ports, to be used as a context manager or by `start` and `stop`.

    `api_url` and `theatre_url` are base addresses without a slash at the end, on the host name
    `localhost` where it listens on loopback, so that both share cookies.
    """

    def __init__(
        self,
        *,
        api_port: int = 0,
        theatre_port: int = 0,
        host: str = "127.0.0.1",
        state_file: Path | None = None,
        portal_url: str | None = None,
        widget_id: str | None = None,
    ) -> None:
        """Take both ports at once; 0 means a free one.

        Args:
            host: the address to listen on.
            state_file: where to keep data between runs, or None.
            portal_url: base address of the portal whose widget the theatre embeds.
            widget_id: public id of that widget.

        Raises SystemExit, with a line on standard error, where a port is taken.
        """
        self.state = State(state_file, Options(widget_id=widget_id, portal_url=portal_url))
        # Each app must know the other's port, so both ports are taken before the apps are made.
        self._api, self._theatre = _listen(host, api_port), _listen(host, theatre_port)
        self._api.app = create_api(self.state, self._theatre.server_port)
        self._theatre.app = create_theatre(self.state, self._api.server_port, website_views.bp)
        name = "localhost" if host in LOOPBACK else host
        self.api_url = f"http://{name}:{self._api.server_port}"
        self.theatre_url = f"http://{name}:{self._theatre.server_port}"
        self._threads = [_thread(server) for server in (self._api, self._theatre)]

    def start(self) -> SandboxServer:
        """Begin to answer; return self."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, let waiting faults go, save, and free both ports."""
        self.state.stopping.set()
        for server, thread in zip((self._api, self._theatre), self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
        with self.state.lock:
            self.state.save()

    def __enter__(self) -> SandboxServer:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def _listen(host: str, port: int) -> BaseWSGIServer:
    return make_server(host, port, Flask(__name__), threaded=True, request_handler=QuietHandler)


def _thread(server: BaseWSGIServer) -> threading.Thread:
    def serve() -> None:
        server.serve_forever(poll_interval=0.05)

    return threading.Thread(target=serve, daemon=True)
