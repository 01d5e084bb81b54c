"""The code that a website carries, and the lines that its security policy needs."""

from types import SimpleNamespace

import pytest

from portal.widgets.models import Opens
from portal.widgets.setup import policy_lines, snippet
from tests.support.reading import read_html

PORTAL = "https://book.example.org"
BASKET = "https://tickets.theatre.org/theatre/api/v3/basket?$expand=tickets/instance"


def code(opens=Opens.BUTTON, public_id="w_8fk2q", color="#5b2a6e"):
    return snippet.of(SimpleNamespace(public_id=public_id, opens=opens, color=color), PORTAL)


def test_code_of_a_usual_widget_is_these_bytes():
    assert code().text == (
        '<div data-rezzy-widget="w_8fk2q">\n'
        '  <a href="https://book.example.org/w/w_8fk2q">Book a table</a>\n'
        "</div>\n"
        '<script src="https://book.example.org/embed.js" async></script>'
    )


def test_same_widget_gives_the_same_bytes():
    assert code() == code()


@pytest.mark.parametrize(
    ("opens", "said"),
    [
        (Opens.BUTTON, {}),
        (Opens.PAGE, {"opens": "page"}),
        (Opens.FLOATING, {"opens": "floating", "color": "#5b2a6e"}),
    ],
)
def test_code_says_how_it_opens_where_that_is_not_from_a_button(opens, said):
    made = code(opens)
    place = read_html(made.text).one("div").attributes
    assert place == {f"data-rezzy-{name}": value for name, value in {"widget": "w_8fk2q", **said}.items()}
    element = read_html(made.element_text).one("rezzy-booking").attributes
    assert element == {"widget": "w_8fk2q", **said}


def test_both_forms_hold_a_plain_link_and_share_the_script():
    for text in (code().text, code().element_text):
        page = read_html(text)
        assert page.one("a").attributes == {"href": f"{PORTAL}/w/w_8fk2q"}
        assert page.one("script").attributes == {"src": f"{PORTAL}/embed.js", "async": None}


def test_what_a_page_knows_goes_onto_the_place():
    place = read_html(code().place_for(date="2026-06-12", party='4" onclick="x')).one("div").attributes
    assert place == {
        "data-rezzy-widget": "w_8fk2q",
        "data-date": "2026-06-12",
        "data-party": '4" onclick="x',
    }


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "w' onclick='x", "&quot;<b>"])
def test_nothing_leaves_its_attribute(hostile):
    made = code(Opens.FLOATING, public_id=hostile, color=hostile)
    for text, tag, name in ((made.text, "div", "data-rezzy-"), (made.element_text, "rezzy-booking", "")):
        page = read_html(text)
        attributes = page.one(tag).attributes
        assert attributes[f"{name}widget"] == attributes[f"{name}color"] == hostile
        assert len(page.all()) == 3


def test_policy_allows_the_portal_alone_where_no_basket_is_read():
    needs = policy_lines.needs(PORTAL, "w_8fk2q", None)
    assert policy_lines.lines(needs) == [
        f"{name} {PORTAL}" for name in ("script-src", "frame-src", "connect-src")
    ]


def test_policy_allows_connections_to_the_venues_own_spektrix_address_too():
    needs = policy_lines.needs(PORTAL, "w_8fk2q", BASKET)
    assert policy_lines.lines(needs)[-1] == f"connect-src {PORTAL} https://tickets.theatre.org"
    assert all(need.why.endswith(".") for need in needs)
