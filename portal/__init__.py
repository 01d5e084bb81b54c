"""The Make a Rezzy portal: the app factory."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app for `settings`, or for the environment where none are given.

    Raises SettingsWrong, with a line in the log for each fault, when the environment says what cannot be.
    """
    # Imported late, since the sandbox lies in this package and must stand when the portal does not.
    from portal.config import Settings, SettingsWrong  # noqa: PLC0415
    from portal.shell.assembly import assemble  # noqa: PLC0415

    try:
        settings = settings or Settings.from_env(os.environ)
    except SettingsWrong as wrong:
        for fault in wrong.faults:
            logging.getLogger(__name__).critical(fault)
        raise
    for doubt in settings.doubts:
        logging.getLogger(__name__).warning(doubt)
    return assemble(settings)
