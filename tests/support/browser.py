"""How the tests start Chromium."""

import pytest
from testing import find_browser, find_engine

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_arguments(*, whole: bool = False) -> dict[str, object]:
    """Return what Playwright needs to start the system's Chromium; fails the test where there is none.

    `whole` asks for the browser with its settings around the engine, for tests that change those.
    """
    program = find_browser() if whole else find_engine()
    if program is None:
        pytest.fail(
            "Chromium is not installed. Install it with: apt install chromium libatomic1", pytrace=False
        )
    return {"executable_path": program, "args": list(FLAGS)}
