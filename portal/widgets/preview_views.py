"""The booking window as it would look with settings that are not saved yet."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("previews", __name__, url_prefix="/widgets")
