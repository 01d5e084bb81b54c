"""What was typed into a page of the settings is not lost unawares, in Chromium."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_manager, make_venue
from tests.restaurant.in_browser import sign_in


@pytest.fixture
def office(page, portal):
    with portal.app.app_context():
        make_manager(make_venue(), email="priya@greenroom.example")
    sign_in(page, portal.url, "priya@greenroom.example", "/settings/details")
    return page


def test_leaving_the_page_asks_where_something_was_typed(office):
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    office.on("dialog", answer)
    first_line = office.get_by_label("First line for diners")
    first_line.fill("By the harbour")
    with office.expect_event("dialog"):
        office.get_by_role("link", name="Diary").first.click()
    assert asked == ["beforeunload"]
    expect(first_line).to_have_value("By the harbour")


def test_saving_one_card_saves_the_others_and_asks_nothing(office):
    asked = []
    office.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    office.get_by_label("First line for diners").fill("By the harbour")
    office.get_by_label("Phone number").fill("020 7946 0018")
    office.locator("#business").get_by_role("button", name="Save").click()
    expect(office.locator("#business")).to_contain_text("Saved")
    expect(office.locator("#words")).to_contain_text("Saved")
    expect(office.locator("#business .save__line")).to_be_in_viewport()
    assert asked == []
