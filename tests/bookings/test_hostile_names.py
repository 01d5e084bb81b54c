"""What a guest types is shown as text wherever it appears (X06)."""

import pytest

from portal.bookings.models import Status
from tests.factories import make_booking
from tests.support.reading import read

pytestmark = pytest.mark.both_databases

NAMES = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "{{7*7}}",
    "{% raw %}",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "\u202eevil",
]
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_and_note_stay_text(app, venue, desk, name):
    with app.app_context():
        booking = make_booking(venue, name=name, email=f"{name[:2]}@example.org", note=name, phone=name)
    addresses = [
        f"/diary?date={booking.service_on}",
        f"/bookings/{booking.id}",
        f"/bookings/{booking.id}/panel",
        "/guests",
        f"/guests/{booking.guest_id}",
    ]
    answers = [desk.get(address) for address in addresses]
    answers.append(desk.post(f"/bookings/{booking.id}/complete", headers=HTMX))
    desk.post(f"/bookings/{booking.id}/confirm")
    answers.append(desk.get(addresses[0]))
    answers.append(desk.get("/guests", query_string={"q": name}))
    # A form drops what nobody sees from what is typed into it.
    typed = name.replace("\u202e", "")
    answers.append(desk.post("/bookings/new", data={"name": name, "note": name}))
    for answer in answers:
        page = read(answer)
        assert answer.status_code in {200, 422}
        shown = typed if answer is answers[-1] else name
        assert shown in page.words or shown in {tag.attributes.get("value") for tag in page.all("input")}
        assert not [tag for tag in page.all("script") if "src" not in tag.attributes]
        assert not page.all("img")
        assert not [tag for tag in page.all() if any(key.startswith("on") for key in tag.attributes)]
        assert not [
            tag for tag in page.all("a") if (tag.attributes.get("href") or "").startswith("javascript")
        ]


def test_a_hostile_name_is_text_in_the_title(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, name=NAMES[6], status=Status.COMPLETED)
    assert read(desk.get(f"/bookings/{booking.id}")).one("title").words.startswith(NAMES[6])
