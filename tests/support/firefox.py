"""Debian's Firefox, driven by its own remote control (Marionette): JSON behind its length, over TCP.

Playwright needs a Firefox of its own making, which is not among the packages of Debian, PyPI or npm.
"""

import itertools
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded import wait_until

STARTING_SECONDS = 90
PATIENCE_SECONDS = 10
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# A free port, and nothing asked of the outside world.
PREFERENCES = {
    "marionette.port": 0,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.http.speculative-parallel-limit": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class FirefoxError(AssertionError):
    """What Firefox answered in place of doing as it was told."""


class Firefox:
    """One window. Selectors are CSS; `find` waits until there is something that can be seen."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=STARTING_SECONDS)
        self._stream = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._read()
        self._say("WebDriver:NewSession", capabilities={})

    def close(self) -> None:
        self._say("Marionette:Quit", flags=["eForceQuit"])
        self._stream.close()
        self._socket.close()

    def visit(self, address: str) -> None:
        self._say("WebDriver:Navigate", url=address)

    def run(self, script: str, *arguments: object) -> Any:
        """Run a function's body in the page or frame, and return what it returns."""
        return self._say("WebDriver:ExecuteScript", script=script, args=list(arguments))["value"]

    def find(self, selector: str) -> dict[str, str]:
        assert wait_until(lambda: self._seen(selector), PATIENCE_SECONDS), f"{selector} is not to be seen"
        return self._seen(selector)[0]

    def click(self, selector: str) -> None:
        self._say("WebDriver:ElementClick", id=self.find(selector)[ELEMENT])

    def type(self, selector: str, text: str) -> None:
        self._say("WebDriver:ElementSendKeys", id=self.find(selector)[ELEMENT], text=text)

    def says(self, selector: str, words: str) -> None:
        """Wait until an element has these words in it, in capitals or not."""
        script = "return document.querySelector(arguments[0])?.textContent.toLowerCase()"
        assert wait_until(lambda: words in (self.run(script, selector) or ""), PATIENCE_SECONDS), words

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """Go into a frame, and back to the page around it."""
        self._say("WebDriver:SwitchToFrame", element=self.find(selector)[ELEMENT])
        yield
        self._say("WebDriver:SwitchToFrame", id=None)

    def _seen(self, selector: str) -> list[dict[str, str]]:
        script = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((each) => each.getClientRects().length).slice(0, 1)"
        )
        # A frame that is on its way elsewhere answers nothing at all.
        return self.run(script, selector) or []

    def _say(self, command: str, **parameters: object) -> Any:
        words = json.dumps([0, next(self._numbers), command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(words), words))
        _kind, _number, error, result = self._read()
        if error:
            raise FirefoxError(f"{command}: {error['message']}")
        return result

    def _read(self) -> Any:
        length = b"".join(iter(lambda: self._stream.read(1), b":"))
        return json.loads(self._stream.read(int(length)))


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Firefox]:
    """Start a Firefox without a window, with a new profile in an empty folder, and end it afterwards."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    arguments = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            port = profile / "MarionetteActivePort"
            assert wait_until(lambda: port.exists() and port.read_text(), STARTING_SECONDS), "no Firefox"
            found = Firefox(int(port.read_text()))
            yield found
            found.close()
        finally:
            process.kill()
