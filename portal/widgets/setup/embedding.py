"""Getting a widget onto a website: its code and the notes for each kind of website."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from portal import clock, config
from portal.widgets import service
from portal.widgets.service import PublishedWidget
from portal.widgets.setup import policy_lines, snippet
from portal.widgets.setup.policy_lines import Need
from portal.widgets.setup.snippet import Snippet

TABS = {
    "any": "Any website",
    "wordpress": "WordPress",
    "squarespace": "Squarespace",
    "wix": "Wix",
    "gtm": "Google Tag Manager",
    "consent": "Consent tools",
    "developer": "Send to a developer",
}


@dataclass(frozen=True)
class Code:
    """A widget's code as its card shows it.

    Args:
        tab: the kind of website that the notes are for, one of TABS.
        needs: what a website's security policy has to allow.
        day: of next week, for examples.
    """

    public_id: str
    name: str
    tab: str
    snippet: Snippet
    needs: list[Need]
    day: str

    @property
    def tabs(self) -> dict[str, str]:
        return TABS

    @property
    def dated_link(self) -> str:
        """The booking page with the day filled in."""
        return self.snippet.link_on(self.day)

    @property
    def dated(self) -> str:
        """The place for a page that knows the show."""
        return self.snippet.place_for(date=self.day, party="4", performance="54201")

    @property
    def policy(self) -> list[str]:
        """The lines for a website's security policy."""
        return policy_lines.lines(self.needs)

    @property
    def trusted_types(self) -> str:
        """The name to add to a policy that lists names for trusted types."""
        return policy_lines.TRUSTED_TYPES

    @property
    def developer_text(self) -> str:
        """What a website's developer needs who has never heard of us."""
        return _DEVELOPER.format(
            code=self.snippet.text, policy="\n".join(self.policy), name=self.trusted_types
        )

    @property
    def developer_mail(self) -> str:
        """The same as the draft of a mail, without a recipient."""
        return f"mailto:?subject={quote('Booking widget for our website')}&body={quote(self.developer_text)}"


_DEVELOPER = """\
This code adds our restaurant's booking widget to the website. Paste it where the widget should appear:

{code}

The order of scripts on the page does not matter, and a page may contain the script more than once.

If the website sends a Content-Security-Policy, add these to it:

{policy}

If it has a line trusted-types, add the name {name} to that line.

If a tool delays or combines scripts, or blocks them until consent, exclude /embed.js. \
Until a visitor opens the widget it loads nothing else. It sets no cookie and stores nothing on the website.

Tell me the address of the page when it is done, so that I can check it.
"""


def code_of(published: PublishedWidget, tab: str = "any") -> Code:
    """Return a widget's code with the notes of one tab, those for any website where there is no such tab."""
    widget, portal_url = published.widget, config.current().portal_url
    next_week = clock.local_date(clock.utc_now(), published.venue.timezone) + timedelta(days=7)
    return Code(
        widget.public_id,
        widget.name,
        tab if tab in TABS else "any",
        snippet.of(widget, portal_url),
        needs_of(published),
        next_week.isoformat(),
    )


def needs_of(published: PublishedWidget) -> list[Need]:
    """Return what the policy of a website has to allow for this widget, as it is set now."""
    portal = policy_lines.origin_of(config.current().portal_url)
    return policy_lines.needs(portal, published.widget.public_id, service.basket_url(published))
