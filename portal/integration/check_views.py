"""The six checks: run them, and see how the connection stood before."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("checks", __name__)
