"""The list of bookings: who is found, in which order, page by page, on both databases by an index."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from sqlalchemy import event, update

from portal.bookings.list import references, rows
from portal.bookings.list.rules import Linked, Place, Wanted, When, place
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from tests.factories import local, make_booking, make_guest, make_link, make_venue
from tests.support.tables import each_row

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 6, 12)
NOON = datetime(2026, 6, 12, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def book(venue, name, days=0, hour=19, **details):
    contact = {"email": "", "phone": ""} | details
    return make_booking(
        venue, starts_at=local(venue, TODAY + timedelta(days=days), hour), name=name, **contact
    )


def part(venue, **wanted):
    return rows.part(venue, Wanted(**wanted), TODAY)


def names(venue, **wanted):
    return [row.name for row in rows.page(part(venue, **wanted)).rows]


@pytest.fixture
def four(app_context, venue):
    book(venue, "Yesterday", days=-1)
    book(venue, "Later today", hour=21)
    book(venue, "Earlier today", hour=12)
    book(venue, "Tomorrow", days=1, status=Status.CANCELLED, source=Source.EMAIL, email="t@example.org")
    return venue


@each_row(
    "wanted, found",
    [
        ({}, ["Earlier today", "Later today", "Tomorrow"]),
        ({"when": When.PAST}, ["Yesterday"]),
        ({"when": When.ALL}, ["Tomorrow", "Later today", "Earlier today", "Yesterday"]),
        ({"since": TODAY - timedelta(days=1), "until": TODAY}, ["Yesterday", "Earlier today", "Later today"]),
        ({"until": TODAY - timedelta(days=1)}, ["Yesterday"]),
        ({"status": Status.CANCELLED}, ["Tomorrow"]),
        ({"status": Status.CANCELLED, "when": When.PAST}, []),
        ({"source": Source.EMAIL}, ["Tomorrow"]),
        ({"source": Source.PHONE, "status": Status.CONFIRMED}, ["Earlier today", "Later today"]),
        ({"typed": "today"}, ["Earlier today", "Later today"]),
        ({"typed": "yesterday"}, []),
        ({"typed": "yesterday", "when": When.ALL}, ["Yesterday"]),
        ({"typed": "t@example"}, ["Tomorrow"]),
        ({"typed": "nobody"}, []),
    ],
)
def test_each_filter_leaves_the_bookings_that_fit(four, wanted, found):
    assert names(four, **wanted) == found


def test_a_booking_is_found_by_a_number_in_any_form(app_context, venue):
    book(venue, "Amara Okafor", phone="07700 900461")
    for typed in ("07700900461", "+44 7700 900 461", "900461", "077009"):
        assert names(venue, typed=typed) == ["Amara Okafor"]


def test_a_show_finds_its_bookings_of_any_day(app_context, venue):
    show = local(venue, TODAY, 19, 30)
    book(venue, "Before it", hour=17, show_starts_at=show)
    book(venue, "Other show", hour=17, show_starts_at=show + timedelta(days=1))
    book(venue, "Long ago", days=-40, show_starts_at=local(venue, TODAY - timedelta(days=40), 21))
    assert names(venue, show_at=show) == ["Before it"]
    assert names(venue, show_at=local(venue, TODAY - timedelta(days=40), 21)) == ["Long ago"]
    assert names(venue, show_at=show, typed="other") == []
    assert names(venue, show_at=show, status=Status.NO_SHOW) == []


def test_who_is_linked_is_told_apart(app_context, venue):
    guest = make_guest(venue)
    make_link(guest)
    make_booking(venue, guest, local(venue, TODAY, 18))
    book(venue, "Not linked")
    assert names(venue, linked=Linked.YES) == [guest.name]
    assert names(venue, linked=Linked.NO) == ["Not linked"]


def test_another_venues_bookings_are_never_found(app_context, venue):
    there = make_venue("Elsewhere")
    book(there, "Amara Okafor", phone="07700 900461")
    for wanted in ({}, {"typed": "amara"}, {"typed": "900461"}, {"when": When.ALL}):
        assert names(venue, **wanted) == []


def walk(of, step, backwards=False):
    """Every page of a part, from its first on, or from its last back."""
    pages, place_there = [], step
    while True:
        found = rows.page(of, **({"before": place_there} if backwards else {"after": place_there}))
        pages.append([row.name for row in found.rows])
        place_there = found.before if backwards else found.after
        if place_there is None:
            return pages


@each_row("when", [When.COMING, When.ALL])
def test_pages_lead_through_all_bookings_both_ways(app_context, venue, when, monkeypatch):
    monkeypatch.setattr(rows, "A_PAGE", 2)
    if not names(venue):
        for number in range(5):
            book(venue, f"Guest {number}", hour=12 if number < 3 else 13)
    order = [f"Guest {number}" for number in range(5)]
    if when is When.ALL:
        order.reverse()
    of = part(venue, when=when)
    pages = walk(of, None)
    assert pages == [order[:2], order[2:4], order[4:]]
    last = rows.page(of, after=rows.page(of, after=rows.page(of).after).after)
    assert last.after is None
    assert walk(of, last.before, backwards=True) == [order[2:4], order[:2]]
    second = rows.page(of, before=last.before)
    assert (second.after, second.before) == (
        rows.page(of, after=rows.page(of).after).after,
        second.rows[0].place,
    )


def test_a_rare_filter_reads_so_many_bookings_and_says_how_far_it_looked(app_context, venue, monkeypatch):
    monkeypatch.setattr(rows, "MOST_READ", 3)
    for day in range(7):
        book(
            venue,
            f"Guest {day}",
            days=day,
            source=Source.EMAIL if day == 5 else Source.PHONE,
            email=f"{day}@x.org",
        )
    of = part(venue, source=Source.EMAIL)
    first = rows.page(of)
    assert (first.rows, first.looked_until) == ([], TODAY + timedelta(days=2))
    second = rows.page(of, after=first.after)
    assert [row.name for row in second.rows] == ["Guest 5"]
    assert rows.page(of, after=second.after).after is None
    assert [row.name for row in rows.every_row(of, 10)] == ["Guest 5"]


def test_a_file_reads_in_batches_to_the_end_or_to_the_most(app_context, venue, monkeypatch):
    monkeypatch.setattr(rows, "A_BATCH", 2)
    for number in range(5):
        book(venue, f"Guest {number}", hour=12 + number)
    of = part(venue)
    assert [row.name for row in rows.every_row(of, 10)] == [f"Guest {number}" for number in range(5)]
    assert len(list(rows.every_row(of, 3))) == 3


def test_a_file_holds_no_transaction_between_its_batches(app_context, venue, monkeypatch):
    monkeypatch.setattr(rows, "A_BATCH", 1)
    book(venue, "One")
    book(venue, "Two", hour=20)
    db.session.commit()
    for _ in rows.every_row(part(venue), 10):
        assert not db.session().in_transaction()


def test_more_guests_than_are_looked_at_are_said(app_context, venue, monkeypatch):
    monkeypatch.setattr(rows, "MOST_GUESTS", 2)
    for number in range(3):
        book(venue, f"Smith {'abc'[number]}", hour=12 + number)
    assert part(venue, typed="smith").hint.startswith("More than 2 guests fit")
    assert part(venue, typed="smith a").hint == ""


@each_row(
    "typed, found",
    [
        ("GR-7K2AQ", 1),
        ("gr 7k2aq", 1),
        ("GR-7K", 2),
        ("7k2", 1),
        ("gr7k", 2),
        ("GR-", 0),
        ("GR", 0),
        ("KAREN", 0),
        ("GR-%", 0),
        ("\u0667k2", 0),
        ("-", 0),
        ("9" * 40, 0),
    ],
)
def test_a_reference_is_found_by_its_beginning(app_context, venue, typed, found):
    if not db.session.query(Booking).count():
        for reference in ("GR-7K2AQ", "GR-7KZZZ", "GR-KARAN"):
            booking = book(venue, "Amara Okafor")
            db.session.execute(update(Booking).where(Booking.id == booking.id).values(reference=reference))
        db.session.commit()
    assert len(references.beginning(venue, typed, 5)) == found


@each_row(
    "text",
    [
        "x",
        "2026-06-12_5",
        "2026-06-12_5_0",
        "2026-13-12_5_1",
        f"2026-06-12_{'9' * 18}_1",
        "2026-06-12_5_2147483648",
    ],
)
def test_what_is_no_place_is_refused(text):
    with pytest.raises(ValueError, match=r"no place|month"):
        place(text)


def test_a_place_is_read_back_as_it_was_written():
    there = Place(TODAY, NOON, 7)
    assert place(str(there)) == there
    assert place("") is None


def questions_of(engine, ask):
    """The statements about bookings that `ask` sends, each with its values."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if "FROM bookings" in statement:
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return dict(asked)


