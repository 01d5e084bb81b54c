"""What a website's Content-Security-Policy has to allow for a widget: plain values in and out.

What static/embed.js and static/embed-open.js do is the source: they load one script from the portal when
the page loads and one more when a guest opens the widget, show a page of the portal in a frame, ask the
portal for the widget's settings, tell it of the opening, and ask Spektrix for the basket. They set styles one
by one from script, which no policy forbids, and load no image, font or style sheet. Where a page asks for
trusted types, embed.js names the second script by a policy of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

# The name of that policy, for pages whose `trusted-types` line lists names. A page without such a line must
# not get one, since it would stop the policies of all its other scripts.
TRUSTED_TYPES = "rezzy"


@dataclass(frozen=True)
class Need:
    """One directive and the origin that has to stand in it, with the reason in a sentence.

    `paths` are what is asked for there, for policies that go by paths too.
    """

    directive: str
    origin: str
    why: str
    paths: tuple[str, ...] = ("/",)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, as a policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def needs(portal: str, public_id: str, basket_url: str | None) -> list[Need]:
    """Return what a policy has to allow, nothing more.

    Args:
        portal: the portal's origin.
        public_id: of the widget.
        basket_url: where the visitor's basket is read, None where none is.
    """
    page = f"/w/{public_id}"
    found = [
        Need(
            "script-src",
            portal,
            "The widget is a script of ours, and loads one more when it opens.",
            ("/embed.js", "/embed.0123456789abcdef.js"),
        ),
        Need("frame-src", portal, "The booking page opens in a frame of ours.", (page,)),
        Need(
            "connect-src",
            portal,
            "The script asks which basket to read, and counts that the widget was opened.",
            (f"{page}/config", f"{page}/opened"),
        ),
    ]
    if basket_url:
        why = "The visitor’s own browser asks Spektrix for the basket, to open on the day of their show."
        found.append(Need("connect-src", origin_of(basket_url), why, (urlsplit(basket_url).path,)))
    return found


def lines(wanted: Iterable[Need]) -> list[str]:
    """Return directives with all that is wanted of each, in their order."""
    sources: dict[str, list[str]] = {}
    for need in wanted:
        sources.setdefault(need.directive, []).append(need.origin)
    return [f"{directive} {' '.join(dict.fromkeys(origins))}" for directive, origins in sources.items()]
