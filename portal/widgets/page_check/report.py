"""What "Check a page" says: each part of a page with what is right or wrong, who mends it, and the next step.

Plain values in, words out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from portal.findings import MANAGER, NOBODY, WEB
from portal.widgets.page_check import policy as page_policy
from portal.widgets.page_check.fetch import Fetched
from portal.widgets.page_check.policy import Policy, Stopped
from portal.widgets.page_check.reading import Place, Reading
from portal.widgets.setup.policy_lines import Need

State = Literal["ok", "warn", "bad", "waiting", "skipped"]


@dataclass(frozen=True)
class Row:
    """One part of a page.

    Args:
        state: as check lists show it; waiting is neither right nor wrong.
        fact: a few words at the right.
        reason: what was found, as sentences.
        who: who mends it, "" where nothing is to mend.
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
_AGAIN = "If the settings were changed since, copy the code again and paste it over this one"
_PASTE = "Copy the code again and paste it into a block for HTML, not for text"


def rows(fetched: Fetched, reading: Reading, wanted: Wanted) -> list[Row]:
    """Return what a page that was read gives to say, in the order in which it is mended."""
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
    step="Lead visitors from http to https",
)


def code(reading: Reading, wanted: Wanted) -> Row:
    """Tell whether the widget's own place is on the page."""
    ours = [place for place in reading.places if place.widget == wanted.widget]
    shown = [place for place in ours if not place.within]
    if shown:
        return _place(shown, wanted)
    row = Row("Code", "bad", who=WEB, step=_PASTE, help="builders")
    if ours:
        return _hidden(row, ours[0].within)
    if reading.places:
        return _another(reading.places, wanted)
    return _not_there(reading, row)


def _hidden(row: Row, within: str) -> Row:
    hidden = f"The code stands inside <{within}>, where browsers show nothing of it."
    if within == "template":
        step = "Open the page. If no script of it puts the widget there, paste the code outside the template"
        return replace(row, state="warn", fact="In a template", reason=hidden, step=step)
    return replace(row, fact="Hidden", reason=hidden)


def _place(shown: list[Place], wanted: Wanted) -> Row:
    row = Row("Code", "bad", who=WEB, step=_PASTE, help="builders")
    if any(place.curled for place in shown):
        curly = "The page builder made the quotes of the code curly, so the widget is not recognised."
        return replace(row, fact="Changed", reason=curly)
    if not all(place.has_link for place in shown):
        return replace(
            row,
            fact="No link in it",
            reason="The link inside the code is gone, and it is what visitors press.",
        )
    if any(place.opens != wanted.opens for place in shown):
        other = "The code here opens the widget in another way, or colour, than its settings say."
        return replace(row, state="waiting", fact="Opens otherwise", reason=other, step=_AGAIN)
    if len(shown) > 1:
        twice = f"It stands there {len(shown)} times. Each opens this widget, so one is enough."
        return Row("Code", "ok", f"Found {len(shown)} times", twice)
    return Row("Code", "ok", "Found")


def _another(places: Iterable[Place], wanted: Wanted) -> Row:
    names = sorted({wanted.others[place.widget] for place in places if place.widget in wanted.others})
    if names:
        known = f"The page carries the code of {' and '.join(names)}, not of this widget."
        step = "Check the page from that widget, or paste the code of this one"
        return Row("Code", "warn", "Another widget", known, WEB, step)
    strange = "The page carries a booking widget that is none of your venue’s."
    return Row("Code", "bad", "Another widget", strange, WEB, "Paste the code of this widget over that one")


def _not_there(reading: Reading, row: Row) -> Row:
    strays = reading.strays
    if "text" in strays:
        escaped = "The page shows the code as text: the page builder took it for words."
        return replace(row, fact="Shown as text", reason=escaped)
    if "comment" in strays:
        return replace(
            row, fact="Commented out", reason="The code stands in a comment, where browsers leave it out."
        )
    if "frame" in strays:
        framed = "The page builder put the code into a frame of its own, where dates cannot be filled in."
        step = "Place it in the page itself, or use the plain link with the date of the show"
        return replace(row, state="warn", fact="In a frame", reason=framed, step=step)
    return _unseen(reading)


