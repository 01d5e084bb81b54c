"""How a widget gets onto a website: its code, the lines of a policy, and a look at the page."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("embedding", __name__, url_prefix="/widgets")
