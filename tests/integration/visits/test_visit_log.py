"""The log of visits: its pages, filters, search and file."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import Guest
from portal.integration.visits import csv_export as visit_csv, log as visits, places as visit_places
from portal.integration.visits.rules import Show
from portal.outbox.models import OutboxEntry, State
from portal.venues.models import AuditEntry, Role
from tests import factories
from tests.integration.logbook import LOG, logbook_of
from tests.people import TOM
from tests.support.tables import each_row

MARKUP = '<script>alert("x")</script>'


@pytest.fixture
def log(app):
    return logbook_of(app)


def shown(page):
    """The ids of the visits on a page, from the top."""
    links = [link.attributes["href"] for cell in page.all("td") for link in cell.all("a")]
    return [int(href.removeprefix(f"{LOG}/")) for href in links if href.startswith(f"{LOG}/")]


def pills(page):
    """What each filter says of its number of visits, and which is chosen."""
    links = page.one("nav", aria_label="Visits by result").all("a")
    counts = {link: "".join(count.words for count in link.all("span")) for link in links}
    names = {link: link.words.removesuffix(count).strip() for link, count in counts.items()}
    [chosen] = [names[link] for link in links if "aria-current" in link.attributes]
    return {names[link]: count for link, count in counts.items()}, chosen


def counts(page):
    return pills(page)[0]


def link(page, words):
    """Where the link leads that says this; None where there is none."""
    return page.link(words) if words in page.words else None


def test_row_says_what_was_sent_and_what_became_of_it(log):
    log.add(sent_last_dined="2026-06-12T21:40:00+01:00", sent_visits=4, visits_before="3", attempts=1)
    text = log.read().words
    assert "Amara Okafor 19:00, 2 guests Last dined 12 Jun, 21:40 Visits 3 → 4 Confirmed Read back" in text


def test_visit_not_sent_yet_shows_what_would_be_sent_now(log):
    log.add(State.RETRYING, Code.TIMED_OUT, due_at=clock.utc_now() + timedelta(minutes=3))
    assert "Visits 1, not sent yet" in log.read().words


def test_pages_follow_one_another_without_gaps_or_repeats(log, monkeypatch):
    monkeypatch.setattr(visits, "A_PAGE", 3)
    ids = [log.add(ago=timedelta(minutes=number // 2)) for number in range(8)]
    in_order = sorted(ids, key=lambda i: (log.entry(i).created_at, i), reverse=True)
    seen, page = [], log.read()
    assert link(page, "Newer visits") is None
    while True:
        seen += shown(page)
        following = link(page, "Older visits")
        if following is None:
            break
        page = log.read(following)
    assert seen == in_order
    back = log.read(link(page, "Newer visits"))
    assert shown(back) == in_order[3:6]
    assert shown(log.read(link(back, "Newer visits"))) == in_order[:3]


def test_entries_of_one_moment_are_all_shown(log, monkeypatch):
    monkeypatch.setattr(visits, "A_PAGE", 2)
    ids = [log.add() for _ in range(5)]
    with log.app.app_context():
        db.session.execute(update(OutboxEntry).values(created_at=clock.utc_now()))
        db.session.commit()
    first = log.read()
    second = log.read(link(first, "Older visits"))
    third = log.read(link(second, "Older visits"))
    assert shown(first) + shown(second) + shown(third) == sorted(ids, reverse=True)


def test_new_visits_shift_no_page(log, monkeypatch):
    monkeypatch.setattr(visits, "A_PAGE", 2)
    ids = [log.add(ago=timedelta(minutes=9 - number)) for number in range(4)]
    following = link(log.read(), "Older visits")
    log.add()
    assert shown(log.read(following)) == [ids[1], ids[0]]


@pytest.mark.both_databases
@pytest.mark.parametrize("show", [show for show in Show if show is not Show.ALL])
def test_filter_shows_its_states_alone_and_says_how_many(log, show):
    ids = {state: log.add(state) for state in State if state is not State.SETTLED}
    page = log.read(show=show)
    labels = {
        "waiting": {State.WAITING, State.BLOCKED},
        "not-stored": {State.NOT_STORED},
        "needs-you": {State.NEEDS_ATTENTION},
        "trying-again": {State.RETRYING},
    }
    wanted = labels.get(show) or {State(show.replace("-", "_"))}
    assert set(shown(page)) == {ids[state] for state in wanted}
    found, chosen = pills(page)
    assert (found["All"], found["Waiting"], found["Confirmed"]) == ("8", "2", "1")
    assert chosen.lower().replace(" ", "-") == show


def test_counts_say_when_there_are_more_than_were_counted(log, monkeypatch):
    monkeypatch.setattr(visit_places, "MOST_COUNTED", 1)
    monkeypatch.setattr("portal.integration.visits.rules.MOST_COUNTED", 1)
    for _ in range(3):
        log.add()
    assert counts(log.read())["Confirmed"] == "1+"


def test_only_the_last_90_days_are_shown_unless_others_are_asked_for(log):
    old, new = log.add(ago=timedelta(days=91)), log.add(ago=timedelta(days=89))
    assert shown(log.read()) == [new]
    day = clock.local_date(clock.utc_now(), log.venue.timezone) - timedelta(days=92)
    assert shown(log.read(since=day.isoformat())) == [new, old]


def test_days_are_the_venues_and_both_are_included(app):
    with app.app_context():
        venue = factories.make_venue(timezone="Pacific/Auckland")
    log = logbook_of(app, venue=venue)
    entry_id = log.add()
    today = clock.local_date(clock.utc_now(), "Pacific/Auckland").isoformat()
    assert shown(log.read(since=today, until=today)) == [entry_id]
    tomorrow = (clock.local_date(clock.utc_now(), "Pacific/Auckland") + timedelta(days=1)).isoformat()
    assert shown(log.read(since=tomorrow)) == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "typed", ["amara", "AMARA OK", "okafor", "Okaf", "amara@example", " amára ", "Ámara"]
)
def test_search_finds_name_surname_or_email_by_their_beginning(log, typed):
    found = log.add()
    log.add(name=TOM.name)
    assert shown(log.read(q=typed)) == [found]


def test_search_finds_a_booking_by_its_reference(log):
    found = log.add()
    log.add()
    with log.app.app_context():
        reference = db.session.scalar(
            select(Booking.reference).where(Booking.id == log.entry(found).booking_id)
        )
    assert shown(log.read(q=reference.lower())) == [found]


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", ["mara", "%", "_", "'; DROP TABLE guests; --", "\\", "x" * 100, "\u202e"])
def test_search_takes_what_was_typed_as_text(log, typed):
    log.add()
    page = log.read(q=typed)
    assert shown(page) == []
    assert "No visit found" in page.words


@each_row(
    "typed",
    ["ostergard", "SØREN", "07700 900461", "0461", "{reference}", "{letters}", "{spaced}"],
)
def test_search_finds_a_visit_however_it_is_typed(one_visit, typed):
    log, found, reference = one_visit
    letters = reference.partition("-")[2]
    typed = typed.format(reference=reference, letters=letters.lower(), spaced=reference.replace("-", " "))
    assert shown(log.read(q=typed)) == [found]


@pytest.fixture
def one_visit(log):
    found = log.add(name="Søren Østergård", phone="07700 900461")
    log.add(name=TOM.name, phone="01632 960777")
    with log.app.app_context():
        booking_id = log.entry(found).booking_id
        return log, found, db.session.scalar(select(Booking.reference).where(Booking.id == booking_id))


def test_a_visit_that_is_found_twice_is_shown_once(log):
    """By its guest, whose name is the letters of the booking's reference."""
    found = log.add(name="Pete R")
    with log.app.app_context():
        booking = db.session.get(Booking, log.entry(found).booking_id)
        booking.reference = f"{log.venue.reference_prefix}-PETER"
        db.session.commit()
    assert shown(log.read(q="peter")) == [found]


