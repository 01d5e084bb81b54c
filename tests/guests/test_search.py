"""Who is found by what is typed, best first, by an index on both databases."""

import re

import pytest
from sqlalchemy import event, func, select, text

from jobs import relay
from portal.bookings.guest_pages import erasing, merging, search as guest_list
from portal.extensions import db
from portal.guests import search
from portal.guests.models import Guest, GuestWord
from portal.guests.search_words import LONGEST, MOST_TURNS, Kind, words_of
from portal.guests.service import Contact, find_or_add
from tests.factories import make_guest, make_manager, make_venue
from tests.support.tables import each_row

pytestmark = pytest.mark.both_databases

A_PAGE = 50


def add(venue, *names):
    return [make_guest(venue, name, "", "") for name in names]


def found(venue, typed, **asked):
    fits = search.found(venue, typed, asked.pop("most", A_PAGE), **asked)
    return [db.session.get(Guest, guest_id).name for guest_id in fits.guest_ids]


def words_left(guest_id):
    return db.session.scalar(select(func.count()).where(GuestWord.guest_id == guest_id))


@pytest.fixture
def guests(app_context, venue):
    add(venue, "Søren Østergård", "Łukasz Wiśniewski", "Anne-Marie Smith", "王小明", "Fiona Mc Donald")
    add(venue, "مُحَمَّد الرشيد", "שָׁלוֹם כהן", "Γιώργος Παπαδόπουλος", "Алёна Йодко", "Nguyễn Thị Hương")
    add(venue, "Işıl İnci", "ﾔﾏﾀﾞ タロウ", "김철수", "สมชาย ใจดี", "सुनीता शर्मा", "Rene\u0301 Müller", "Zoe 🙂")
    add(venue, "Xiao-Ming Wang", "Smith, John", "Dr. Ada Byron Jr.", "Daniel O'Reyes", "Straßer Æneas")
    return venue


@each_row(
    "typed, name",
    [
        ("ostergard", "Søren Østergård"),
        ("ØSTERGÅRD søren", "Søren Østergård"),
        ("lukasz", "Łukasz Wiśniewski"),
        ("Wisn", "Łukasz Wiśniewski"),
        ("marie", "Anne-Marie Smith"),
        ("annemarie", "Anne-Marie Smith"),
        ("anne marie", "Anne-Marie Smith"),
        ("Anne\u2011Marie", "Anne-Marie Smith"),
        ("marie smith", "Anne-Marie Smith"),
        ("smith, anne", "Anne-Marie Smith"),
        ("smi ann", "Anne-Marie Smith"),
        ("an sm", "Anne-Marie Smith"),
        ("a m s", "Anne-Marie Smith"),
        ("王小明", "王小明"),
        ("小明 王", "王小明"),
        ("小明王", "王小明"),
        ("小明", "王小明"),
        ("王", "王小明"),
        ("明", "王小明"),
        ("mcdonald", "Fiona Mc Donald"),
        ("fiona mcd", "Fiona Mc Donald"),
        ("mcdonald fiona", "Fiona Mc Donald"),
        ("محمد", "مُحَمَّد الرشيد"),
        ("مُحَمَّد", "مُحَمَّد الرشيد"),
        ("שלום", "שָׁלוֹם כהן"),
        ("כהן", "שָׁלוֹם כהן"),
        ("γιωργος", "Γιώργος Παπαδόπουλος"),
        ("ΠΑΠΑΔΟΠ", "Γιώργος Παπαδόπουλος"),
        ("алена", "Алёна Йодко"),
        ("Йодко", "Алёна Йодко"),
        ("huong", "Nguyễn Thị Hương"),
        ("nguyen huong", "Nguyễn Thị Hương"),
        ("Nguye\u0302\u0303n", "Nguyễn Thị Hương"),
        ("isil", "Işıl İnci"),
        ("IŞIL", "Işıl İnci"),
        ("inci", "Işıl İnci"),
        ("やまだ", "ﾔﾏﾀﾞ タロウ"),
        ("ヤマダタロウ", "ﾔﾏﾀﾞ タロウ"),
        ("たろう やまだ", "ﾔﾏﾀﾞ タロウ"),
        ("철수", "김철수"),
        ("철수 김", "김철수"),
        ("ใจดี", "สมชาย ใจดี"),
        ("शर्मा", "सुनीता शर्मा"),
        ("rené", "Rene\u0301 Müller"),
        ("rene\u0301 mueller", "Rene\u0301 Müller"),
        ("Mueller", "Rene\u0301 Müller"),
        ("🙂", "Zoe 🙂"),
        ("zoe", "Zoe 🙂"),
        ("xiaoming", "Xiao-Ming Wang"),
        ("wang xiaoming", "Xiao-Ming Wang"),
        ("xiao ming wang", "Xiao-Ming Wang"),
        ("john smith", "Smith, John"),
        ("Mr John Smith", "Smith, John"),
        ("j smith", "Smith, John"),
        ("ada byron", "Dr. Ada Byron Jr."),
        ("byron ada", "Dr. Ada Byron Jr."),
        ("dr byron", "Dr. Ada Byron Jr."),
        ("o reyes", "Daniel O'Reyes"),
        ("oreyes", "Daniel O'Reyes"),
        ("o\u2019rey", "Daniel O'Reyes"),
        ("strasser", "Straßer Æneas"),
        ("aeneas", "Straßer Æneas"),
    ],
)
def test_a_guest_is_found_however_the_name_is_typed(guests, typed, name):
    """B10: both normal forms of a name find it, as does each word of it."""
    assert found(guests, typed) == [name]


