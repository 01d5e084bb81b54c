"""How the tests of the settings walk in Chromium: signing in, and looking at a page."""

import os

from tests.factories import PASSWORD
from tests.support.axe import violations


def sign_in(page, portal_url, email, path):
    """Sign in by the form, and open a page of the settings."""
    page.goto(f"{portal_url}/sign-in?next={path}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")


def look(page, name):
    """Nothing for axe, and nothing wider than the screen. The folder PICTURES, if set, gets a picture."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = violations(page)
    assert found == [], f"{name}: {found}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
