"""What the help centre holds: its articles and their sections, in reading order (R1, R3, R24).

Anchors are addresses that findings and other pages point to, so a title may change and an anchor may not.
A heading that says the same as a finding is read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from portal.findings import Code, finding


@dataclass(frozen=True)
class Section:
    """One heading of an article.

    Args:
        anchor: the fragment of its address.
        title: the heading.
        mark: a status code or the like, shown beside the heading.
        under: anchor of the section that it is a part of, "" for one of its own.
    """

    anchor: str
    title: str
    mark: str = ""
    under: str = ""


class Chapter(NamedTuple):
    """A section of its own and the parts under it."""

    section: Section
    parts: list[Section]


@dataclass(frozen=True)
class Article:
    """A page of help; its text is the template `help/<template>.html`."""

    name: str
    title: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def template(self) -> str:
        return f"help/{self.name.replace('-', '_')}.html"

    @property
    def chapters(self) -> list[Chapter]:
        """Return the sections of their own, each with the parts under it."""
        return [
            Chapter(section, [part for part in self.sections if part.under == section.anchor])
            for section in self.sections
            if not section.under
        ]

    def section(self, anchor: str) -> Section:
        """Return the section at `anchor`. Raises KeyError when the article has none."""
        return {section.anchor: section for section in self.sections}[anchor]


SET_UP = Article(
    "set-up",
    "Set-up",
    "Do two jobs in Spektrix, fill in three fields here, and add one piece of code to your website.",
    (
        Section("before", "Before you start"),
        Section("api-user", "Job 1: an API user in Spektrix"),
        Section("client-name", "Where to find the client name", under="api-user"),
        Section("attributes", "Job 2: two customer attributes in Spektrix"),
        Section("types", "Which type to choose", under="attributes"),
        Section("connect", "Enter the details and test them"),
        Section("custom-domain", "If your website uses its own Spektrix address", under="connect"),
        Section("widget", "Switch the widget on"),
        Section("prove", "Test it with a test customer"),
        Section("matching", "Guests who do not use the widget"),
        Section("stopping", "Pausing and disconnecting"),
    ),
)
FIELD_MAPPING = Article(
    "field-mapping",
    "Field mapping",
    "What Spektrix and this portal send each other, when, and what they never send.",
    (
        Section("from-spektrix", "From Spektrix to here"),
        Section("date", "The date that is filled in", under="from-spektrix"),
        Section("basket", "How long the basket number is kept", under="from-spektrix"),
        Section("programme", "The theatre’s programme", under="from-spektrix"),
        Section("to-spektrix", "From here to Spektrix"),
        Section("last-dined-at", "How Last Dined At is written", under="to-spektrix"),
        Section("counted", "Which bookings count as visits", under="to-spektrix"),
        Section("cancelling", "Cancelling after a visit was sent", under="to-spektrix"),
        Section("confirmed", "What Confirmed means", under="to-spektrix"),
        Section("verified", "Which guests are linked"),
        Section("not-verified", "The two cases that stop a link", under="verified"),
        Section("kiosk", "Shared screens", under="verified"),
        Section("details", "Linked by their details", under="verified"),
        Section("later", "Linked later", under="verified"),
        Section("unlinked", "When a link ends", under="verified"),
        Section("never", "What is never sent"),
        Section("spektrix-docs", "Spektrix’s own pages"),
    ),
)
TROUBLESHOOTING = Article(
    "troubleshooting",
    "Troubleshooting",
    "Start with what you see. Each part ends with a live check that finds the cause.",
    (
        Section("connection", "Test connection comes back red"),
        Section("key-refused", finding(Code.KEY_REFUSED).title, "401", "connection"),
        Section("clock", finding(Code.CLOCK_OFF).title, "401", "connection"),
        Section("permission", "The API user is not allowed to do this", "403", "connection"),
        Section("edge", "A security filter blocked us", "403", "connection"),
        Section("client-name", finding(Code.CLIENT_UNKNOWN).title, "404", "connection"),
        Section("outage", "Spektrix is having a problem", "5xx", "connection"),
        Section("custom-domain", "Your custom domain does not answer", "none", "connection"),
        Section("not-spektrix", "Something else answered", under="connection"),
        Section("ours", "The fault is on our side", under="connection"),
        Section("pre-fill", "The date is not filled in"),
        Section("widget-none", "The widget is set to None", "1", "pre-fill"),
        Section("no-basket", "There is no ticket in the basket yet", "2", "pre-fill"),
        Section("script", "Spektrix’s script is late, missing or blocked", "3", "pre-fill"),
        Section("paused", "The integration is paused", "4", "pre-fill"),
        Section("wrong-host", "Two Spektrix addresses are in use", under="pre-fill"),
        Section("site-not-listed", "The website is not on the widget’s list", under="pre-fill"),
        Section("not-opened", "Nobody has opened the widget there yet", under="pre-fill"),
        Section("visits", "One visit is not in Spektrix"),
        Section("visit-completed", "Is the booking Completed?", "1", "visits"),
        Section("visit-widget", "Did the guest book through the widget?", "2", "visits"),
        Section("visit-linked", "Is the guest linked?", "3", "visits"),
        Section("visit-attributes", "Do both attributes exist?", "4", "visits"),
        Section("visit-active", "Is the integration active?", "5", "visits"),
        Section("writes", "The connection is saved, but no visit reaches Spektrix"),
        Section("attributes", "A name is missing or differs", under="writes"),
        Section("attribute-type", "The type does not keep the value", under="writes"),
        Section("support", "When to ask for help"),
    ),
)
WIDGET = Article(
    "widget",
    "The widget on your website",
    "Paste the code into any website once, then see whether it works there.",
    (
        Section("add", "Put it on a page"),
        Section("builders", "On your kind of website", under="add"),
        Section("wordpress", "WordPress", under="add"),
        Section("squarespace", "Squarespace", under="add"),
        Section("wix", "Wix", under="add"),
        Section("gtm", "Google Tag Manager", under="add"),
        Section("links", "Links and QR codes", under="add"),
        Section("dates", "How the date is filled in"),
        Section("from-page", "When the page is about one show", under="dates"),
        Section("cancelling", "When a guest changes or cancels"),
        Section("waiting", "When there is no table"),
        Section("stands-in-the-way", "What can block the widget"),
        Section("policy", "A security policy", under="stands-in-the-way"),
        Section("consent", "Consent tools and optimisers", under="stands-in-the-way"),
        Section("staging", "Test copies of your website", under="stands-in-the-way"),
        Section("look", "Check it yourself"),
        Section("where", "What the lines under Where it runs mean", under="look"),
        Section("check", "What Check can and cannot see", under="look"),
        Section("console", "The browser’s console: F12", under="look"),
    ),
)
ARTICLES = {article.name: article for article in (SET_UP, WIDGET, FIELD_MAPPING, TROUBLESHOOTING)}
"""Those on Spektrix."""

OPENING_HOURS = Article(
    "opening-hours",
    "Opening hours",
    "When you serve, how long parties stay, and how many guests may arrive at once.",
    (
        Section("week", "The week and its services"),
        Section("after-midnight", "After midnight", under="week"),
        Section("copy", "Copy a day", under="week"),
        Section("rules", "What a service decides"),
        Section("stays", "How long a party stays", under="rules"),
        Section("pace", "Pace", under="rules"),
        Section("online", "Booking online", under="rules"),
        Section("changes", "Change it when people have booked"),
        Section("from-a-date", "From a date on", under="changes"),
        Section("kept", "Bookings that no longer fit", under="changes"),
        Section("end", "End or delete a service", under="changes"),
    ),
)
SPECIAL_DAYS = Article(
    "special-days",
    "Special days",
    "Days when you are closed, open at other hours, or hired out.",
    (
        Section("add", "Add a special day"),
        Section("bank-holidays", "Bank holidays", under="add"),
        Section("note", "What diners read", under="add"),
        Section("kinds", "The three kinds"),
        Section("closed", "Closed all day", under="kinds"),
        Section("hours", "Other hours", under="kinds"),
        Section("hire", "Private hire", under="kinds"),
        Section("changes", "When people have booked"),
        Section("kept", "Bookings that no longer fit", under="changes"),
        Section("back", "Change it back", under="changes"),
    ),
)
TABLES = Article(
    "tables",
    "Tables",
    "Which tables you have, which parties each table takes, and which tables you join.",
    (
        Section("add", "Add tables"),
        Section("none", "Without tables", under="add"),
        Section("areas", "Areas", under="add"),
        Section("rules", "What a table decides"),
        Section("parties", "Which parties it takes", under="rules"),
        Section("order", "Which table is given first", under="rules"),
        Section("online", "Tables that diners cannot book", under="rules"),
        Section("joined", "Joined tables"),
        Section("changes", "When people have booked"),
        Section("kept", "Bookings that no longer fit", under="changes"),
        Section("out", "Out of use, and deleting", under="changes"),
    ),
)
BUSINESS_DETAILS = Article(
    "business-details",
    "Business details",
    "What diners read about your restaurant, where they read it, and how to change it.",
    (
        Section("guide", "The first steps"),
        Section("where", "Where diners read it"),
        Section("logo", "Which logo works"),
        Section("time-zone", "Changing the time zone"),
        Section("saving", "Saving, Undo and two managers at once"),
    ),
)
MESSAGES = Article(
    "messages",
    "Messages",
    "What your guests are sent by email about their bookings, in your words or ours.",
    (
        Section("which", "The letters"),
        Section("when", "When each leaves", under="which"),
        Section("none", "Who gets none", under="which"),
        Section("words", "Your own words"),
        Section("fields", "Fields", under="words"),
        Section("preview", "Preview and test", under="words"),
        Section("original", "Back to the original", under="words"),
        Section("trouble", "When a letter does not arrive"),
        Section("booking", "What the booking says", under="trouble"),
        Section("again", "Send it again", under="trouble"),
    ),
)
TAKING_BOOKINGS = Article(
    "taking-bookings",
    "Taking and finding bookings",
    "Book for whoever calls, seat whoever is at the door, keep a waiting list, and find any booking again.",
    (
        Section("new", "New booking"),
        Section("guest", "Find the guest", under="new"),
        Section("times", "Free times", under="new"),
        Section("walk-in", "Walk-in"),
        Section("waiting", "Waiting list"),
        Section("offer", "Offer a table", under="waiting"),
        Section("list", "Find a booking"),
        Section("file", "A file for a spreadsheet", under="list"),
    ),
)
ONLINE_BOOKING = Article(
    "online-booking",
    "Online booking",
    "Where diners book by themselves, how far ahead, how late, and for how many.",
    (
        Section("page", "Your booking page"),
        Section("not-open", "When it opens", under="page"),
        Section("address", "Its address", under="page"),
        Section("rules", "The rules for booking online"),
        Section("own-rules", "Services with rules of their own", under="rules"),
        Section("no-times", "When diners find no times"),
    ),
)
CHANGING_BOOKINGS = Article(
    "changing-bookings",
    "Changing bookings",
    "Another time, another table, another guest: what you can change, and how to take it back.",
    (
        Section("change", "Change a booking"),
        Section("refused", "When it cannot be", under="change"),
        Section("show", "Bookings for a show", under="change"),
        Section("guest", "When the guest is somebody else", under="change"),
        Section("move", "Move to another table"),
        Section("undo", "Undo, and who changed what"),
        Section("evening", "During the evening"),
        Section("seated", "Seated, late and completed", under="evening"),
        Section("still-open", "Still open from before", under="evening"),
        Section("pending", "Bookings that are not confirmed"),
        Section("overbooking", "Overbook on purpose"),
    ),
)
CURTAIN_SHEET = Article(
    "curtain-sheet",
    "Curtain sheet",
    "Which tables go to which show, when they leave, and what to do when a show moves or is cancelled.",
    (
        Section("sheet", "The sheet"),
        Section("fire", "Order to fire", under="sheet"),
        Section("print", "On paper", under="sheet"),
        Section("changed", "A show that moved or is cancelled"),
        Section("write", "Tell the guests", under="changed"),
        Section("another", "Another show at that time", under="changed"),
    ),
)
DIARY = Article(
    "diary",
    "The diary",
    "The evening at a glance, on as many tablets as you like.",
    (
        Section("tables", "Tables"),
        Section("looks", "What a block says", under="tables"),
        Section("figures", "The line of figures", under="tables"),
        Section("move", "Move a booking", under="tables"),
        Section("list", "List, week and print"),
        Section("press", "Seat, complete, undo"),
        Section("live", "Several tablets at once"),
        Section("offline", "Without a connection", under="live"),
        Section("keys", "Keys"),
    ),
)
_ON_THE_RESTAURANT = (
    BUSINESS_DETAILS,
    OPENING_HOURS,
    TABLES,
    SPECIAL_DAYS,
    ONLINE_BOOKING,
    DIARY,
    TAKING_BOOKINGS,
    CHANGING_BOOKINGS,
    CURTAIN_SHEET,
    MESSAGES,
)
RESTAURANT_ARTICLES = {article.name: article for article in _ON_THE_RESTAURANT}
"""Those on the restaurant: its settings, and its bookings."""