@each_row("typed", ["ostergård x", "arie", "小亮", "mill", "حمد", "smith byron", "يوسف", "%", "_", "\\"])
def test_nobody_is_found_by_what_no_word_begins_with(guests, typed):
    assert found(guests, typed) == []


@each_row(
    "typed",
    [
        "07700 900461",
        "+44 7700 900461",
        "0044 7700 900 461",
        "+44 (0)7700-900461",
        "7700900461",
        "07700.900.461",
        "tel: 07700 900461",
        "٠٧٧٠٠٩٠٠٤٦١",
        "077009",
        "+447700",
        "900461",
        "461",
    ],
)
def test_a_number_is_found_in_any_form(guests, typed):
    if not db.session.scalar(select(Guest.id).where(Guest.name == "Amara Okafor")):
        make_guest(guests, "Amara Okafor", "amara@example.org", "07700 900461")
        make_guest(guests, "Tom Whitfield", "", "01632 960555 / 01632 960777")
    assert found(guests, typed) == ["Amara Okafor"]
    assert found(guests, "960777") == ["Tom Whitfield"]


def test_a_number_is_read_in_the_venues_country(app_context):
    there = make_venue("Elsewhere", country="IT")
    make_guest(there, "Ada Rossi", "", "06 6982 4567")
    for typed in ("06 6982 4567", "+39 06 6982 4567", "4567", "0669"):
        assert found(there, typed) == ["Ada Rossi"]


def test_whole_words_come_first_then_beginnings_then_the_rest(app_context, venue):
    add(
        venue,
        "Annabel Hill",
        "Zoe Ann",
        "Ann Zander",
        "Joanna Annan",
        "Mary Ann Hill",
        "Ann",
        "Hannah Ann-Hill",
    )
    make_guest(venue, "Tom Whitfield", "ann.w@example.org", "")
    assert found(venue, "ann") == [
        *("Ann", "Ann Zander"),
        *("Hannah Ann-Hill", "Mary Ann Hill", "Zoe Ann"),
        "Annabel Hill",
        "Joanna Annan",
        "Tom Whitfield",
    ]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_pages_show_everybody_once_in_the_same_order(app_context, venue, most):
    add(venue, "Ann Ann Ann", "Ann Annan", "Annabel Ann", "Zoe Ann Anna", "Ann", "Ann", "Joe Ann-Marie Ann")
    for number in range(3):
        make_guest(venue, f"Anna Ann{number}", f"ann{number}@example.org", "")
    everybody = search.found(venue, "ann", A_PAGE).guest_ids
    assert len(everybody) == len(set(everybody)) == 10
    read, page = [], search.found(venue, "ann", most)
    while page.more:
        read += page.guest_ids
        page = search.found(venue, "ann", most, after=read[-1])
    assert [*read, *page.guest_ids] == list(everybody)


