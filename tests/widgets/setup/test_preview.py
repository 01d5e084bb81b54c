"""The preview: the diner's own screen with unsaved settings, from which nothing can be booked."""

import pytest

from tests.support.reading import read
from tests.support.tables import each_row
from tests.widgets.conftest import WIDGET

PREVIEW = f"/widgets/{WIDGET}/preview"


@pytest.fixture
def preview(manager):
    def draw(state="tickets", **unsaved):
        answer = manager.get(PREVIEW, query_string={"state": state, **unsaved})
        assert answer.status_code == 200
        return answer

    return draw


def test_guest_with_tickets_gets_times_around_a_made_up_show(preview):
    page = read(preview()).words
    assert "The Winter’s Tale Fri 12 June, 7:30pm. Ends about 10:05pm" in page
    assert "Before the show" in page
    assert "5:00pm , 2 h 15 to eat before the show" in page
    assert "6:15pm , 1 h to eat before the show" in page
    assert "Curtain up 7:30pm" in page
    assert "After the show The show ends about 10:05pm. Last tables 10:45pm" in page
    assert "10:15pm" in page


@pytest.mark.parametrize("state", ["none", "paused"])
def test_without_a_basket_the_plain_picker_shows(preview, state):
    page = read(preview(state)).words
    assert "Curtain up" not in page
    assert "5:00pm" in page
    assert "10:45pm" in page
    assert ("Add your tickets first" in page) == (state == "none")
    assert ("While Spektrix is paused, every guest sees this page without a show." in page) == (
        state == "paused"
    )


def test_fully_booked_with_tickets_offers_what_comes_after(preview):
    page = read(preview("full")).words
    assert "No tables for 2 before the show" in page
    assert "After the show, 10:15pm" in page


def test_with_no_integration_tickets_change_nothing(preview):
    page = read(preview("tickets", integration="none")).words
    assert "Without an integration, guests with tickets see this page without a show too." in page
    assert "Curtain up" not in page
    assert "No tables for 2 on Fri 12 June" in read(preview("full", integration="none")).words


def test_unknown_state_is_the_first_one(preview):
    assert preview("<b>").text == preview().text


def test_unsaved_minutes_show(preview):
    page = read(preview(walk_minutes="2", arrive_minutes="30", least_meal_minutes="90")).words
    assert "Two minutes’ walk from your table" in page
    assert "5:00pm , 2 h to eat" in page
    assert "5:30pm , 1 h 30 to eat" in page
    assert "5:45pm ," not in page


def test_unsaved_party_and_theme_show(preview):
    page = read(preview("none", largest_party="3", theme="dark", opens="page"))
    assert page.one("html").attributes["data-theme"] == "dark"
    assert page.all("input", name="party")[-1].attributes["aria-label"] == "4 guests or more"


@pytest.mark.parametrize("opens", ["page", "button", "floating"])
def test_window_can_be_closed_however_it_opens_as_on_the_website(preview, opens):
    """The frame in the page is a frame too, and closing it gives its room back."""
    assert "data-framed" in read(preview("none", opens=opens)).one("html").attributes


def test_meal_too_long_to_fit_before_the_show_is_told_as_the_guest_is_told(preview):
    page = read(preview(least_meal_minutes="240")).words
    assert "No tables for 2 before the show" in page
    assert "Before the show" not in page
    assert "Show all times that day (24)" in page


@pytest.mark.usefixtures("mail_folder")
class TestWithMail:
    @pytest.mark.parametrize("integration", ["spektrix", "none"])
    def test_fully_booked_offers_an_email_where_one_can_be_sent(self, preview, integration):
        page = read(preview("full", integration=integration)).words
        assert "Email me if a table comes free" in page
        assert ("before the show" in page) == (integration == "spektrix")
        assert "Email me" not in read(preview("tickets", integration=integration)).words
        assert "Email me" not in read(preview(least_meal_minutes="240")).words


def test_without_mail_nothing_of_the_kind_is_promised(preview):
    assert "Email me" not in read(preview("full")).words


def test_nothing_of_a_preview_is_saved(preview, stored):
    from portal.widgets.models import Widget

    def values(db):
        rows = db.session.scalars(db.select(Widget)).all()
        return [(row.color, row.walk_minutes, row.theme) for row in rows]

    before = stored(values)
    preview(color="#0f766e", walk_minutes="9", theme="dark")
    assert stored(values) == before


