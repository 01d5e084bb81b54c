"""How the tests start Chromium."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_arguments() -> dict[str, object]:
    """Return what Playwright needs to start the system's Chromium; fails the test where there is none."""
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        pytest.fail(
            "Chromium is not installed. Install it with: apt install chromium libatomic1", pytrace=False
        )
    return {"executable_path": program, "args": list(FLAGS)}