def test_only_guests_of_the_venue_are_found(app_context, venue):
    (there,) = add(make_venue("Elsewhere"), "Ada Guest")
    (here,) = add(venue, "Ada Guest")
    assert search.found(venue, "ada", A_PAGE).guest_ids == [here.id]
    assert search.found(venue, "ada", A_PAGE, after=there.id).guest_ids == [here.id]


def test_too_many_names_to_look_at_are_said(app_context, venue, monkeypatch):
    monkeypatch.setattr(search, "MOST_READ", 5)
    add(venue, *(f"Ann{number} Hill" for number in range(8)), "Ann9 Zander")
    fits = search.found(venue, "ann z", A_PAGE)
    assert fits.partly
    assert "Type more letters" in search.hint(venue, "ann z", fits)
    assert not search.found(venue, "ann9 z", A_PAGE).partly


@each_row(
    "typed",
    [
        *(
            "x" * 10_000,
            "x " * 5_000,
            "王" * 10_000,
            "!?.,",
            "%",
            "_",
            "*",
            '"',
            "'",
            "\0",
            "\ud800",
            "a\ud800b",
        ),
        *(
            "ann OR 1=1",
            'NEAR("a" "b")',
            "a* AND b*",
            "name:ann",
            "-",
            "^zz",
            "\u202e\u202d",
            "@",
            "a@",
            "@b",
        ),
        *("()" * 50, "+", "+0", "00000000", "1" * 99, "\U0010ffff", "a\u0301" * 100, "🙂" * 100),
    ],
)
def test_bad_input_finds_nobody_and_breaks_nothing(guests, typed):
    fits = search.found(guests, typed, A_PAGE)
    assert list(fits.guest_ids) == []
    if not any(each.isalnum() or each == "🙂" for each in typed):
        assert "no letters and no digits" in search.hint(guests, typed, fits)


def test_every_question_is_answered_by_an_index(app_context, venue):
    """Whatever is typed: a range of a sorted index, read in its order, then each guest's own words."""
    add(venue, *(f"Ann{number} Smith" for number in range(60)))
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2:4]))
    for typed in (
        "ann",
        "an sm",
        "ann1 smith",
        "a@b",
        "07700 900461",
        "王小明",
        "müller",
        "x" * 100,
        "a b c",
    ):
        search.found(venue, typed, A_PAGE)
        search.hint(venue, typed, search.found(venue, typed, A_PAGE))
        guest_list.found(venue, typed, None)
    search.add_missing(10)
    questions = {statement: parameters for statement, parameters in asked if statement.startswith("SELECT")}
    assert len(questions) > 5
    connection = db.session.connection()
    sqlite = db.engine.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    for statement, parameters in questions.items():
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
        plan = "\n".join(str(row[-1]) for row in rows)
        assert "Seq Scan" not in plan
        if "is_searchable" in statement.partition("WHERE")[2]:
            # Nobody is in it, once all are searchable.
            assert "ix_guests_not_searchable" in plan, plan
            continue
        assert "SCAN guest" not in plan
        assert not re.search(r"guests USING INDEX \w+ \(venue_id=\?\)", plan), plan
        if "FROM guest_words" in statement and "ORDER BY" in statement:
            assert re.search(r"\bword\)?(::text)? ?>", plan), plan
            assert "Sort" not in plan, plan
            # The few rows that were read of a range for the other words may be sorted once more.
            assert "TEMP B-TREE" not in plan or "LIKE" in statement, plan