@each_row(
    "bad",
    [
        {"color": "url(https://evil.example)"},
        {"color": "expression(alert(1))"},
        {"color": "#fff;}</style><script>alert(1)</script>"},
        {"color": "x" * 10_240},
        {"theme": "'><script>"},
        {"walk_minutes": "-1"},
        {"largest_party": "9" * 5000},
        {"days_ahead": "\x00\r\nSet-Cookie: a=b"},
        {"sign_in_url": "javascript:alert(1)", "name": "<script>", "sites": "a\nb" * 3000},
    ],
)
def test_bad_values_are_drawn_as_saved_and_stay_inert(preview, bad):
    """X09, X20."""
    answer = preview(**bad)
    assert answer.text == preview().text
    assert "a=b" not in str(answer.headers)


def test_preview_has_no_way_out(preview):
    """No script, no address but its own files, and a policy that lets no form go."""
    for state in ("tickets", "none", "full", "paused"):
        answer = preview(state)
        page = read(answer)
        assert page.all("script") == []
        own_style = f"/widgets/{WIDGET}/preview.css"
        [style] = [address for address in page.addresses() if address.startswith(own_style)]
        assert answer.text.count(WIDGET) == 1
        others = set(page.addresses()) - {style, "#"}
        assert others, state
        assert {address for address in others if not address.startswith(("/static/", "tel:"))} == set()
        policy = answer.headers["Content-Security-Policy"]
        assert "form-action 'none'" in policy
        assert policy.endswith("frame-ancestors 'self'")


def test_frame_is_allowed_on_the_settings_page_alone(manager):
    page = manager.get(f"/widgets/{WIDGET}").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in page
    assert page.endswith("frame-ancestors 'none'")
    for path in ("/widgets", f"/widgets/{WIDGET}/versions", "/diary"):
        policy = manager.get(path).headers["Content-Security-Policy"]
        assert "frame-src" not in policy
        assert "form-action 'self'" in policy
        assert policy.endswith("frame-ancestors 'none'")


def test_style_sheet_follows_the_unsaved_colour(manager, preview):
    sheets = read(preview(color="0AF")).all("link", rel="stylesheet")
    [address] = [sheet.attributes["href"] for sheet in sheets if "preview.css" in sheet.attributes["href"]]
    sheet = manager.get(address)
    assert sheet.mimetype == "text/css"
    assert "--fill:#00aaff" in sheet.text
    bad = manager.get(f"/widgets/{WIDGET}/preview.css", query_string={"color": "red;}*{x"})
    assert "--fill:#5b2a6e" in bad.text


def test_reading_follows_the_unsaved_colour(manager):
    def said(**colors):
        return read(manager.get(f"/widgets/{WIDGET}/reading", query_string=colors)).words

    assert "Easy to read: 10.5 to 1" in said(color="#5b2a6e")
    yellow = said(color="#ffd400")
    assert "Hard to read: 1.4 to 1" in yellow
    assert "use a darker shade, #7d6700" in yellow
    assert "Easy to read: 10.5 to 1" in said(color="no colour")


def test_preview_of_what_is_typed_comes_without_javascript_too(manager, stored):
    """The button sends the form, which comes back as it was typed, with its preview and not saved."""
    from portal.widgets.models import Widget
    from tests.widgets.conftest import GOOD

    answer = manager.post(f"/widgets/{WIDGET}", data={**GOOD, "preview": "1", "state": "none"})
    assert answer.status_code == 200
    page = read(answer)
    source = page.one("iframe").attributes["src"]
    assert "state=none" in source
    assert "color=%230F766E" in source
    assert "Bar" not in source
    assert page.typed("name") == "Bar page"
    assert stored(lambda db: db.session.scalar(db.select(Widget.name))) == "Booking page widget"


def test_staff_choose_what_the_preview_shows_by_a_plain_form(people):
    source = read(people["staff"].get(f"/widgets/{WIDGET}?state=full")).one("iframe").attributes["src"]
    assert "state=full" in source
    assert "No tables for 2 before the show" in read(people["staff"].get(source)).words
