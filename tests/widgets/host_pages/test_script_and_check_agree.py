"""Of one page, the script on it in Chromium and Check a page find the same."""

import re

import pytest

from tests.support.website import HTML, websites
from tests.widgets.host_pages.on_the_theatre import WIDGET

pytestmark = [pytest.mark.timeout(240), pytest.mark.settings(allow_local_domains=True)]

CLIENT = "harbourplayhouse"
OTHERS = "anotherplayhouse"
TICKETS = "tickets.theatre.example"
CORS = {"Access-Control-Allow-Credentials": "true"}


def component(domain=None, client=CLIENT):
    host = "" if domain is None else f' custom-domain="{domain}"'
    return f'<spektrix-basket-summary client-name="{client}"{host}></spektrix-basket-summary>'


def basket_page(host, client=CLIENT):
    return f'<iframe src="https://{host}/{client}/website/Basket2.aspx"></iframe>'


# Which Spektrix address a page uses: the portal's, whose custom domain is TICKETS, another one, or none.
WITH_CUSTOM_DOMAIN = [
    (component(TICKETS), "same"),
    (component(f"https://{TICKETS}/"), "same"),
    (component(f"HTTPS://{TICKETS.upper()}"), "same"),
    (component(f"//{TICKETS}"), "same"),
    (component(f" {TICKETS}/ "), "same"),
    (component(f"https://{TICKETS}:443/{CLIENT}/api/v3/?x#y"), "same"),
    (component(TICKETS, CLIENT.upper()), "same"),
    (component(TICKETS, f" {CLIENT} "), "same"),
    (component("box.elsewhere.example", OTHERS) + component(TICKETS), "same"),
    (component(TICKETS) + component(None, OTHERS), "same"),
    (component(TICKETS) + basket_page("box.elsewhere.example", OTHERS), "same"),
    (basket_page(TICKETS), "same"),
    (f'<script src="https://{TICKETS}/{CLIENT}/website/scripts/integrate.js"></script>', "same"),
    (component(), "another"),
    (component(""), "another"),
    (component(" "), "another"),
    (component("https://"), "another"),
    (component(f"{TICKETS}:8443"), "another"),
    (component("//["), "another"),
    (component("box.theatre.example"), "another"),
    (component(None, OTHERS) + component("box.theatre.example"), "another"),
    (component(TICKETS) + component(), "another"),
    (component(TICKETS) + basket_page("box.theatre.example"), "another"),
    (basket_page("box.theatre.example"), "another"),
    (component(TICKETS, OTHERS), "another"),
    ("", "none"),
    ('<spektrix-payments custom-domain="box.theatre.example"></spektrix-payments>', "none"),
    (component("box.theatre.example", " "), "none"),
    (f'<p client-name="{CLIENT}" custom-domain="box.theatre.example"></p>', "none"),
    (f"<!-- {component()} --><template>{component()}</template>", "none"),
    (f'<iframe src="https://box.theatre.example/{CLIENT}/tickets/"></iframe>', "none"),
]
WITHOUT = [
    (component(), "same"),
    (component(None, OTHERS) + component(""), "same"),
    (component(TICKETS, OTHERS) + component(), "same"),
    (component(TICKETS), "another"),
    (component(None, OTHERS), "another"),
]
REASONS = {"same": "no_basket", "another": "wrong_host", "none": "no_basket"}
STATES = {"same": "ok", "another": "bad", "none": "waiting"}

ASKS = "require-trusted-types-for 'script'"
# Whether the window opens under a policy that asks for trusted types, or limits who names them.
TRUSTED_TYPES = [
    (ASKS, True),
    (f"{ASKS}; trusted-types rezzy", True),
    (f"{ASKS}; trusted-types dompurify rezzy 'allow-duplicates'", True),
    (f"{ASKS}; trusted-types *", True),
    ("trusted-types dompurify", True),
    (f"{ASKS}; trusted-types dompurify", False),
    (f"{ASKS}; trusted-types 'none'", False),
    (f"{ASKS}; trusted-types", False),
    (f"{ASKS}, trusted-types Rezzy", False),
]


