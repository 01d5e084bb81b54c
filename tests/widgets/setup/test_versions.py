"""Each save keeps a version that can be brought back, and two managers never undo each other unawares."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from portal.widgets.models import IntegrationChoice, Widget, WidgetVersion
from portal.widgets.setup import settings, values
from tests.support.reading import read
from tests.widgets.conftest import GOOD, WIDGET

PAGE = f"/widgets/{WIDGET}"


@pytest.fixture
def now(stored):
    """The widget's settings and its number as they are stored now."""

    def read():
        def both(db):
            widget = db.session.scalar(db.select(Widget).where(Widget.public_id == WIDGET))
            return values.of(widget), widget.number

        return stored(both)

    return read


@pytest.fixture
def audited(stored):
    """What the audit trail says of widgets, oldest first: action and detail."""

    def read():
        from portal.venues.models import AuditEntry

        wanted = "widget%"
        return stored(
            lambda db: [
                (row.action, row.detail)
                for row in db.session.scalars(
                    db.select(AuditEntry).where(AuditEntry.action.like(wanted)).order_by(AuditEntry.id)
                )
            ]
        )

    return read


def form(**changes):
    """What the page sends before anything is changed, but for `changes`."""
    as_it_is = {
        "name": "Booking page widget",
        "integration": "spektrix",
        "sites": "localhost:8702\nwww.harbourplayhouse.example",
        "largest_party": "8",
        "days_ahead": "60",
        "arrive_minutes": "15",
        "walk_minutes": "0",
        "least_meal_minutes": "60",
        "color": "#5b2a6e",
        "color_picked": "#5b2a6e",
        "color_was": "#5b2a6e",
        "theme": "match",
        "opens": "button",
        "font": "system",
        "sign_in_url": "",
        "number": "1",
    }
    return as_it_is | changes


def test_first_save_keeps_the_state_before_as_well(manager, stored):
    manager.post(PAGE, data=form(color="#0f766e"))
    kept = stored(
        lambda db: [
            (row.number, row.settings["color"], row.saved_by_id is None)
            for row in db.session.scalars(db.select(WidgetVersion).order_by(WidgetVersion.number))
        ]
    )
    assert kept == [(1, "#5b2a6e", True), (2, "#0f766e", False)]


def test_versions_say_who_when_and_what_in_words(manager):
    manager.post(PAGE, data=form(color="#0f766e", sites="www.harbour.org"))
    page = read(manager.get(f"{PAGE}/versions")).words
    assert "Version 2 Fri 12 Jun, 12:00 Priya Shah Main colour, Websites In use" in page
    assert "Version 1 Fri 12 Jun, 12:00 Not known First version Restore version 1" in page


def test_saving_what_is_there_already_keeps_no_version(manager, now, audited):
    answer = manager.post(PAGE, data=form(), follow_redirects=True)
    assert "No changes to save." in answer.text
    assert now()[1] == 1
    assert audited() == []


def test_how_it_opens_is_part_of_the_code_and_the_answer_says_so(manager):
    answer = manager.post(PAGE, data=form(opens="floating"), follow_redirects=True)
    assert "paste the code again on your websites" in answer.text
    answer = manager.post(
        PAGE, data=form(opens="floating", color="#0f766e", number="2"), follow_redirects=True
    )
    assert "The colour of a floating button is part of the code" in answer.text
    answer = manager.post(PAGE, data=form(opens="floating", color="#0f766e", days_ahead="9", number="3"))
    assert "paste the code again" not in manager.get(answer.location).text.split("<form")[0]


def test_an_earlier_version_comes_back_as_a_new_one(manager, now, audited):
    manager.post(PAGE, data=form(color="#0f766e", opens="page"))
    answer = manager.post(f"{PAGE}/versions/1/restore", follow_redirects=True)
    assert "Version 1 is restored" in answer.text
    back, number = now()
    assert (back.color, back.opens, number) == ("#5b2a6e", "button", 3)
    page = read(manager.get(f"{PAGE}/versions")).words
    assert "Version 3 Fri 12 Jun, 12:00 Priya Shah Main colour, How it opens In use" in page
    assert audited()[-1] == ("widget_restored", f"{WIDGET}: version 1")


def test_what_cannot_be_used_any_more_is_left_out_and_said(manager, now, stored):
    manager.post(PAGE, data=form(color="#0f766e"))

    def spoil(db):
        first = db.session.scalar(db.select(WidgetVersion).where(WidgetVersion.number == 1))
        first.settings = first.settings | {"sites": ["no site"], "sign_in_url": "https://no.example/"}

    stored(spoil)
    answer = manager.post(f"{PAGE}/versions/1/restore", follow_redirects=True)
    assert "Left out, because it can no longer be used: Websites, Sign-in page." in answer.text
    assert now()[0].sites == []


@pytest.mark.parametrize("number", ["0", "7", "99999999999999999999"])
def test_a_version_that_never_was_is_not_there(manager, now, number):
    before = now()
    assert manager.post(f"{PAGE}/versions/{number}/restore").status_code == 404
    assert now() == before


def test_many_versions_come_in_pages(manager, stored):
    for number in range(1, 26):
        manager.post(PAGE, data=form(largest_party=str(10 + number), number=str(number)))
    first = read(manager.get(f"{PAGE}/versions"))
    assert "Version 26 " in first.words
    assert "Version 7 " in first.words
    assert "Version 6 " not in first.words
    second = read(manager.get(first.link("Older versions"))).words
    assert "Version 6 " in second
    assert "Version 1 " in second
    assert "Older versions" not in second
    assert "First version" in second


