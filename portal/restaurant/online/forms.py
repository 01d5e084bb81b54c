"""What a manager may say of booking online."""

from __future__ import annotations

from portal.restaurant.forms import MOST_DAYS_AHEAD, MOST_ONLINE, CardForm, Notice, WholeNumber
from portal.restaurant.online.subjects import ONLINE
from portal.restaurant.saving import Values

# A week.
MOST_PENDING = 7 * 24 * 60


class OnlineForm(CardForm):
    """The rules that hold where a period has none of its own."""

    about = ONLINE

    notice_minutes = Notice(ONLINE.labels["notice_minutes"])
    horizon_days = WholeNumber(ONLINE.labels["horizon_days"], 0, MOST_DAYS_AHEAD, optional=True)
    largest_online = WholeNumber(ONLINE.labels["largest_online"], 1, MOST_ONLINE, optional=True)

    pending_minutes = WholeNumber(ONLINE.labels["pending_minutes"], 5, MOST_PENDING, optional=True)

    def values(self) -> Values:
        return {
            "notice_minutes": self.notice_minutes.minutes,
            "horizon_days": self.horizon_days.data,
            "largest_online": self.largest_online.data,
            "pending_minutes": self.pending_minutes.data,
        }
