"""Settings, Messages: a manager's own words, looked at, tried out, saved and taken back."""

import pytest

from portal.extensions import db
from portal.letters import texts
from portal.letters.originals import ORIGINALS
from portal.letters.reminders import owing
from portal.outbox import letters
from portal.outbox.models import LetterKind
from portal.restaurant import saving
from portal.restaurant.messages.subjects import CARDS
from portal.venues.models import AuditEntry
from tests.factories import make_booking, make_manager, make_staff, make_venue, sign_in
from tests.letters.post import after_a_moment
from tests.support.apps import change_settings
from tests.support.mail_server import MailServer
from tests.support.reading import read
from tests.support.tables import each_row

PAGE = "/settings/messages"
KIND = LetterKind.CONFIRMATION


@pytest.fixture
def office(house, client):
    manager = make_manager(house, email="priya@greenroom.example")
    db.session.rollback()
    return sign_in(client, manager)


def typed(office, kind, **changes):
    form = read(office.get(f"{PAGE}/{kind}")).one(id=f"letter_{kind}-form")
    found = {each.attributes["name"]: each.attributes.get("value") or "" for each in form.all("input")}
    found["text"] = form.typed("text")
    if kind == "reminder":
        found["hour"] = form.one(name="hour").one("option", selected=None).attributes["value"]
    return {name: value for name, value in (found | changes).items() if value is not None}


def save(office, kind="confirmation", **changes):
    db.session.rollback()
    return office.post(f"{PAGE}/{kind}", data=typed(office, kind, **changes))


def words(house, kind=KIND):
    db.session.rollback()
    found = texts.words_of(house.id, kind)
    db.session.rollback()
    return found


def test_all_letters_are_listed(house, office):
    page = read(office.get(PAGE)).words
    for original in ORIGINALS.values():
        assert original.title in page
    assert "Sent the day before, to guests who booked before that, at 10am." in page
    assert "Answers go to hello@greenroom.example" in page


def test_without_mail_the_page_says_so_and_offers_no_test(house, app, office):
    change_settings(app, mail_url="")
    assert "No letters leave yet" in read(office.get(PAGE)).words
    assert "Send a test to me" not in read(office.get(f"{PAGE}/change")).words


def test_letters_that_could_not_be_delivered_are_named_until_one_is(house, app, office, noon, mail_folder):
    booking = make_booking(house, name="Tom Bell", email="dead@example.org")
    make_booking(house, name="Ann Bell")
    server = MailServer({"RCPT": "550 no such user"})
    with server.serving() as mail_url:
        change_settings(app, mail_url=mail_url)
        after_a_moment(noon)
    card = read(office.get(PAGE)).one(id="failed")
    assert "Tom Bell, Fri 12 June" in card.words
    assert (
        "Confirmation. Could not be delivered: the mail server refused the address (550 no such user)."
        in (card.words)
    )
    assert card.all("a")[-1].attributes["href"].startswith(f"/bookings/{booking.id}")
    db.session.rollback()
    change_settings(app, mail_url=mail_folder.as_uri())
    letters.owe(KIND, house.id, booking.id, booking.booked_email, asked_by_id=make_staff(house).id)
    db.session.commit()
    after_a_moment(noon)
    assert "Tom Bell" not in read(office.get(PAGE)).one(id="failed").words


def test_own_words_are_saved_noted_and_taken_back(house, office):
    answer = save(office, subject="Table for {party}", text="Dear {first_name},\n\nSee you at {time}.")
    assert answer.status_code == 303
    assert (words(house).subject, words(house).text) == (
        "Table for {party}",
        "Dear {first_name},\n\nSee you at {time}.",
    )
    page = read(office.get(answer.location))
    assert "Saved 12:00" in page.words
    assert "Your own words" in read(office.get(PAGE)).words
    db.session.rollback()
    details = [entry.detail for entry in db.session.query(AuditEntry)]
    db.session.rollback()
    assert details[-1] == "Confirmation: Subject, Text"
    undo = next(button for button in page.all("button") if button.words == "Undo")
    office.post(undo.attributes["formaction"], data=typed(office, "confirmation"))
    assert words(house).subject == ORIGINALS[KIND].subject


def test_the_original_is_restored_and_stays_on_or_off(house, office):
    save(office, subject="Mine", is_on=None)
    db.session.rollback()
    answer = office.post(f"{PAGE}/confirmation/original", data=typed(office, "confirmation"))
    assert answer.status_code == 303
    assert words(house).subject == ORIGINALS[KIND].subject
    assert not words(house).is_on


def test_a_letter_that_only_a_press_sends_cannot_be_switched_off(house, office):
    kind = LetterKind.SHOW_CHANGED
    assert not read(office.get(f"{PAGE}/{kind}")).all("input", name="is_on")
    assert save(office, kind, subject="Mine", is_on=None).status_code == 303
    assert (words(house, kind).subject, words(house, kind).is_on) == ("Mine", True)


