"""What pages of other rooms show of letters."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from portal.letters import service

bp = Blueprint("guest_letters", __name__)


@bp.app_context_processor
def _template_names() -> dict[str, Callable[..., object]]:
    return {"confirmation_follows": service.confirmation_follows}
