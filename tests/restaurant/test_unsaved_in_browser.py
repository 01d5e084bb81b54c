"""What was typed into one card is not lost unawares when another one is saved, in Chromium."""

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


def test_saving_one_card_asks_where_another_was_typed_in(office):
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    office.on("dialog", answer)
    first_line = office.locator("#words textarea, #words input[type=text]").first
    first_line.fill("By the harbour")
    phone = office.get_by_label("Phone number")
    phone.fill("020 7946 0018")
    office.locator("#business").get_by_role("button", name="Save").click()
    office.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(first_line).to_have_value("By the harbour")


def test_saving_what_was_typed_asks_nothing(office):
    asked = []
    office.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    office.get_by_label("Phone number").fill("020 7946 0018")
    office.locator("#business").get_by_role("button", name="Save").click()
    expect(office.locator("#business")).to_contain_text("Saved")
    assert asked == []
