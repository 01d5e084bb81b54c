"""The code that a website carries for a widget: plain values in, text out.

`static/embed.js` reads it. It says how the widget opens, since the script draws a floating button before it
asks the portal for anything. All other settings take effect without a change to the website.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import escape

from portal.widgets.models import Opens, Widget

_WORDS = "Book a table"


@dataclass(frozen=True)
class Snippet:
    """One widget's code, the same for every site builder.

    Args:
        place: what stands where the widget should appear, with a plain link for visitors without scripts.
        script: the one script, which all widgets of a page share.
        element: `place` as a custom element.
        link: address of the booking page, for where no code is taken.
    """

    place: str
    script: str
    element: str
    link: str

    @property
    def text(self) -> str:
        """What is pasted into a website."""
        return f"{self.place}\n{self.script}"

    @property
    def element_text(self) -> str:
        """The same with a custom element."""
        return f"{self.element}\n{self.script}"

    def place_for(self, **filled: str) -> str:
        """Return `place` with what a page knows of its show: date, party and performance."""
        more = "".join(f' data-{name}="{escape(value)}"' for name, value in filled.items())
        return self.place.replace(">", f"{more}>", 1)

    def link_on(self, day: str) -> str:
        """Return the booking page's address with a day filled in, written 2026-06-12."""
        return f"{self.link}?{urlencode({'date': day})}"


def of(widget: Widget, portal_url: str) -> Snippet:
    """Return the code of a widget.

    Args:
        portal_url: the portal's own address, as websites reach it.
    """
    link = f"{portal_url}/w/{widget.public_id}"
    return Snippet(
        place=_element("div", "data-rezzy-", widget, link),
        script=f'<script src="{escape(portal_url)}/embed.js" async></script>',
        element=_element("rezzy-booking", "", widget, link),
        link=link,
    )


def _element(name: str, prefix: str, widget: Widget, link: str) -> str:
    written = " ".join(f'{prefix}{key}="{escape(value)}"' for key, value in attributes(widget).items())
    return f'<{name} {written}>\n  <a href="{escape(link)}">{_WORDS}</a>\n</{name}>'


def attributes(widget: Widget) -> dict[str, str]:
    """Return what the code says: which widget, and how it opens where that is not from a button."""
    found = {"widget": widget.public_id}
    if widget.opens != Opens.BUTTON:
        found["opens"] = widget.opens
    if widget.opens == Opens.FLOATING:
        found["color"] = widget.color
    return found
