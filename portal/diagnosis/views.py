"""Find the fault: four doors to one engine."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("diagnosis", __name__)