def plan_of(statement, parameters):
    connection, sqlite = db.session.connection(), db.engine.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))


def check_plan(statement, plan):
    where = statement.partition("WHERE")[2]
    assert not re.search(r"Seq Scan|\bSCAN (?!\d+ CONSTANT)", plan), plan
    if "guest_id IN" in statement:
        # The bookings of so many guests at most, sorted afterwards.
        assert "ix_bookings_by_guest" in plan, plan
    elif "show_starts_at =" in where:
        assert "ix_bookings_by_show" in plan, plan
    elif "reference" in where:
        assert re.search(r"reference\)?(::text)? ?>", plan), plan
    else:
        assert re.search("ix_bookings_(by_day|confirmed)", plan), plan
        assert not re.search("TEMP B-TREE|Sort", plan), plan
        if re.search(r"\(bookings.service_on, bookings.starts_at, bookings.id\) [<>]", where):
            # Else years are read to come to the place from which a page goes on.
            assert re.search(r"\(service_on,starts_at\)[<>]|ROW\(service_on, starts_at, id\)", plan), plan


def test_every_question_of_the_list_is_answered_by_an_index(app_context, venue, monkeypatch):
    """EXPLAIN of each question, in each combination of filters that leads to another one."""
    monkeypatch.setattr(rows, "MOST_READ", 2)
    show = local(venue, TODAY, 19, 30)
    for number in range(4):
        book(venue, f"Guest {number}", hour=12 + number, show_starts_at=show)
    there = Place(TODAY, local(venue, TODAY, 13), 1)
    combinations = (
        {},
        {"status": Status.NO_SHOW},
        {"source": Source.EMAIL, "linked": Linked.NO},
        {"typed": "guest"},
        {"typed": "guest", "status": Status.CONFIRMED, "show_at": show},
        {"show_at": show},
        {"show_at": show, "linked": Linked.YES},
        {"since": TODAY, "until": TODAY, "status": Status.CONFIRMED},
    )

    def ask():
        for when, more in product(When, combinations):
            of = part(venue, when=when, **more)
            rows.page(of)
            rows.page(of, after=there)
            rows.page(of, before=there)
        references.beginning(venue, "GR-7", 5)

    asked = questions_of(db.engine, ask)
    assert len(asked) > 20
    for statement, parameters in asked.items():
        check_plan(statement, plan_of(statement, parameters))