def test_search_keeps_filter_and_days(log):
    log.add()
    held = log.add(State.HELD, Code.VISIT_HELD)
    page = log.read(q="amara", show="held")
    assert shown(page) == [held]
    assert page.link("Confirmed").endswith("?show=confirmed&q=amara")
    assert counts(page)["Confirmed"] == ""


def test_a_search_that_fits_many_guests_says_so(log, monkeypatch):
    monkeypatch.setattr("portal.integration.visits.search.MOST_GUESTS", 2)
    for name in ("Ada One", "Ada Two", "Ada Three"):
        log.add(name=name)
        with log.app.app_context():
            db.session.execute(
                update(Guest).where(Guest.name == name).values(email=name, email_key=name.lower())
            )
            db.session.commit()
    page = log.read(q="ada")
    assert "More than 2 guests match" in page.words
    assert len(shown(page)) == 2
    rows = rows_of(log.client.get(f"{LOG}.csv", query_string={"q": "ada"}))
    assert len(rows) == 1 + 2 + 1
    assert rows[-1][0].startswith("More than 2 guests match")


@each_row(
    "query, sentence",
    [
        ({"since": "12/06/2026"}, "Enter a date, like 2026-06-12"),
        ({"since": "0001-01-01"}, "Enter a date, like 2026-06-12"),
        ({"until": "9999-12-31"}, "Enter a date, like 2026-06-12"),
        (
            {"since": "2026-06-12", "until": "2026-06-11"},
            ("Choose an end date that is not before the start date"),
        ),
        ({"show": "everything"}, "Choose one of the results below"),
        ({"older": "7"}, "That page does not exist"),
        ({"newer": "99999999999999999-99999999999"}, "That page does not exist"),
        ({"q": "x" * 101}, "Search for fewer than 100 letters"),
    ],
)
def test_what_cannot_be_asked_is_answered_with_a_sentence(log, query, sentence):
    log.add()
    page = log.read(status=422, **query)
    assert sentence in page.words
    assert page.one("title").words.startswith("Error: ")
    assert log.client.get(f"{LOG}.csv", query_string=query).status_code == 422


