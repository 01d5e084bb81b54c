"""What portal.js adds to the pages, seen in a browser under the strict policy."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "out of date"), (401, "signed out"), (404, "no longer there"), (503, "The portal is busy")],
)
def test_failed_press_is_told_and_takes_focus(page, gallery, status, words):
    page.goto(f"{gallery}/connect?status={status}")
    expect(page.locator("#request-failed")).to_be_hidden()
    page.get_by_role("button", name="Press").click()
    expect(page.locator("#request-failed")).to_contain_text(words)
    expect(page.locator("#request-failed")).to_be_focused()
    expect(page.get_by_text(words)).to_have_count(1)
    expect(page.get_by_role("status")).to_be_empty()


def test_lost_connection_is_told(page, gallery):
    page.goto(f"{gallery}/connect")
    page.route("**/answer/*", lambda route: route.abort())
    page.get_by_role("button", name="Press").click()
    said = page.get_by_role("alert").filter(has_text="Changes are not being saved")
    expect(said.get_by_role("heading")).to_have_text("No connection")
    expect(page.get_by_text("Changes are not being saved")).to_have_count(1)
    expect(page.get_by_text("No connection")).to_have_count(1)


def test_failed_poll_is_told_without_taking_focus(page, gallery):
    page.goto(f"{gallery}/connect?status=500&polling")
    page.get_by_label("Client name").focus()
    expect(page.locator("#request-failed")).to_be_visible()
    expect(page.get_by_label("Client name")).to_be_focused()


def test_next_press_that_works_takes_the_failure_away(page, gallery):
    page.goto(f"{gallery}/connect")
    page.route("**/answer/*", lambda route: route.fulfill(status=500), times=1)
    page.get_by_role("button", name="Press").click()
    expect(page.locator("#request-failed")).to_be_visible()
    page.get_by_role("button", name="Press").click()
    expect(page.locator("#request-failed")).to_be_hidden()


def test_form_with_errors_gets_focus_on_its_summary_and_a_title_that_says_so(page, gallery):
    page.goto(f"{gallery}/connect")
    page.get_by_label("Client name").fill("harbourplayhouse")
    page.get_by_role("button", name="Save and test").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(["Enter the API key"])
    expect(page).to_have_title("Error: Connect · Make a Rezzy")
    expect(page.get_by_label("Client name")).to_have_value("harbourplayhouse")
    key = page.get_by_role("textbox", name="API key")
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(key).to_have_accessible_description("Enter the API key")


def test_htmx_sends_the_csrf_token_of_the_page(page, gallery):
    page.goto(f"{gallery}/connect")
    with page.expect_response("**/answer/200") as response:
        page.get_by_role("button", name="Press").click()
    assert response.value.status == 200


def test_form_that_came_signed_out_is_sent_again_as_a_page(page, gallery):
    def signed_out(route):
        from_htmx = route.request.headers.get("hx-request") == "true"
        route.fulfill(status=401, headers={"X-Send-As-Page": "1"}) if from_htmx else route.continue_()

    page.goto(f"{gallery}/connect")
    page.get_by_label("Client name").fill("harbour & playhouse")
    page.route("**/connect", signed_out)
    with page.expect_navigation() as arrived:
        page.get_by_role("button", name="Save and test").click()
    sent = arrived.value.request
    assert (sent.method, sent.headers.get("hx-request")) == ("POST", None)
    assert "client_name=harbour+%26+playhouse" in sent.post_data
    assert "csrf_token=" in sent.post_data


def test_show_button_shows_and_hides_the_key(page, gallery):
    page.goto(f"{gallery}/connect")
    page.get_by_role("button", name="Show API key").click()
    expect(page.locator("#api_key")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide API key").click()
    expect(page.locator("#api_key")).to_have_attribute("type", "password")


def test_copy_button_copies_and_says_so(page, context, gallery):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gallery)
    page.goto(f"{gallery}/connect")
    page.get_by_role("button", name="Copy name").click()
    expect(page.get_by_role("status")).to_have_text("Copied Last Dined At")
    assert page.evaluate("navigator.clipboard.readText()") == "Last Dined At"


def test_busy_button_keeps_focus_and_ignores_presses(page, gallery):
    page.goto(f"{gallery}/connect?status=500")
    button = page.get_by_role("button", name="Press")
    button.evaluate("button => button.setAttribute('aria-disabled', 'true')")
    button.click(force=True)
    expect(button).to_be_focused()
    expect(page.locator("#request-failed")).to_be_hidden()


def test_current_place_starts_in_view_on_phones(page, gallery):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{gallery}/spektrix")
    expect(page.get_by_role("link", name="Integrations").first).to_be_in_viewport(ratio=0.9)