def _unseen(reading: Reading) -> Row:
    said = ["The code is not in the page as the server sends it."]
    if "script" in reading.strays:
        said.append("A script of the page holds it and may put it there.")
    else:
        said.append("A script, such as a page builder’s or a tag manager’s, may still add it.")
    if reading.frames:
        frames = ", ".join(sorted(reading.frames)[:5])
        said.append(f"The page also holds frames ({frames}), which are not looked into.")
    step = (
        "Open the page and the widget on it, then see under Where it runs whether it was loaded. "
        "If it was not, paste the code"
    )
    return Row("Code", "warn", "Not seen", " ".join(said), WEB, step, help="builders")


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
        dropped = "The last line of the code is not in the page. Some builders drop scripts in silence."
        added = "A tag manager may add it, which is not seen from here."
        return replace(row, state="warn", fact="Not seen", reason=f"{dropped} {added}")
    if all(each.held for each in ours):
        held = "A consent tool or an optimiser holds it back. Until it lets go, visitors get the plain link."
        step = "Exclude /embed.js there, as it sets no cookie and waits for nobody"
        return replace(row, state="warn", fact="Held back", reason=held, step=step, lines=(), help="consent")
    return _running(row, reading, wanted)


def _running(row: Row, reading: Reading, wanted: Wanted) -> Row:
    ours = next(each for each in reading.scripts if each.origin == wanted.portal and not each.held)
    if ours.pinned:
        pinned = "Its integrity attribute holds the script to one version, so our next release stops it."
        return replace(row, state="warn", fact="Held to one version", reason=pinned)
    if not ours.is_async:
        waits = "The page waits for it, since its tag lacks the word async."
        return replace(row, state="warn", fact="Found, not async", reason=waits)
    after = reading.loader is not None and reading.loader > ours.number
    order = "Spektrix’s code comes after ours, and that is fine: the widget looks again once it is there."
    return Row("Script", "ok", "Found, async", order if after else "")


def security(policies: list[Policy], page: str, wanted: Wanted, nonces: Iterable[str]) -> Row:
    """Tell whether the page's Content-Security-Policy lets the widget work."""
    if not policies:
        return Row("Security policy", "ok", "None, so nothing is stopped")
    lacking = [
        each for policy in policies for each in page_policy.stopped(policy, page, wanted.needs, nonces)
    ]
    if lacking:
        return _stopped(lacking)
    if any("sandbox" in policy for policy in policies):
        boxed = "The page is sandboxed by its own policy, so the booking page opens in a tab of its own."
        return Row("Security policy", "warn", "Sandboxed", boxed, NOBODY, "Bookings work all the same")
    if any("require-trusted-types-for" in policy for policy in policies):
        typed = "The policy asks for trusted types, so visitors are led to the booking page instead."
        return Row("Security policy", "warn", "Trusted types", typed, WEB, "Leave that directive out")
    return Row("Security policy", "ok", "Allows the widget")


_STOPS = {
    "script-src": "the widget does not load, and visitors get the plain link",
    "frame-src": "the booking page stays empty",
    "connect-src": "dates are not filled in",
}


def _stopped(lacking: list[Stopped]) -> Row:
    fates = [_STOPS[directive] for directive in dict.fromkeys(each.directive for each in lacking)]
    reason = f"The page’s Content-Security-Policy stops it: {'; '.join(fates)}."
    lines = tuple(dict.fromkeys(each.line for each in lacking if each.line))
    if any(not each.line for each in lacking):
        reason += " Its script-src goes by nonces alone ('strict-dynamic'), so our script needs one too."
    step = "Let these lines of the policy read so" if lines else "Add the page’s nonce to our script tag"
    return Row("Security policy", "bad", "Stops the widget", reason, WEB, step, lines, "policy")


def spektrix(reading: Reading, wanted: Wanted) -> Row:
    """Tell whether Spektrix's own code on the page goes to the venue's Spektrix address."""
    name = COMPONENT
    if wanted.spektrix is None:
        return Row(name, "skipped", "This widget reads no basket")
    host, client = wanted.spektrix
    found = sorted((each.host or wanted.usual_host, each.client or client) for each in reading.spektrix)
    if not found:
        none = "Not in the page as the server sends it. A script may add it, and dates do not need it."
        return Row(name, "waiting", "Not seen", none, help="dates")
    addresses = [f"{each_host}/{each_client}" for each_host, each_client in dict.fromkeys(found)]
    ours = f"{host}/{client}"
    if addresses == [ours]:
        return Row(name, "ok", ours)
    mixed = len({each_host for each_host, _client in found}) > 1
    what = "The page uses several Spektrix addresses" if mixed else "The page uses another Spektrix address"
    reason = f"{what}: {', '.join(addresses)}. This portal uses {ours}, so baskets there look empty here."
    step = f"Use {ours} all over the website, or change the custom domain in the Spektrix settings"
    who = f"{WEB}, or {MANAGER[0].lower()}{MANAGER[1:]}"
    return Row(name, "bad", "Mixed" if mixed else addresses[0], reason, who, step, help="dates")
