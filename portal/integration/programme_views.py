"""The theatre's programme as it was last read, and reading it again."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("programme", __name__, url_prefix="/programme")
