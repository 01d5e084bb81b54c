"""The script that a website loads. Touches neither database nor Redis."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("loader", __name__)
