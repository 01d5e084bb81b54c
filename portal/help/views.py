"""The help centre."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("help", __name__)
