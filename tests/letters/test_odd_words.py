"""Names and words of all kinds: no letter breaks, no header can be added, no link is smuggled in."""

from datetime import timedelta

import pytest

from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.letters import service, text_rules, texts
from portal.outbox.models import LetterKind
from tests.factories import make_booking, make_venue
from tests.letters.post import after_a_moment
from tests.support.reading import read_html
from tests.support.tables import each_row

FSI, PDI = "\u2068", "\u2069"
NAMES = [
    "X",
    "Siobhán O’Brien-O'Hara",
    "محمد عبد الله",
    "שרה כהן",
    "小明",
    "Zoë 👩‍👩‍👧 Quill",
    "Ta\u0308nja",
    "Wolfe" * 24,
    "<b>Bob</b> & {venue} %s",
    'Ann "The Voice" Smith, Esq.',
]


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_to_anybody_arrives_whole(house, noon, sent, arrived, name):
    texts.change(house.id, LetterKind.CONFIRMATION, subject="For {guest}", text="Hello {guest}!", is_on=True)
    make_booking(house, name=name)
    after_a_moment(noon)
    (letter,) = arrived()
    shown = text_rules.isolated(text_rules.shown_name(name))
    assert letter["Subject"] == f"For {shown}"
    assert f"Hello {shown}!" in letter.get_body(("plain",)).get_content()
    page = read_html(letter.get_body(("html",)).get_content())
    assert f"Hello {shown}!" in page.words
    assert not [each for each in page.all("b") if each.words == "Bob"]
    assert letter.defects == []
    raw = sent[0].html.encode()
    assert len(raw) < 40_000, "longer letters are cut short by mail programs"


@each_row(
    "name, shown",
    [
        ("محمد", f"{FSI}محمد{PDI}"),
        ("Amara", "Amara"),
        ("x" * 200, f"{'x' * 60}…"),
        ("", "guest"),
        ("   ", "guest"),
        ("Win at http://evil.example", "guest"),
        ("evil.example/now", "guest"),
        ("www.evil", "guest"),
        ("call@evil.example", "guest"),
        ("J. R. Smith", "J. R. Smith"),
        ("J.R. Smith", "J.R. Smith"),
        ("Smith/Jones", "Smith/Jones"),
        ("A\nB", "A B"),
    ],
)
def test_a_name_is_shown_so(name, shown):
    assert text_rules.isolated(text_rules.shown_name(name)) == shown


def test_a_long_name_is_never_cut_within_a_letter():
    family = "👩‍👩‍👧"
    for spaces in range(8):
        cut = text_rules.shown_name("x" * (55 + spaces) + family * 3)
        assert cut[-2] not in "\u200d\ufe0f"


@each_row(
    "text, filled",
    [
        ("Hello {guest}", "Hello {day}"),
        ("{unknown} {}", "{unknown} {}"),
        ("{{guest}}", "{{day}}"),
        ("{guest.__class__} {0} %(guest)s", "{guest.__class__} {0} %(guest)s"),
    ],
)
def test_what_a_value_holds_is_never_read_as_a_field(text, filled):
    assert text_rules.fill(text, {"guest": "{day}", "day": "secret"}) == filled


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_header_can_be_added_by_name_venue_or_words(
    app_context, recording_queue, noon, sent, arrived, ends
):
    evil = f"Bob{ends}Bcc: thief@elsewhere.example"
    venue = make_venue(f"Room{ends}Bcc: thief@elsewhere.example", email=f"a@b.example{ends}Bcc: c@d.example")
    texts.change(
        venue.id, LetterKind.CONFIRMATION, subject=f"S {{guest}}{ends}Bcc: x@y.example", text="t", is_on=True
    )
    make_booking(venue, name=evil)
    after_a_moment(noon)
    (letter,) = arrived()
    assert letter["Bcc"] is None
    assert letter["Reply-To"] is None
    assert {header for header, _ in letter.items()} == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_an_address_that_is_none_is_shown_as_undeliverable(house, noon, sent):
    booking = make_booking(house, email="amara@example.org\r\nBcc: thief@elsewhere.example")
    after_a_moment(noon)
    assert sent == []
    line = service.card_of(db.session.get_one(Booking, booking.id)).lines[0]
    assert (line.label, line.who) == ("Not delivered", "You")


def test_the_note_of_a_booking_is_in_no_letter(house, noon, sent):
    """Whoever books names the address, which may be somebody else's."""
    make_booking(house, note="Buy now at evil.example")
    after_a_moment(noon)
    assert "evil" not in sent[0].text + sent[0].html + sent[0].calendar.content.decode()


def test_a_venue_without_booking_page_or_details_still_writes(app_context, recording_queue, noon, sent):
    venue = make_venue("Ω", phone="")
    make_booking(venue)
    after_a_moment(noon)
    assert "Change or cancel" not in sent[0].text + sent[0].html
    assert sent[0].text.endswith("Ω\n")
    assert b"Change or cancel" not in sent[0].calendar.content


def test_the_plan_of_the_evening_stands_in_both_versions(house, noon, sent):
    show = make_booking(house).starts_at
    make_booking(house, starts_at=show - timedelta(hours=2), show_starts_at=show, source=Source.WIDGET)
    after_a_moment(noon)
    letter = next(each for each in sent if "Your evening" in each.text)
    for words in ("5:00pm", "6:45pm", "Head to your seats", "7:00pm", "Curtain up"):
        assert words in letter.text
        assert words in letter.html