class Page:
    """A page of a website on the widget's list, with the widget's code."""

    def __init__(self, theatre, website) -> None:
        self.theatre, self._website = theatre, website
        self.url = f"http://{website.site}/"

    def show(self, html="", policy=None):
        portal = self.theatre.portal.url
        code = f'<div data-rezzy-widget="{WIDGET}"><a href="{portal}/w/{WIDGET}">Book a table</a></div>'
        body = f'<!doctype html>{code}<script src="{portal}/embed.js" async></script>{html}'
        headers = HTML | ({"Content-Security-Policy": policy} if policy else {})
        self._website.pages["/"] = (200, headers, body.encode())
        self.theatre.tab.goto(self.url, wait_until="commit")

    def checked(self):
        """Return what Check a page says, by the name of each part."""
        from portal.widgets import service
        from portal.widgets.page_check import service as checking

        with self.theatre.portal.app.app_context():
            report = checking.check(service.find_published(WIDGET), self.url)
        return {row.name: row for row in report.rows}


@pytest.fixture
def shown(theatre):
    def answer(route):
        """Answer for Spektrix, which has no basket, and for nobody else outside."""
        headers = {**CORS, "Access-Control-Allow-Origin": page.url.rstrip("/")}
        if "/api/v3/basket" in route.request.url:
            route.fulfill(status=404, headers=headers)
        else:
            route.abort()

    with websites() as website:
        page = Page(theatre, website)
        theatre.change_widget(sites=[website.site])
        theatre.tab.route(re.compile("^https:|/api/v3/basket"), answer)
        yield page


@pytest.mark.parametrize(("domain", "cases"), [(TICKETS, WITH_CUSTOM_DOMAIN), ("", WITHOUT)])
def test_spektrix_address_of_a_page(shown, domain, cases):
    from portal.extensions import db
    from portal.integration.connection.models import Integration
    from portal.widgets.page_check.report import COMPONENT

    theatre = shown.theatre
    with theatre.portal.app.app_context():
        db.session.execute(db.update(Integration).values(custom_domain=domain))
        db.session.commit()
    found, wanted = {}, {}
    for html, uses in cases:
        shown.show(html)
        found[html] = (theatre.told(theatre.press())["reason"], shown.checked()[COMPONENT].state)
        wanted[html] = (REASONS[uses], STATES[uses])
    assert found == wanted


@pytest.mark.parametrize(("policy", "opens"), TRUSTED_TYPES)
def test_page_that_asks_for_trusted_types(shown, policy, opens):
    theatre = shown.theatre
    shown.show(policy=policy)
    theatre.tab.locator("[data-rezzy-ready] a").click()
    row = shown.checked()["Security policy"]
    if opens:
        theatre.told(theatre.frame())
        assert theatre.tab.url == shown.url
        # Where a page does not ask for trusted types, the browser reports the name and stops nothing.
        assert theatre.tab.evaluate("broken") == ([] if ASKS in policy else ["trusted-types-policy"])
        assert row.state == "ok"
    else:
        theatre.tab.wait_for_url(f"{theatre.portal.url}/w/{WIDGET}")
        assert "trusted-types" in " ".join(theatre.warnings)
        assert row.state == "bad"
        assert "leave the page" in row.reason
        [line] = row.lines
        shown.show(policy=re.sub("(?<!-)trusted-types[^;,]*", line, policy))
        theatre.told(theatre.press())


@pytest.mark.parametrize(("opens", "role"), [("page", "link"), ("floating", "button")])
def test_every_way_of_opening_passes_trusted_types(shown, opens, role):
    theatre = shown.theatre
    place = (
        f'<rezzy-booking widget="{WIDGET}" opens="{opens}"><a href="/elsewhere">Eat here</a></rezzy-booking>'
    )
    shown.show(place, f"{ASKS}; trusted-types rezzy")
    theatre.tab.get_by_role(role, name="Eat here").click()
    theatre.told(theatre.frame())
    assert theatre.tab.evaluate("broken") == []
