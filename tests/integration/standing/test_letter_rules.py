"""When managers are written to, as a table."""

from datetime import UTC, datetime, timedelta

from portal.findings import Code
from portal.integration.standing.letter_rules import mail_due_at
from portal.integration.standing.rules import Overall
from tests.support.tables import each_row

NOW = datetime(2026, 6, 12, 21, 42, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
WORKING = Overall("ok", "Working", "")
PAUSED = Overall("off", "Paused", "")
NOT_CONNECTED = Overall("off", "Not connected", "")
UNPROVED = Overall("info", "Ready, not proved yet", "")
REFUSED = Overall("bad", "Sign-in refused", "", Code.KEY_REFUSED)
PERMISSION = Overall("bad", "Permission missing", "", Code.WRITING_REFUSED)
OUTAGE = Overall("warn", "Spektrix unavailable", "", Code.OUTAGE)
MISSPELT = Overall("warn", "Needs attention", "", Code.ATTRIBUTE_NEAR)


@each_row(
    "before, now, told, due",
    [
        (None, UNPROVED, None, None),
        (None, REFUSED, None, None),
        (NOT_CONNECTED, REFUSED, None, None),
        (NOT_CONNECTED, PAUSED, None, None),
        (PAUSED, UNPROVED, None, None),
        (UNPROVED, WORKING, None, None),
        (WORKING, UNPROVED, None, None),
        (WORKING, PAUSED, None, None),
        (WORKING, REFUSED, None, NOW),
        (WORKING, MISSPELT, None, NOW),
        (WORKING, OUTAGE, None, LATER),
        (PAUSED, REFUSED, None, NOW),
        (UNPROVED, PERMISSION, None, NOW),
        (OUTAGE, REFUSED, None, NOW),
        (REFUSED, PERMISSION, REFUSED, None),
        (REFUSED, OUTAGE, REFUSED, None),
        (OUTAGE, REFUSED, REFUSED, None),
        (REFUSED, WORKING, REFUSED, NOW),
        (REFUSED, WORKING, None, None),
        (UNPROVED, WORKING, REFUSED, NOW),
        (PAUSED, WORKING, WORKING, None),
        (WORKING, REFUSED, WORKING, NOW),
    ],
)
def test_who_is_told_of_a_change_and_when(before, now, told, due):
    assert mail_due_at(before, now, told, NOW) == due
