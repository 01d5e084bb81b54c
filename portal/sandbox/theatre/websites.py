"""Other websites that a theatre could have: each puts the widget into another difficulty of the field."""

from __future__ import annotations

from dataclasses import dataclass

LATE_SECONDS = 3.0


@dataclass(frozen=True)
class Place:
    """One place of the widget on a page.

    Args:
        opens: "page" or "floating"; "" for the usual window.
        color: of the floating button, as #rrggbb.
        party: guests that the page asks for, "" for none.
        element: write it as <rezzy-booking>, else as a <div>.
    """

    opens: str = ""
    color: str = ""
    party: str = ""
    element: bool = False


@dataclass(frozen=True)
class Website:
    """One website.

    Args:
        slug: the end of its address.
        differs: what is unlike other sites, in a sentence.
        shows: what a person should see all the same.
        policy: which Content-Security-Policy it sends, as `policies` names it.
        component: how Spektrix's component is: "here", "late", "none" or "elsewhere" (another host).
        behaviour: what its own script does with the page, "" for nothing.
        places: where the widget stands.
        scripts: how often it carries our script.
    """

    slug: str
    title: str
    differs: str
    shows: str
    policy: str = "usual"
    component: str = "here"
    behaviour: str = ""
    places: tuple[Place, ...] = (Place(),)
    scripts: int = 1


WEBSITES = (
    Website(
        "strict-policy",
        "A strict security policy",
        "Its Content-Security-Policy has only the three lines that the portal gives out for a widget, "
        "on top of its own: no inline script or style, no eval.",
        "The window opens with the date of your show, and the browser reports nothing blocked.",
        policy="strict",
    ),
    Website(
        "nonce-policy",
        "A policy of nonces",
        "Its policy trusts scripts by a nonce and by 'strict-dynamic', and names no host for scripts.",
        "The window opens as usual, since our script hands its trust on to the second one.",
        policy="nonce",
    ),
    Website(
        "late-component",
        "Spektrix’s script comes late",
        f"A lazy loader brings Spektrix’s component {LATE_SECONDS:g} seconds after the page.",
        "Open the window at once: the date is there, because the widget asks Spektrix itself. Were Spektrix "
        "out of reach just then, the date would come with the component.",
        component="late",
    ),
    Website(
        "component-blocked",
        "Spektrix’s script is blocked",
        "The policy lets our script run and keeps Spektrix’s component out; calls to Spektrix are allowed.",
        "The date is filled in all the same, because the widget asks Spektrix itself.",
        policy="component-blocked",
    ),
    Website(
        "page-builder",
        "A page builder that moves things",
        "Its builder draws the page a second time after loading, and again when you press the button below.",
        "Wherever the link ends up, it opens the window.",
        behaviour="builder",
    ),
    Website(
        "single-page",
        "Pages without loading",
        "Its menu swaps the contents by a script and changes the address, and runs our snippet each time.",
        "The link works on each visit to “Eat”, and there is one window, not two.",
        behaviour="router",
        places=(),
        scripts=0,
    ),
    Website(
        "tag-manager",
        "A tag manager",
        "The place is in the page; a tag manager adds our script later, and by mistake does it twice.",
        "The link opens one window.",
        behaviour="tags",
        scripts=0,
    ),
    Website(
        "builder-frame",
        "A builder’s sandboxed frame",
        "The builder puts pasted code into a frame without an origin of its own: no storage, no basket.",
        "The link opens a tab in the same sandbox, which says at which address to book.",
        policy="frames-itself",
        places=(),
        scripts=0,
    ),
    Website(
        "two-widgets",
        "Two widgets on a page",
        "There are two places, one of them as an element that asks for four guests, and our script is "
        "there twice.",
        "Either opens its own window.",
        places=(Place(), Place(party="4", element=True)),
        scripts=2,
    ),
    Website(
        "wrong-host",
        "Another Spektrix host",
        "The component on this page names another custom domain than the portal does, so there are two "
        "baskets.",
        "The window opens without a date, and the console names both hosts.",
        component="elsewhere",
    ),
    Website(
        "embedded-page",
        "A page of Spektrix’s, embedded",
        "There is no component. The basket is a page of Spektrix’s in a frame, which tells this page what is "
        "in it.",
        "Open the table first, then add tickets in the frame: the booking learns of the show.",
        policy="embeds-spektrix",
        component="none",
        places=(Place(opens="page"),),
    ),
    Website(
        "in-page",
        "In the page",
        "The widget opens where its link stands, without a window.",
        "The times come below the link, and nothing above it moves.",
        places=(Place(opens="page"),),
    ),
    Website(
        "floating-button",
        "A floating button",
        "The widget has a button at the bottom right, in the venue’s colour.",
        "The button stays while you scroll and opens the window.",
        places=(Place(opens="floating", color="#f4c95d"),),
    ),
)


def website(slug: str) -> Website | None:
    """Return the website of that address."""
    return next((each for each in WEBSITES if each.slug == slug), None)


def policy(kind: str, *, portal: str, spektrix: str, here: str, nonce: str) -> str:
    """Return the Content-Security-Policy of a website.

    Args:
        kind: "usual", "strict", "nonce", "component-blocked", "frames-itself" or "embeds-spektrix".
        portal: origin of the portal, "" for one that is left out.
        spektrix: origin of Spektrix for this theatre.
        here: origin of the theatre.
        nonce: trusted in this one answer.
    """
    own = [f"{here}/static/{name}" for name in ("theatre.js", "websites.js")]
    scripts = {
        "nonce": [f"'nonce-{nonce}'", "'strict-dynamic'"],
        "component-blocked": [*own, portal],
    }
    frames = {"frames-itself": [here, portal], "embeds-spektrix": [spektrix, portal]}
    lines = {
        "default-src": ["'none'"],
        "script-src": scripts.get(kind, [here, portal]),
        "style-src": [here],
        "img-src": [here, "data:"],
        "frame-src": frames.get(kind, [portal]),
        "connect-src": [here, spektrix, portal],
        "form-action": [here],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
    return "; ".join(" ".join([name, *filter(None, sources)]) for name, sources in lines.items())
