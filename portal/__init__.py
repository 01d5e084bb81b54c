"""The Make a Rezzy portal: the app factory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app for `settings`, or for the environment where none are given.

    Raises SettingMissing when a secret is absent from the environment.
    """
    # Imported late, since the sandbox lies in this package and must stand when the portal does not.
    from portal.config import Settings  # noqa: PLC0415
    from portal.shell.assembly import assemble  # noqa: PLC0415

    return assemble(settings or Settings.from_env(os.environ))
