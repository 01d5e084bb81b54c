"""When a show starts, as Spektrix may write it: one table for the portal and for the theatre's page."""

LONDON, NEW_YORK, SYDNEY, KATHMANDU, LORD_HOWE = (
    "Europe/London",
    "America/New_York",
    "Australia/Sydney",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
CURTAIN, WINTER = "2026-06-12T18:30:00Z", "2026-12-12T19:30:00Z"

# `startUtc`, `start`, the venue's zone, and the instant that they mean; None where nobody can say.
STARTS = [
    ("2026-06-12T18:30:00", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00Z", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T19:30:00+01:00", None, LONDON, CURTAIN),
    ("2026-06-12T18:30", None, LONDON, CURTAIN),
    ("2026-06-12T18:30:00.000", None, LONDON, CURTAIN),
    ("2026-06-12T18:30:00.123456789Z", None, LONDON, CURTAIN),
    # Tickets say the wall time, so it wins while clock rules differ; hours apart it is that of another zone.
    ("2026-06-12T17:30:00", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T20:30:00", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00", "2026-06-12T23:00:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00", "2026-06-12T14:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00", "2026-06-14T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00", "2026-06-12T23:00:00+01:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00", "tonight", LONDON, CURTAIN),
    # Both together tell which pass of an hour that comes twice.
    ("2026-10-25T00:30:00", "2026-10-25T01:30:00", LONDON, "2026-10-25T00:30:00Z"),
    ("2026-10-25T01:30:00", "2026-10-25T01:30:00", LONDON, "2026-10-25T01:30:00Z"),
    ("2026-11-01T05:30:00", "2026-11-01T01:30:00", NEW_YORK, "2026-11-01T05:30:00Z"),
    ("2026-11-01T06:30:00", "2026-11-01T01:30:00", NEW_YORK, "2026-11-01T06:30:00Z"),
    ("2026-03-29T01:30:00", "2026-03-29T02:30:00", LONDON, "2026-03-29T01:30:00Z"),
    # Without `startUtc`, or with one that cannot be read.
    (None, "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("tonight", "2026-06-12T19:30:00", LONDON, CURTAIN),
    (7, "2026-06-12T19:30:00", LONDON, CURTAIN),
    ([], "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00 ", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("0001-01-01T00:00:00", "2026-06-12T19:30:00", LONDON, CURTAIN),
    ("2026-06-12T18:30:00+01:60", "2026-06-12T19:30:00", LONDON, CURTAIN),
    (None, "2026-06-12T19:30", LONDON, CURTAIN),
    (None, "2026-06-12T19:30:00.5", LONDON, CURTAIN),
    (None, "2026-12-12T19:30:00", LONDON, WINTER),
    (None, "2026-06-12T19:30:00", NEW_YORK, "2026-06-12T23:30:00Z"),
    (None, "2026-06-12T19:30:00", SYDNEY, "2026-06-12T09:30:00Z"),
    (None, "2026-12-12T19:30:00", SYDNEY, "2026-12-12T08:30:00Z"),
    (None, "2026-06-12T19:30:00", KATHMANDU, "2026-06-12T13:45:00Z"),
    (None, "2026-06-12T19:30:00", "UTC", "2026-06-12T19:30:00Z"),
    # One with an offset says itself which instant it means.
    (None, "2026-06-12T20:30:00+02:00", NEW_YORK, CURTAIN),
    (None, "2026-06-12T18:30:00Z", NEW_YORK, CURTAIN),
    # The clocks go forward: around the hour that does not exist, and in it.
    (None, "2026-03-29T00:30:00", LONDON, "2026-03-29T00:30:00Z"),
    (None, "2026-03-29T00:59:59", LONDON, "2026-03-29T00:59:59Z"),
    (None, "2026-03-29T01:00:00", LONDON, "2026-03-29T01:00:00Z"),
    (None, "2026-03-29T01:30:00", LONDON, "2026-03-29T01:30:00Z"),
    (None, "2026-03-29T02:00:00", LONDON, "2026-03-29T01:00:00Z"),
    (None, "2026-03-29T19:30:00", LONDON, "2026-03-29T18:30:00Z"),
    (None, "2026-03-28T19:30:00", LONDON, "2026-03-28T19:30:00Z"),
    (None, "2026-03-08T02:30:00", NEW_YORK, "2026-03-08T07:30:00Z"),
    (None, "2026-10-04T02:15:00", LORD_HOWE, "2026-10-03T15:45:00Z"),
    # They go back: the hour that comes twice means its first pass.
    (None, "2026-10-25T00:30:00", LONDON, "2026-10-24T23:30:00Z"),
    (None, "2026-10-25T01:00:00", LONDON, "2026-10-25T00:00:00Z"),
    (None, "2026-10-25T01:30:00", LONDON, "2026-10-25T00:30:00Z"),
    (None, "2026-10-25T02:00:00", LONDON, "2026-10-25T02:00:00Z"),
    (None, "2026-10-24T19:30:00", LONDON, "2026-10-24T18:30:00Z"),
    (None, "2026-10-25T19:30:00", LONDON, "2026-10-25T19:30:00Z"),
    (None, "2026-11-01T01:30:00", NEW_YORK, "2026-11-01T05:30:00Z"),
    (None, "2026-04-05T01:45:00", LORD_HOWE, "2026-04-04T14:45:00Z"),
    # Neither says when.
    (None, None, LONDON, None),
    ("", "", LONDON, None),
    (None, "2026-06-12", LONDON, None),
    (None, "tonight", LONDON, None),
    (None, 1749752400, LONDON, None),
    (None, "2026-02-30T19:30:00", LONDON, None),
    (None, "2026-06-31T19:30:00", LONDON, None),
    (None, "2026-06-12T24:00:00", LONDON, None),
    (None, "2026-06-12T19:60:00", LONDON, None),
    (None, "0001-01-01T00:00:00", LONDON, None),
    (None, "9999-12-31T23:59:59", LONDON, None),
    (None, "\u0662\u0660\u0662\u0666-06-12T19:30:00", LONDON, None),
]


def instance_of(start_utc, start):
    """Return a ticket's instance; a field that is None is left out."""
    fields = {"startUtc": start_utc, "start": start}
    return {"id": "9AB", "event": {"id": "1AB"}} | {k: v for k, v in fields.items() if v is not None}