def test_names_with_markup_are_inert(log):
    """X07."""
    entry_id = log.add(State.NOT_STORED, Code.ATTRIBUTE_MISSING, name=f"{MARKUP} Okafor", detail=MARKUP)
    with log.app.app_context():
        factories.make_attempt(log.entry(entry_id))
        db.session.execute(update(OutboxEntry).values(visits_before=MARKUP, sent_visits=1))
        db.session.commit()
    for path in (LOG, f"{LOG}/{entry_id}"):
        assert MARKUP not in log.get(path)
        assert MARKUP in log.read(path).words


def test_empty_log_says_when_visits_come(log):
    assert "They appear here when a booking is marked Completed." in log.get()
    assert "No visit on these days has that result." in log.get(show="held")


def test_staff_read_the_log_and_get_no_buttons(app):
    log = logbook_of(app, Role.STAFF)
    entry_id = log.add(State.RETRYING, Code.TIMED_OUT)
    for path in (LOG, f"{LOG}/{entry_id}"):
        html = log.get(path)
        assert "Send now" not in html
        assert "Download CSV" not in html
    assert log.client.get(f"{LOG}.csv").status_code == 403


def rows_of(answer):
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_file_holds_what_the_log_shows(log):
    log.add(State.NOT_SENT, Code.ANONYMOUS, name="=cmd|'/c calc'!A1 Okafor")
    log.add(sent_last_dined="2026-06-12T21:40:00+01:00", sent_visits=4, visits_before="3", attempts=1)
    answer = log.client.get(f"{LOG}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="spektrix-visits.csv"'
    heads, first, second = rows_of(answer)
    assert heads[:2] == ["Completed (Europe/London time)", "Guest"]
    assert first[6:11] == ["2026-06-12 21:40", "3", "4", "Confirmed", "Read back and matches"]
    assert second[1] == "'=cmd|'/c calc'!A1 Okafor"
    assert second[6:10] == ["", "", "", "Not sent"]


def test_every_time_in_the_file_is_a_date_to_a_spreadsheet_and_every_count_a_number(log):
    log.add(sent_last_dined="2026-06-12T20:40:00+00:00", sent_visits=7, visits_before="6.0", attempts=1)
    heads, row = rows_of(log.client.get(f"{LOG}.csv"))
    times = {head: cell for head, cell in zip(heads, row, strict=True) if "time)" in head}
    assert times.pop("Last Dined At sent (Europe/London time)") == "2026-06-12 21:40"
    assert len(times) == 2
    for head, cell in times.items():
        assert datetime.strptime(cell, "%Y-%m-%d %H:%M"), head
    assert row[heads.index("Visits before")] == "6"
    assert row[heads.index("Visits sent")] == "7"


def test_file_keeps_to_filter_and_search(log):
    log.add()
    log.add(State.HELD, Code.VISIT_HELD)
    log.add(State.HELD, Code.VISIT_HELD, name=TOM.name)
    rows = rows_of(log.client.get(f"{LOG}.csv", query_string={"show": "held", "q": "whit"}))
    assert [row[1] for row in rows[1:]] == ["Tom Whitfield"]


def test_file_is_read_in_batches_and_says_where_it_was_cut(log, monkeypatch):
    monkeypatch.setattr(visits, "A_BATCH", 2)
    for _ in range(6):
        log.add()
    monkeypatch.setattr(visit_csv, "MOST_ROWS", 5)
    rows = rows_of(log.client.get(f"{LOG}.csv"))
    assert len(rows) == 1 + 5 + 1
    assert "Choose dates to export the others." in rows[-1][0]
    monkeypatch.setattr(visit_csv, "MOST_ROWS", 6)
    assert len(rows_of(log.client.get(f"{LOG}.csv"))) == 1 + 6


def test_export_is_noted_without_what_was_searched_for(log):
    log.add()
    log.client.get(f"{LOG}.csv", query_string={"q": "okafor", "show": "held"})
    with log.app.app_context():
        noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "visits_exported")).one()
    assert (noted.staff_id, "okafor" in noted.detail) == (log.staff.id, False)
    assert noted.detail == "held, the last 90 days to today, by a search"
