"""The addresses of the scripts that websites load; `loader/wsgi.py` answers them before Flask does."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import Rule

from portal import config
from portal.widgets.loader.wsgi import EMBED_PATH, Loader

bp = Blueprint("loader", __name__)


@bp.record_once
def _stand_before(state: BlueprintSetupState) -> None:
    """Put the loader in front of the app, and let `url_for` know its addresses."""
    app = cast(Flask, state.app)
    loader = Loader(app.wsgi_app, Path(str(app.static_folder)), config.of(app).portal_url)
    app.wsgi_app = loader  # type: ignore[assignment, method-assign]
    for path, name in ((EMBED_PATH, "embed"), (loader.opening_path, "opening")):
        app.url_map.add(Rule(path, endpoint=f"{bp.name}.{name}", methods=["GET"], build_only=True))
