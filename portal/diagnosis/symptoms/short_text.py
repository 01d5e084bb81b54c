"""Moments and foreign text as results say them. Plain values in, text out."""

from __future__ import annotations

from datetime import datetime

from portal.clock import to_local


def moment(instant: datetime, zone: str) -> str:
    """Return day and wall time at the venue: Fri 12 Jun, 21:42."""
    local = to_local(instant, zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def cut(value: object, length: int = 60) -> str:
    """Return a value that came from elsewhere as one short line; "nothing" where there is none (X07)."""
    if value is None or value == "":
        return "nothing"
    text = " ".join(str(value).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
