"""What a manager decides about a guest's customer link, and what Spektrix holds now."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("links", __name__)