@pytest.mark.parametrize("below", ["9" * 30, "-1", "0", "x", ""])
def test_any_number_in_the_address_of_older_versions_is_answered(manager, below):
    assert manager.get(f"{PAGE}/versions", query_string={"below": below}).status_code == 200


def test_the_second_of_two_managers_is_told_and_loses_nothing(manager, now):
    manager.post(PAGE, data=form(color="#0f766e", days_ahead="90"))
    answer = manager.post(PAGE, data=form(color="#b91c1c", name="Foyer"))
    assert answer.status_code == 409
    shown = read(answer)
    page = shown.words
    assert "Priya Shah saved this widget while you were changing it" in page
    assert "(Main colour, Days ahead)" in page
    assert "You both changed these. The form shows your values. They saved: Main colour: #0f766e" in page
    assert (shown.typed("color"), shown.typed("name")) == ("#b91c1c", "Foyer")
    assert shown.typed("days_ahead") == "90", "what they changed alone is taken over"
    stands, number = now()
    assert (stands.color, stands.name, stands.days_ahead, number) == ("#0f766e", "Booking page widget", 90, 2)


def test_saving_the_form_of_that_answer_puts_both_together(manager, now):
    manager.post(PAGE, data=form(days_ahead="90"))
    answer = manager.post(PAGE, data=form(name="Foyer"))
    assert answer.status_code == 409
    number = read(answer).one("input", name="number").attributes["value"]
    assert manager.post(PAGE, data=form(name="Foyer", days_ahead="90", number=number)).status_code == 303
    both, _ = now()
    assert (both.name, both.days_ahead) == ("Foyer", 90)


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "99999999999999999999", "7"])
def test_a_form_of_no_known_version_is_asked_to_look_again_and_keeps_its_values(manager, now, number):
    answer = manager.post(PAGE, data=form(name="Foyer", number=number))
    assert answer.status_code == 409
    assert read(answer).typed("name") == "Foyer"
    assert now()[0].name == "Booking page widget"


def test_staff_switch_the_integration_and_nothing_else(people, now, audited):
    answer = people["staff"].post(f"{PAGE}/integration", data={"integration": "none", "name": "Mine"})
    assert answer.status_code == 303
    stands, number = now()
    assert (stands.integration, stands.name, number) == (IntegrationChoice.NONE, "Booking page widget", 2)
    assert audited() == [("widget_integration", WIDGET)]


def test_an_unknown_integration_is_refused_on_the_page(people, now):
    answer = people["staff"].post(f"{PAGE}/integration", data={"integration": "other"})
    assert answer.status_code == 422
    assert "Integration must be one of the options shown" in answer.text
    assert now()[1] == 1


def test_staff_see_the_settings_and_no_form_for_them(people):
    page = people["staff"].get(PAGE).text
    assert "Save integration" in page
    assert "Save changes" not in page
    assert "Delete this widget" not in page
    assert "/restore" not in people["staff"].get(f"{PAGE}/versions").text


@pytest.mark.parametrize("path", ["", "/versions/1/restore", "/delete"])
def test_staff_are_refused_what_managers_do(people, now, path):
    before = now()
    assert people["staff"].post(PAGE + path, data=GOOD).status_code == 403
    assert now() == before


def test_audit_names_fields_and_never_a_value(manager, audited):
    manager.post("/widgets", data={"name": "Bar page"})
    manager.post(PAGE, data=GOOD)
    entries = audited()
    assert [action for action, _ in entries] == [
        "widget_added",
        "widget_changed",
        "widget_integration",
        "widget_sites",
    ]
    assert entries[1][1].startswith(f"{WIDGET}: Name, Main colour, ")
    for _, detail in entries:
        assert "Bar page" not in detail
        assert "harbour.org" not in detail
        assert "0f766e" not in detail


def test_allowing_a_website_is_a_version_and_an_entry_too(manager, now, audited):
    manager.post(f"{PAGE}/sites/allow", data={"site": "new.example.org"})
    stands, number = now()
    assert "new.example.org" in stands.sites
    assert number == 2
    assert audited() == [("widget_sites", WIDGET)]


def test_a_widget_is_deleted_after_its_own_page_and_gone_from_lists(manager, stored, audited):
    page = read(manager.get(f"{PAGE}/delete")).words
    assert "Delete Booking page widget" in page
    assert "Websites with its code still show the link" in page
    assert "www.harbourplayhouse.example" in page
    answer = manager.post(f"{PAGE}/delete", follow_redirects=True)
    assert "Booking page widget is deleted." in answer.text
    for path in ("", "/versions", "/delete", "/preview"):
        assert manager.get(PAGE + path).status_code == 404
    assert manager.post(PAGE, data=form()).status_code == 404
    assert WIDGET not in manager.get("/widgets").text
    assert audited() == [("widget_deleted", WIDGET)]
    kept = stored(lambda db: db.session.scalar(db.select(Widget.deleted_at)))
    assert kept is not None


def test_of_many_saves_at_the_same_moment_one_goes_through_and_the_others_are_told(seeded, now):
    from portal.extensions import db
    from portal.venues.models import Venue

    def save(color):
        with seeded.app_context():
            venue = db.session.scalar(db.select(Venue))
            mine = replace(values.of(settings.find(venue, WIDGET)), color=color)
            db.session.rollback()
            try:
                settings.save(venue, WIDGET, mine, number=1)
            except settings.SavedMeanwhile:
                db.session.rollback()
                return None
            return color

    with ThreadPoolExecutor(4) as threads:
        went_through = [
            color for color in threads.map(save, ["#000001", "#000002", "#000003", "#000004"]) if color
        ]
    stands, number = now()
    assert [stands.color] == went_through
    assert number == 2
