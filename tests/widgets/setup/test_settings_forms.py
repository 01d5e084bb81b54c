"""The settings form: the colour field that was changed is meant, and no bad input gets through or lost."""

import pytest

from portal.widgets.models import IntegrationChoice
from portal.widgets.setup import values
from tests.support.reading import read
from tests.support.tables import each_row
from tests.widgets.conftest import GOOD, WIDGET


@pytest.fixture
def now(stored):
    """The widget's settings as they are stored now."""

    def read():
        from portal.widgets.models import Widget

        return stored(lambda db: values.of(db.session.scalar(db.select(Widget))))

    return read


@pytest.mark.parametrize(
    ("typed", "picked", "was", "meant"),
    [
        ("#5b2a6e", "#5b2a6e", "#5b2a6e", "#5b2a6e"),
        ("#0F766E", "#5b2a6e", "#5b2a6e", "#0f766e"),
        ("#5b2a6e", "#123456", "#5b2a6e", "#123456"),
        ("", "#123456", "#5b2a6e", "#123456"),
        ("#0F766E", "#123456", "#5b2a6e", "#0f766e"),
        ("0af", "", "", "#00aaff"),
    ],
)
def test_colour_is_the_one_that_was_changed(manager, now, typed, picked, was, meant):
    data = {**GOOD, "color": typed, "color_picked": picked, "color_was": was}
    assert manager.post(f"/widgets/{WIDGET}", data=data).status_code == 303
    assert now().color == meant


CHOICES = {"theme", "opens", "font", "integration"}


@each_row(
    "field, value, sentence",
    [
        ("name", "x" * 10_240, "Name must be 80 characters or fewer"),
        ("name", "Bar\r\nSet-Cookie: a=b", "Name has a hidden character"),
        ("name", "Bar\x00", "Name has a hidden character"),
        ("name", "Bar\ufffdgnp", "Name has a hidden character"),
        ("color", "red", "Main colour must be"),
        ("color", "url(https://evil.example/x)", "Main colour must be"),
        ("color", "expression(alert(1))", "Main colour must be"),
        ("color", "#fff;background:url(x)", "Main colour must be"),
        ("color", "#" + "f" * 10_240, "Main colour must be"),
        ("theme", "sepia", "Light or dark must be one of the options shown"),
        ("opens", "<b>", "How it opens must be one of the options shown"),
        ("font", "url(x)", "Font must be one of the options shown"),
        ("integration", "other", "Integration must be one of the options shown"),
        ("largest_party", "\u0661\u0662", "Largest party online must be a number from 1 to 50"),
        ("largest_party", "9" * 10_240, "Largest party online must be a number from 1 to 50"),
        ("days_ahead", "-1", "Days ahead must be a number from 1 to 365"),
        ("days_ahead", "1.5", "Days ahead must be a number from 1 to 365"),
        ("arrive_minutes", "", "Arrive before the show must be a number from 0 to 120"),
        ("walk_minutes", "61", "Walk to the theatre must be a number from 0 to 60"),
        ("least_meal_minutes", "14", "Shortest meal must be a number from 15 to 240"),
        ("sites", "a" * 10_240, "Websites must be 8,000 characters or fewer"),
        ("sites", "data:text/html,x", "is not a website address"),
        ("sites", "a.org\x00", "is not a website address"),
        ("sign_in_url", "javascript:alert(1)", "Sign-in page must be a secure web address"),
        ("sign_in_url", "data:text/html,x", "Sign-in page must be a secure web address"),
        ("sign_in_url", "https://elsewhere.example/", "Sign-in page must be on one of the widget’s websites"),
        ("sign_in_url", "https://www.harbour.org/" + "a" * 10_240, "Sign-in page must be one web address"),
    ],
)
def test_bad_input_is_told_by_its_label_twice_and_kept(manager, now, field, value, sentence):
    """X09, X20."""
    before = now()
    answer = manager.post(f"/widgets/{WIDGET}", data={**GOOD, field: value})
    assert answer.status_code == 422
    page = read(answer)
    assert page.words.count(sentence) >= 2, "in the summary and beside the field"
    assert page.one("title").words.startswith("Error: ")
    assert now() == before
    assert shown(page, field) == ([] if field in CHOICES else value)
    assert_inert(answer, page)


def shown(page, field):
    """What a text field has in it again, or which of several choices are picked."""
    if field not in CHOICES:
        return page.typed(field)
    radios = page.all("input", type="radio", name=field)
    assert len(radios) > 1
    return [radio.attributes["value"] for radio in radios if "checked" in radio.attributes]


def assert_inert(answer, page):
    """No header is split, no style or script got in, and the policy is the usual one."""
    assert [value for value in answer.headers.getlist("Set-Cookie") if "a=b" in value] == []
    assert page.all("style") == []
    assert [element.tag for element in page.all() if "style" in element.attributes] == []
    assert [address for address in page.addresses() if address.startswith(("javascript:", "data:"))] == []
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]


def test_missing_fields_are_errors_and_never_the_usual_values(manager, now):
    before = now()
    answer = manager.post(f"/widgets/{WIDGET}", data={"name": "Bar", "number": "1"})
    assert answer.status_code == 422
    for label in ("Main colour", "Light or dark", "How it opens", "Font", "Integration", "Shortest meal"):
        assert f"{label} must be" in answer.text
    assert now() == before


def test_all_settings_are_saved(manager, now):
    manager.post(f"/widgets/{WIDGET}", data=GOOD)
    assert now() == values.Settings(
        name="Bar page",
        integration=IntegrationChoice.NONE,
        sites=["www.harbour.org", "localhost:9000"],
        largest_party=12,
        days_ahead=30,
        color="#0f766e",
        theme="dark",
        opens="floating",
        font="host",
        arrive_minutes=20,
        walk_minutes=4,
        least_meal_minutes=75,
        sign_in_url="https://www.harbour.org/sign-in",
    )


def test_sign_in_page_may_be_on_the_venues_own_spektrix_domain(manager, now, stored):
    from portal.integration.connection.models import Integration

    def set_domain(db):
        db.session.scalar(db.select(Integration)).custom_domain = "tickets.harbour.org"

    stored(set_domain)
    data = {**GOOD, "sign_in_url": "https://tickets.harbour.org/account"}
    assert manager.post(f"/widgets/{WIDGET}", data=data).status_code == 303
    assert now().sign_in_url == "https://tickets.harbour.org/account"


def test_a_bad_colour_in_the_database_never_reaches_the_host_page(seeded, stored):
    """X09: whatever got in by another way, the frame's style sheet holds our rules alone."""
    from portal.widgets import palette
    from portal.widgets.models import Widget

    def spoil(db):
        db.session.scalar(db.select(Widget)).color = "url(x)"

    stored(spoil)
    page = seeded.test_client().get(f"/w/{WIDGET}")
    assert page.status_code == 200
    assert "url(x)" not in page.text
    style = read(page).one("link", rel="stylesheet").attributes["href"]
    sheet = seeded.test_client().get(style).text
    assert "url(x)" not in sheet
    assert palette.style_sheet(palette.USUAL_COLOR) in sheet
