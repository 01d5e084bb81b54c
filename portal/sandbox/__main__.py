"""`python -m portal.sandbox`: both ports until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from portal.log import configure
from portal.sandbox.ports.server import SandboxServer


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop; print one line once both ports answer."""
    chosen = _parser().parse_args(arguments)
    configure("sandbox")
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    with SandboxServer(
        api_port=chosen.api_port,
        theatre_port=chosen.theatre_port,
        host=chosen.host,
        state_file=chosen.state,
        portal_url=chosen.portal_url,
        widget_id=chosen.widget_id,
    ) as sandbox:
        sys.stdout.write(f"Sandbox ready: API {sandbox.api_url}, theatre {sandbox.theatre_url}\n")
        sys.stdout.flush()
        stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal.sandbox", description="A fake Spektrix and a pretend theatre."
    )
    parser.add_argument("--api-port", type=int, default=8701, help="port of the fake API")
    parser.add_argument("--theatre-port", type=int, default=8702, help="port of the pretend theatre")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--state", type=Path, help="file that keeps data between runs")
    parser.add_argument("--portal-url", default="http://127.0.0.1:8700", help="where the portal is")
    parser.add_argument("--widget-id", help="public id of the widget that the theatre embeds")
    return parser


if __name__ == "__main__":
    main()
