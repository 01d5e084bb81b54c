"""What "Check a page" says: each part of a page, what is right or wrong, who can fix it, and the next step.

Plain values in, words out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from portal.findings import MANAGER, NOBODY, WEB
from portal.widgets.page_check import policy as page_policy
from portal.widgets.page_check.fetch import Fetched
from portal.widgets.page_check.policy import Policy
from portal.widgets.page_check.reading import Place, Reading
from portal.widgets.setup.policy_lines import Need

State = Literal["ok", "warn", "bad", "waiting", "skipped"]


@dataclass(frozen=True)
class Row:
    """One part of a page.

    Args:
        state: as check lists show it; `waiting` is neither right nor wrong.
        fact: a few words at the right.
        reason: what was found, as sentences.
        who: who can fix it, "" where there is nothing to fix.
        step: the one next step, as an instruction.
        lines: what to copy for that step.
        help: section of the help article, "" without one.
    """

    name: str
    state: State
    fact: str = ""
    reason: str = ""
    who: str = ""
    step: str = ""
    lines: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a page should carry, copied out of the database beforehand.

    Args:
        widget: public id.
        opens: what its code says of how it opens, as places have it.
        others: names of the venue's other widgets by public id.
        portal: origin of the portal.
        needs: what a policy has to allow.
        spektrix: host and client of the venue's basket, None where none is read.
        usual_host: that of Spektrix itself, for components that name none.
    """

    widget: str
    opens: tuple[str, str]
    others: Mapping[str, str]
    portal: str
    needs: tuple[Need, ...]
    spektrix: tuple[str, str] | None
    usual_host: str


COMPONENT = "Spektrix’s component"
_AGAIN = "If the settings have changed since, copy the code again and replace this one"
_PASTE = "Copy the code again and paste it into a block for HTML, not for text"


def rows(fetched: Fetched, reading: Reading, wanted: Wanted) -> list[Row]:
    """Return the rows of a page that was read, in the order in which to fix them."""
    nonces = [script.nonce for script in reading.scripts if script.nonce]
    policies = page_policy.policies(fetched.policy, reading.policies)
    address = fetched.hops[-1]
    found = [
        code(reading, wanted),
        script(reading, wanted),
        security(policies, address.url, wanted, nonces),
        spektrix(reading, wanted),
    ]
    if address.scheme == "http" and not address.is_local:
        found.insert(0, _NOT_SECURE)
    return found


_NOT_SECURE = Row(
    "Secure address",
    "bad",
    reason="The page answers at http, where the widget does not open.",
    who=WEB,
    step="Redirect visitors from http to https",
)


def code(reading: Reading, wanted: Wanted) -> Row:
    """Tell whether the widget's code is on the page, where visitors see it."""
    row = Row("Code", "bad", who=WEB, step=_PASTE, help="builders")
    ours = [place for place in reading.places if place.widget == wanted.widget]
    visible = [place for place in ours if not place.within]
    if visible:
        return _visible_code(visible, wanted, row)
    if ours:
        within = ours[0].within
        hidden = f"The code is inside <{within}>, which browsers do not show."
        if within != "template":
            return replace(row, fact="Hidden", reason=hidden)
        step = "Open the page. If the widget is not there, paste the code outside the template"
        return replace(row, state="warn", fact="In a template", reason=hidden, step=step)
    names = {wanted.others[place.widget] for place in reading.places if place.widget in wanted.others}
    if names:
        known = f"The page has the code of {' and '.join(sorted(names))}, not of this widget."
        step = "Check the page from that widget, or paste the code of this one"
        return Row("Code", "warn", "Another widget", known, WEB, step)
    if reading.places:
        strange = "The page has a booking widget that does not belong to your venue."
        return Row(
            "Code", "bad", "Another widget", strange, WEB, "Replace its code with the code of this widget"
        )
    return _missing_code(reading, row)


def _visible_code(places: list[Place], wanted: Wanted, row: Row) -> Row:
    if any(place.curled for place in places):
        curly = "The page builder made the quotes of the code curly, so the widget is not recognised."
        return replace(row, fact="Changed", reason=curly)
    if not all(place.has_link for place in places):
        no_link = "The link inside the code is missing. Visitors press this link to book."
        return replace(row, fact="No link in it", reason=no_link)
    if any(place.opens != wanted.opens for place in places):
        other = "The code here has a different way to open, or another colour, than the settings."
        return replace(row, state="waiting", fact="Opens differently", reason=other, step=_AGAIN)
    if len(places) > 1:
        several = f"The code is there {len(places)} times. Each opens this widget, so one is enough."
        return Row("Code", "ok", f"Found {len(places)} times", several)
    return Row("Code", "ok", "Found")


def _missing_code(reading: Reading, row: Row) -> Row:
    """Tell what became of the code, as far as the page shows it; a script may still add it in the browser."""
    if "text" in reading.strays:
        escaped = "The page shows the code as text, because the page builder did not see that it is code."
        return replace(row, fact="Shown as text", reason=escaped)
    if "comment" in reading.strays:
        comment = "The code is in a comment, which browsers ignore."
        return replace(row, fact="Commented out", reason=comment)
    if "frame" in reading.strays:
        framed = "The page builder put the code into a separate frame. The widget cannot fill in dates there."
        step = "Place it in the page itself, or use the plain link with the date of the show"
        return replace(row, state="warn", fact="In a frame", reason=framed, step=step)
    reason = "The code is not in the page as the server sends it. "
    if "script" in reading.strays:
        reason += "A script of the page has it and may add it."
    else:
        reason += "A script, such as a page builder’s or a tag manager’s, may still add it."
    if reading.frames:
        frames = ", ".join(sorted(reading.frames)[:5])
        reason += f" The page also has frames ({frames}), which are not checked."
    step = (
        "Open the page and the widget on it, then see under Where it runs whether it was opened. "
        "If it was not, paste the code"
    )
    return Row("Code", "warn", "Not seen", reason, WEB, step, help="builders")


