"""The log of visits: what was sent, what waits, and what a person decides about it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("visits", __name__)