def test_the_hour_of_the_reminder_is_saved(house, office):
    assert save(office, "reminder", hour="16").status_code == 303
    db.session.rollback()
    assert owing.hour_of(house.id) == 16


WRONG = [
    ({"text": "Hello {gest}"}, "Text: {gest} is not a field. Use one of these: {guest}, {first_name}, "),
    ({"text": "Hello {guest"}, "Text: A brace must be part of a field, like {guest}."),
    ({"text": "{{guest}}"}, "Text: A brace must be part of a field"),
    ({"text": "{guest.__class__}"}, "Text: {guest.__class__} is not a field."),
    ({"subject": "{config}"}, "Subject: {config} is not a field."),
    ({"subject": ""}, "Enter the subject of the letter"),
    ({"text": "  \n "}, "Enter the text of the letter"),
    ({"subject": "x" * 121}, "Subject must be 120 characters or fewer"),
    ({"text": "x" * 2001}, "Text must be 2000 characters or fewer"),
    ({"subject": "a\x00b"}, "Subject has a hidden character in it."),
]


@each_row("changes, sentence", WRONG)
def test_what_cannot_be_a_letter_is_refused_with_a_sentence(house, office, changes, sentence):
    answer = save(office, **changes)
    assert answer.status_code == 422
    assert sentence in read(answer).one(class_="summary").words
    assert words(house).subject == ORIGINALS[KIND].subject


def test_two_managers_never_undo_each_other_unawares(house, office):
    ade = make_manager(house, name="Ade Bello")
    db.session.rollback()
    mine = typed(office, "change", subject="Mine")
    about = CARDS[LetterKind.CHANGE]
    saving.save(house, about, about.read(house, 0) | {"text": "Theirs"}, 0, ade.id)
    answer = office.post(f"{PAGE}/change", data=mine)
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Change” while you were changing it" in page.words
    form = page.one(id="letter_change-form")
    assert (form.one(name="subject").attributes["value"], form.typed("text")) == ("Mine", "Theirs")


def preview(office, kind="confirmation", **data):
    db.session.rollback()
    return office.post(f"{PAGE}/{kind}/preview", data=data)


def test_a_preview_shows_what_is_typed_for_an_invented_booking(house, office):
    answer = preview(office, subject="Hello {first_name}", text="At {time}, {unknown} <b>")
    assert "Hello Alex" in answer.text
    assert "At 7:00pm, {unknown} &lt;b&gt;" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; form-action 'none';")
    assert "frame-ancestors 'self'" in policy
    assert "script" not in answer.text
    assert "href" not in answer.text


def test_a_preview_shows_a_real_booking_and_none_of_another_venue(house, office):
    booking = make_booking(house, name="Tom Bell")
    other = make_booking(make_venue("The Lantern"), name="Somebody Else")
    assert "Tom Bell, Fri 12 June" in read(office.get(f"{PAGE}/change")).words
    assert "Hello Tom Bell" in office.get(f"{PAGE}/change/preview?booking={booking.id}").text
    assert "(was 6:00pm)" in office.get(f"{PAGE}/change/preview?booking={booking.id}").text
    assert "Somebody" not in office.get(f"{PAGE}/change/preview?booking={other.id}").text


def test_a_test_letter_goes_to_whoever_presses_and_saves_nothing(house, office, arrived):
    db.session.rollback()
    data = typed(office, "confirmation", subject="Trying {party}", booking="")
    answer = office.post(f"{PAGE}/confirmation/test", data=data)
    assert "Sent to priya@greenroom.example." in read(answer).words
    (letter,) = arrived()
    assert (letter["To"], letter["Subject"]) == ("priya@greenroom.example", "Test: Trying 2 guests")
    assert words(house).subject == ORIGINALS[KIND].subject


def test_a_test_letter_that_is_refused_says_what_the_server_said(house, app, office):
    db.session.rollback()
    data = typed(office, "confirmation")
    server = MailServer({"MAIL": "550 5.7.1 sender not allowed"})
    with server.serving() as mail_url:
        change_settings(app, mail_url=mail_url)
        answer = office.post(f"{PAGE}/confirmation/test", data=data)
    assert "It said: 550 5.7.1 sender not allowed." in read(answer).words


def test_staff_may_not_change_letters(house, app):
    staff = make_staff(house)
    db.session.rollback()
    desk = sign_in(app.test_client(), staff)
    for address in (PAGE, f"{PAGE}/change", f"{PAGE}/change/preview"):
        assert desk.get(address).status_code == 403
    assert desk.post(f"{PAGE}/change/test").status_code == 403
