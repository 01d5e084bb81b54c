"""The two customer attributes: look them up, compare a name, make a trial write."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("attributes", __name__)