def test_a_changed_name_is_found_and_the_old_one_is_not(app_context, venue):
    (guest,) = add(venue, "Ada Guest")
    row = db.session.get(Guest, guest.id)
    row.name = "Ada Host"
    db.session.flush()
    assert found(venue, "host") == ["Ada Host"]
    db.session.rollback()
    assert found(venue, "guest") == ["Ada Guest"]
    db.session.get(Guest, guest.id).name = "Ada Host"
    db.session.commit()
    assert found(venue, "guest") == []


def test_a_number_that_is_filled_in_later_is_found(app_context, venue):
    make_guest(venue, "Ada Guest", "ada@example.org", "")
    find_or_add(venue, Contact("Ada Guest", "ada@example.org", "07700 900461"))
    db.session.commit()
    assert found(venue, "900461") == ["Ada Guest"]


def test_an_erased_guest_leaves_no_words_behind(app_context, venue):
    guest = make_guest(venue)
    assert words_left(guest.id)
    erasing.erase(venue, guest.id, make_manager(venue).id)
    assert words_left(guest.id) == 0
    assert found(venue, "erased") == []


def test_a_merged_guest_leaves_no_words_behind(app_context, venue):
    kept, other = make_guest(venue, "Ada Guest", "", ""), make_guest(venue, "Zoe Guest", "", "07700 900461")
    merging.merge(venue, kept.id, other.id, make_manager(venue).id)
    assert words_left(other.id) == 0
    assert found(venue, "900461") == ["Ada Guest"]
    assert found(venue, "zoe") == []


def as_the_release_before_left_them():
    db.session.execute(text("DELETE FROM guest_words"))
    db.session.execute(text("UPDATE guests SET is_searchable = false"))
    db.session.commit()


def test_guests_of_an_earlier_release_are_added_a_few_at_a_time(app_context, venue):
    add(venue, *(f"Ada Guest{number}" for number in range(5)))
    erased = make_guest(venue, "Zoe Gone", "", "")
    erasing.erase(venue, erased.id, make_manager(venue).id)
    as_the_release_before_left_them()
    fits = search.found(venue, "ada", A_PAGE)
    assert list(fits.guest_ids) == []
    assert "still being added" in search.hint(venue, "ada", fits)
    assert [search.add_missing(2) for _ in range(4)] == [2, 2, 2, 0]
    fits = search.found(venue, "ada", A_PAGE)
    assert len(fits.guest_ids) == 5
    assert search.hint(venue, "ada", fits) == ""
    assert words_left(erased.id) == 0


def test_the_command_adds_them_all_and_says_how_far_it_is(app, venue, monkeypatch):
    monkeypatch.setattr("portal.shell.cli.GUESTS_AT_ONCE", 2)
    with app.app_context():
        add(venue, "Ada Guest", "Zoe Guest", "Tom Guest")
        as_the_release_before_left_them()
    said = app.test_cli_runner().invoke(args=["add-search-words"]).output
    assert said.splitlines() == ["2 guests done", "3 guests done", "Every guest is found by the search."]
    with app.app_context():
        assert len(found(venue, "guest")) == 3


def test_the_relay_adds_them_without_being_asked(app, venue, recording_queue):
    with app.app_context():
        add(venue, "Ada Guest")
        as_the_release_before_left_them()
    relay.look(app)
    with app.app_context():
        assert found(venue, "guest") == ["Ada Guest"]


def test_a_guest_keeps_few_words_however_long_the_name_is():
    for name in ("a b " * 30, "王" * 120, "Anne-Marie Smith", "王 " * 60):
        kept = words_of(name, "07700 900461", "+447700900461")
        assert len(kept) <= 2 * MOST_TURNS + 2
        assert all(0 < len(word) <= LONGEST for _, word in kept)
    assert len(words_of("John Smith", "07700 900461", "+447700900461")) == 5
    assert words_of("?", "", None) == set()
    assert (Kind.PHONE, "447700900461") in words_of("", "07700 900461", "+447700900461")