def script(reading: Reading, wanted: Wanted) -> Row:
    """Tell whether the one script is there, and runs."""
    tag = f'<script src="{wanted.portal}/embed.js" async></script>'
    row = Row("Script", "bad", who=WEB, step="Paste the last line of the code", lines=(tag,), help="builders")
    ours = [each for each in reading.scripts if each.origin == wanted.portal]
    if not ours and reading.scripts:
        other = f"The script comes from {reading.scripts[0].origin}, not from this portal."
        return replace(row, fact="Another address", reason=other)
    if not ours and not any(place.widget == wanted.widget for place in reading.places):
        return Row("Script", "skipped", "Not seen")
    if not ours:
        missing = "The last line of the code is not in the page. Some builders silently drop scripts."
        added = "A tag manager may add it, but Check cannot see that."
        return replace(row, state="warn", fact="Not seen", reason=f"{missing} {added}")
    running = next((each for each in ours if not each.held), None)
    if running is None:
        held = "A consent tool or an optimiser holds it back. Until it runs, visitors get the plain link."
        step = "Exclude /embed.js there, as it sets no cookie and needs no consent"
        return replace(row, state="warn", fact="Held back", reason=held, step=step, lines=(), help="consent")
    if running.pinned:
        pinned = "Its integrity attribute allows one version only, so our next release stops it."
        return replace(row, state="warn", fact="Held to one version", reason=pinned)
    if not running.is_async:
        waits = "The page waits for it, because its tag lacks the word async."
        return replace(row, state="warn", fact="Found, not async", reason=waits)
    spektrix_is_later = reading.loader is not None and reading.loader > running.number
    order = "Spektrix’s code comes after ours, and that is fine: the widget looks again once it is there."
    return Row("Script", "ok", "Found, async", order if spektrix_is_later else "")


_STOPS = {
    "script-src": "the widget does not load, and visitors get the plain link",
    "frame-src": "the booking page stays empty",
    "connect-src": "dates are not filled in",
    "trusted-types": "visitors who press the link leave the page for the booking page",
}


def security(policies: list[Policy], page: str, wanted: Wanted, nonces: Iterable[str]) -> Row:
    """Tell whether the page's Content-Security-Policy lets the widget work."""
    name = "Security policy"
    if not policies:
        return Row(name, "ok", "None, so nothing is stopped")
    lacking = [
        each for policy in policies for each in page_policy.stopped(policy, page, wanted.needs, nonces)
    ]
    lacking += page_policy.untrusted(policies)
    if lacking:
        effects = [_STOPS[directive] for directive in dict.fromkeys(each.directive for each in lacking)]
        reason = f"The page’s Content-Security-Policy blocks it: {'; '.join(effects)}."
        lines = tuple(dict.fromkeys(each.line for each in lacking if each.line))
        if any(not each.line for each in lacking):
            reason += " Its script-src allows nonces only ('strict-dynamic'), so our script needs one too."
        step = "Change these lines of the policy to" if lines else "Add the page’s nonce to our script tag"
        return Row(name, "bad", "Stops the widget", reason, WEB, step, lines, "policy")
    if any("sandbox" in policy for policy in policies):
        boxed = "The page is sandboxed by its own policy, so the booking page opens in a new tab."
        return Row(name, "warn", "Sandboxed", boxed, NOBODY, "Bookings still work")
    return Row(name, "ok", "Allows the widget")


def spektrix(reading: Reading, wanted: Wanted) -> Row:
    """Tell whether Spektrix's own code on the page goes to the venue's Spektrix address."""
    name = COMPONENT
    if wanted.spektrix is None:
        return Row(name, "skipped", "This widget reads no basket")
    host, client = wanted.spektrix
    named = sorted((each.host or wanted.usual_host, each.client) for each in reading.spektrix)
    if not named:
        none = "Not in the page as the server sends it. A script may add it, and dates do not need it."
        return Row(name, "waiting", "Not seen", none, help="dates")
    # Another client's say nothing beside one of ours: the same rule as in static/embed-open.js.
    found = [
        (each_host, client) for each_host, named_client in named if named_client.lower() == client.lower()
    ]
    found = found or named
    addresses = [f"{each_host}/{each_client}" for each_host, each_client in dict.fromkeys(found)]
    ours = f"{host}/{client}"
    if addresses == [ours]:
        return Row(name, "ok", ours)
    mixed = len({each_host for each_host, _client in found}) > 1
    what = "The page uses several Spektrix addresses" if mixed else "The page uses another Spektrix address"
    reason = f"{what}: {', '.join(addresses)}. This portal uses {ours}, so baskets there look empty here."
    step = f"Use {ours} everywhere on the website, or change the custom domain in the Spektrix settings"
    who = f"{WEB}, or {MANAGER[0].lower()}{MANAGER[1:]}"
    return Row(name, "bad", "Mixed" if mixed else addresses[0], reason, who, step, help="dates")
