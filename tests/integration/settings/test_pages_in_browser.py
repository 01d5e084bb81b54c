"""The pages around the Spektrix page in Chromium: axe, widths, icons beside words, light and dark."""

import pytest

from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.guests.service import Contact
from tests.integration.settings.test_states_in_browser import (
    BARE_STATUSES,
    MANAGER,
    PAGE,
    near_miss,
    opened,
)
from tests.support.axe import violations

pytestmark = [pytest.mark.timeout(120), pytest.mark.settings(spektrix_timeout_seconds=2.0)]

LOOKS = [(1280, "light"), (390, "dark")]
OF_THE_LOG = ("visits", "visits?show=not-sent", "held", "history")
OF_THE_SET_UP = ("settings", "edit", "disconnect", "attributes/compare")
DOORS = ("", "/connection", "/pre-fill", "/writes", "/bundle")
ARTICLES = ("set-up", "field-mapping", "troubleshooting")
# A customer of the sandbox who has this address and another name.
HALF_KNOWN = Contact("Somebody Else", "daniel.reyes@example.org", "")
NOBODY = Contact("Nora Quinn", "nora@example.org", "")


@pytest.fixture
def pages(stage, sandbox):
    """The pages, at a venue with visits not stored and not sent, and a link that waits for a manager."""
    near_miss(stage)
    anonymous = stage.book(NOBODY, sandbox.basket(None), at=6)
    proposed = stage.book(HALF_KNOWN, source=Source.PHONE, at=9)
    stage.deliver()
    for booking_id in (anonymous, proposed):
        stage.complete(booking_id)
    stage.deliver()
    guest = f"/guests/{db.session.get(Booking, proposed).guest_id}"
    return [
        *(f"{PAGE}/{page}" for page in (*OF_THE_LOG, *OF_THE_SET_UP)),
        f"{PAGE}/visits/{stage.visit(anonymous).id}",
        *(f"/find-the-fault{door}" for door in DOORS),
        f"/bookings/{anonymous}/find-the-fault",
        *(guest + more for more in ("", "/timeline", "/erase")),
        "/help",
        *(f"/help/integrations/spektrix/{name}" for name in ARTICLES),
    ]


def test_every_page_is_clean_for_axe_and_fits_its_width(pages, page, live_portal):
    opened(page, live_portal, MANAGER)
    for address in pages:
        page.goto(f"{live_portal.url}{address}")
        for width, theme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], (address, width, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
        assert page.evaluate(BARE_STATUSES) == [], address
