"""Tell the whole story by script over HTTP: one line a step, exit 0 only if every step happened.

Usage: python bin/walkthrough.py --portal URL --api URL --theatre URL --widget PUBLIC_ID

`bin/demo --walkthrough` starts all parts on free ports with throw-away data and runs this.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from walkthrough_people import BoxOffice, Diner, Manager, StepFailed, expect, read

T = TypeVar("T")
LAST_DINED, VISITS = "Last Dined At", "Number of Restaurant Visits"
AMARA_ID = "I-7Q2D-K9XM"
VENUE_PAGE = "/book/the-green-room"
QUIET_SECONDS = 3.0


@dataclass
class Story:
    """The places, the people, and what came of each step."""

    portal: str
    api: str
    theatre: str
    widget_id: str
    began: float = field(default_factory=time.monotonic)
    steps: int = 0

    def __post_init__(self) -> None:
        self.manager = Manager(self.portal)
        self.box_office = BoxOffice(self.api)
        self.shows = self.box_office.next_performances()

    def step(self, words: str, act: Callable[[], T]) -> T:
        """Do one thing and print how long it took. Raises StepFailed naming the step."""
        start = time.monotonic()
        try:
            result = act()
        except (StepFailed, requests.RequestException) as problem:
            raise StepFailed(f"{words}: {problem}") from problem
        self.steps += 1
        print(f"{time.monotonic() - start:6.2f} s  {words}", flush=True)
        return result

    def diner(self, name: str, email: str, phone: str) -> Diner:
        return Diner(self.api, self.theatre, name, email, phone)

    def chapter(self, title: str) -> None:
        print(f"\n{title}", flush=True)


def around_the_show(story: Story) -> None:
    story.chapter("The widget knows what is on and groups the times around the show")
    show, nora = story.shows[0], story.diner("Nora Quinn", "nora.quinn@example.org", "07700 900888")
    story.step(
        f"The portal reads the programme; it includes {show['event']}",
        lambda: story.manager.wait_for_programme(show["event"]),
    )
    story.step("Times are offered before and after the show", lambda: times_are_parted(nora, show))
    story.step(
        f"The venue has a booking page of its own, {VENUE_PAGE}",
        lambda: own_page_offers_times(nora, story.portal + VENUE_PAGE),
    )


def times_are_parted(diner: Diner, show: dict[str, Any]) -> None:
    page = diner.times_for(diner.find_widget(), f"{show['startUtc']}Z").text
    for words in (show["event"], "Before the show", "Curtain up 7:30pm", "After the show", "Last tables"):
        expect_word(page, words)


def own_page_offers_times(diner: Diner, address: str) -> None:
    page = read(diner.web.get(address, timeout=10))
    expect(bool(page.choices("starts_at")), f"{address} offers no times")


def signed_in_basket(story: Story) -> None:
    story.chapter("A signed-in basket is verified, and the visit arrives")
    amara = story.diner("Amara Okafor", "amara.okafor@example.org", "07700 900461")
    story.step("Amara signs in at the theatre", amara.sign_in)
    booking_id = book_around_show(story, amara, story.shows[0])
    story.step("The guest becomes verified", lambda: story.manager.wait_for(booking_id, "Verified"))
    story.step("Priya marks the visit Completed", lambda: story.manager.complete(booking_id))
    story.step(
        "The visit is confirmed in Spektrix",
        lambda: story.manager.wait_for(booking_id, "Confirmed in Spektrix"),
    )
    story.step("Spektrix's own page of Amara shows both attributes", lambda: both_attributes_show(story))


def book_around_show(
    story: Story, diner: Diner, show: dict[str, Any], basket_from: Diner | None = None
) -> int:
    """Tickets, the widget on the show's day, a time before the show, a table. Returns the booking's id."""
    shopper = basket_from or diner
    shopper.buy_tickets(show["id"])
    basket = story.step(f"Tickets for {show['event']} are in the basket", shopper.basket)
    starts = f"{show['startUtc']}Z"
    widget = diner.find_widget()
    expect(story.widget_id in widget, "the theatre's page carries another widget")
    times = story.step(
        "The widget opens on the day of the show", lambda: day_of_show(diner, widget, starts, show)
    )
    return story.step(
        f"{diner.name} books a table and reads the confirmation",
        lambda: book_and_find(story, diner, show, (widget, times[4], starts, basket["id"])),
    )


def day_of_show(diner: Diner, widget: str, starts: str, show: dict[str, Any]) -> list[str]:
    times = diner.times_for(widget, starts).choices("starts_at")
    day = show["start"][:10]
    expect(
        bool(times) and all(one.startswith(day) for one in times),
        f"the times are not those of {day}: {times[:3]}",
    )
    return times


def book_and_find(story: Story, diner: Diner, show: dict[str, Any], order: tuple[str, str, str, str]) -> int:
    widget, starts_at, starts, basket_id = order
    page = diner.book(widget, starts_at, starts, basket_id)
    expect("GR-" in page.text, f"no booking reference on the confirmation: {page.text[:200]}")
    return story.manager.find_booking(show["start"][:10], diner.name)


def both_attributes_show(story: Story) -> None:
    page = story.box_office.customer_page(AMARA_ID)
    expect(LAST_DINED in page and VISITS in page and "T" in page, "the page lacks an attribute")
    customers = story.box_office.control("GET", "state")["customers"]
    values = next(one["attributes"] for one in customers if one["id"] == AMARA_ID)
    expect(values.get(VISITS) == "1", f"the visits are {values.get(VISITS)!r} instead of '1'")
    expect(str(values.get(LAST_DINED)) in page, "the page does not show the date that was written")


def anonymous_basket(story: Story) -> None:
    story.chapter("An anonymous basket stays unverified, and nothing is sent")
    daniel = story.diner("Daniel Reyes", "daniel.reyes@example.org", "07700 900777")
    booking_id = book_around_show(story, daniel, story.shows[1])
    story.step(
        "The diary says that the basket was not signed in",
        lambda: story.manager.wait_for(booking_id, "Unverified", "The basket was not signed in"),
    )
    complete_and_expect_nothing_sent(story, booking_id, "Not sent", "The basket was not signed in")


def evening_service(story: Story) -> None:
    story.chapter("An evening's service: a booking by phone, moved, undone, and on the curtain sheet")
    show, name = story.shows[0], "Ines Bergström"
    day, manager = show["start"][:10], story.manager
    booking_id = story.step(
        "Priya takes a booking by phone for the evening of the show",
        lambda: manager.take_by_phone(day, "18:00", name, "07700 900222"),
    )
    own, other = story.step("Move table shows which tables are free", lambda: manager.free_tables(booking_id))
    story.step("The booking moves to another table", lambda: manager.move(booking_id, other))
    story.step(
        "Move table names the new one as theirs",
        lambda: expect(manager.table_of(booking_id) == other, f"it stands at {manager.table_of(booking_id)}"),
    )
    story.step("Undo gives it its first table back", lambda: manager.undo_change(booking_id))
    expect(manager.table_of(booking_id) == own, f"it stands at {manager.table_of(booking_id)}")
    story.step(
        "The list of bookings finds it by the phone number",
        lambda: expect_word(manager.search_bookings("07700 900222"), name),
    )
    story.step(
        "The curtain sheet names the show",
        lambda: expect_word(manager.curtain_sheet(day), show["event"]),
    )


def somebody_elses_basket(story: Story) -> None:
    story.chapter("Somebody else's basket is a mismatch, and nothing is sent")
    tom = story.diner("Tom Whitfield", "tom.whitfield@example.org", "07700 900123")
    nora = story.diner("Nora Quinn", "nora.quinn@example.org", "07700 900888")
    story.step("Tom signs in at the theatre", tom.sign_in)
    booking_id = book_around_show(story, nora, story.shows[2], basket_from=tom)
    story.step(
        "The diary says that the basket is someone else's",
        lambda: story.manager.wait_for(booking_id, "Unverified", "The basket belongs to someone else"),
    )
    complete_and_expect_nothing_sent(story, booking_id, "Not sent", "The basket belongs to someone else")


def complete_and_expect_nothing_sent(story: Story, booking_id: int, *words: str) -> None:
    before = story.box_office.updates()
    story.manager.complete(booking_id)
    story.step(
        f"Completed, and the visit says: {', '.join(words)}",
        lambda: story.manager.wait_for(booking_id, *words),
    )
    story.step("Spektrix received no update", lambda: quiet(story, before))


def quiet(story: Story, before: int) -> None:
    """Watch for a while: an update that must not come would come by then."""
    time.sleep(QUIET_SECONDS)
    after = story.box_office.updates()
    expect(after == before, f"{after - before} updates arrived")


def active_off(story: Story) -> None:
    story.chapter("Active off: visits are held, and nothing is sent")
    story.step("Priya switches Active off", lambda: expect_word(story.manager.set_active("off"), "Paused"))
    amara = story.diner("Amara Okafor", "amara.okafor@example.org", "07700 900461")
    booking_id = book_around_show(story, amara, story.shows[3])
    complete_and_expect_nothing_sent(story, booking_id, "Held")
    story.step("Priya switches Active on again", lambda: story.manager.set_active("on"))
    story.step(
        "Test connection is green with its status",
        lambda: expect_word(story.manager.test_connection(), "200"),
    )


def attributes_missing(story: Story) -> None:
    story.chapter("Attributes missing in Spektrix: sent, not stored")
    story.step("The box office deletes both attributes", lambda: story.box_office.define("Access Needs"))
    tom = story.diner("Tom Whitfield", "tom.whitfield@example.org", "07700 900123")
    tom.sign_in()
    booking_id = book_around_show(story, tom, story.shows[4])
    story.step("The guest becomes verified", lambda: story.manager.wait_for(booking_id, "Verified"))
    story.manager.complete(booking_id)
    story.step(
        "The visit says: Sent, not stored", lambda: story.manager.wait_for(booking_id, "Sent, not stored")
    )
    story.step(
        "The Spektrix page names both attributes as not found",
        lambda: expect_word(story.manager.spektrix_page(), "Not found"),
    )
    near_miss(story, booking_id)


def near_miss(story: Story, booking_id: int) -> None:
    story.chapter("An attribute name is almost right: found, fixed, and the visit arrives")
    story.step(
        "The box office makes both again, one with a spelling mistake",
        lambda: story.box_office.define("Last Dine At", VISITS),
    )
    story.step(
        "The Spektrix page shows which letter is missing",
        lambda: expect_word(story.manager.check_attributes(), "A letter is missing in Dined: d"),
    )
    story.step(
        "Find the fault names the spelling and says who can fix it",
        lambda: expect_word(
            story.manager.find_the_fault(booking_id),
            "A customer attribute is spelled differently in Spektrix",
        ),
    )
    story.step("The box office corrects the name", lambda: story.box_office.define(LAST_DINED, VISITS))
    story.step(
        "Check again finds both", lambda: expect_word(story.manager.check_attributes(), "were looked up")
    )
    story.step(
        "The visit that was not stored is sent again automatically",
        lambda: story.manager.wait_for(booking_id, "Confirmed in Spektrix"),
    )
    story.step(
        "Find the fault finds no fault",
        lambda: expect_word(story.manager.find_the_fault(booking_id), "This visit is in Spektrix"),
    )


def expect_word(text: str, word: str) -> None:
    expect(word in text, f"the page does not say {word}")


def tell(story: Story) -> None:
    """Tell every chapter in order."""
    story.step("Priya signs in to the portal", story.manager.sign_in)
    for chapter in (
        around_the_show,
        signed_in_basket,
        anonymous_basket,
        evening_service,
        somebody_elses_basket,
        active_off,
        attributes_missing,
    ):
        chapter(story)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for place in ("portal", "api", "theatre", "widget"):
        parser.add_argument(f"--{place}", required=True)
    given = parser.parse_args()
    try:
        story = Story(given.portal, given.api, given.theatre, given.widget)
        tell(story)
    except StepFailed as problem:
        print(f"\nFailed. {problem}", file=sys.stderr, flush=True)
        return 1
    print(
        f"\nEvery step happened: {story.steps} steps in {time.monotonic() - story.began:.1f} s.", flush=True
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
