"""The message that a manager can send to the Spektrix admin, fitted to the fault (R32).

It never holds the key: no function here is given one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from portal.findings import Code, Finding, Mend, finding
from portal.integration.attributes.rows import AttributeRow
from portal.integration.attributes.rules import NAMES
from portal.integration.connection.models import Integration
from portal.venues.models import Staff, Venue

WHERE_API_USERS = "Settings Interface › Users › API Accounts"
WHERE_ATTRIBUTES = "Settings Interface › Attributes › Customer"

API_USER_STEPS = (
    f"In Spektrix, open {WHERE_API_USERS}.",
    "Choose New API Account with System Owner permissions. Enter the email and mobile that get the key.",
    "Spektrix emails a link and texts a code. Open the link and copy the key. It is shown only once.",
)
SUBJECT = "Spektrix settings for restaurant visits"


@dataclass(frozen=True)
class Sender:
    """Who asks, and whom the answer goes to."""

    venue: str
    name: str
    email: str = ""


def sender(venue: Venue, staff: Staff) -> Sender:
    """Return who signs a message that `staff` passes on."""
    return Sender(venue.name, staff.name, staff.email)


def fitted(sender: Sender, integration: Integration, code: Code | None, rows: Sequence[AttributeRow]) -> str:
    """Return the message that fits what is wrong just now.

    Args:
        code: what stands between us and Spektrix, None when nothing does.
        rows: what is known of the two attributes. What is wrong with them is asked for in the same message,
            so that nobody has to be asked twice.
    """
    besides = _besides(rows)
    found = finding(code) if code else None
    mend = found.mend if found else None
    if found is not None and mend is Mend.KEY:
        return request_key(sender, integration.api_user, found, besides)
    if found is not None and mend in {Mend.NAME, Mend.CASE}:
        return request_client_name(sender, integration.client_name, found)
    if mend is Mend.DOMAIN:
        return request_domain(sender, integration.custom_domain)
    if found is not None and mend is Mend.PERMISSION:
        return request_permission(sender, integration.api_user, found, besides)
    return request_attributes(sender, rows)


def request_all(sender: Sender) -> str:
    """Return the whole request: an API user and both attributes."""
    steps = [f"{number}. {step}" for number, step in enumerate(API_USER_STEPS, start=1)]
    return _message(sender, ["An API user:", *steps, "", *_names(NAMES)])


def request_attributes(sender: Sender, rows: Sequence[AttributeRow]) -> str:
    """Return the request to correct the attributes; both names to compare when nothing is wrong."""
    lines = [line for row in rows for line in _about(row)]
    if not lines:
        return request_nothing(sender)
    return _message(sender, [f"In {WHERE_ATTRIBUTES}, capitals and spaces included:", *lines])


def request_nothing(sender: Sender) -> str:
    """Return the message when nothing is wrong: the two names that must not change."""
    return _message(
        sender,
        [
            "Everything is set up. Please keep the exact names of these two customer attributes:",
            *_names(NAMES)[1:],
        ],
    )


def request_permission(sender: Sender, api_user: str, found: Finding, besides: Sequence[str] = ()) -> str:
    """Return the request for the missing permission, and to correct what else is wrong."""
    return _message(
        sender,
        [
            f"We sign in as {api_user}, but {found.because}.",
            f"Recreate it in {WHERE_API_USERS} with standard System Owner permissions.",
            *_handing_over(sender),
            *besides,
        ],
    )


def request_key(sender: Sender, api_user: str, found: Finding, besides: Sequence[str] = ()) -> str:
    """Return the request for a key that Spektrix accepts, and to correct what else is wrong."""
    return _message(
        sender,
        [
            f"We sign in as {api_user}, but {found.because}.",
            f"Check in {WHERE_API_USERS} that it exists under exactly this name, and make a new key for it.",
            *_handing_over(sender),
            *besides,
        ],
    )


def request_client_name(sender: Sender, client_name: str, found: Finding) -> str:
    """Return the question for the right client name."""
    return _message(
        sender,
        [
            f"We have the client name {client_name}. {found.title}.",
            "Send us the part after system.spektrix.com/ in the address of your Spektrix admin pages.",
            "Capitals matter.",
        ],
    )


def request_domain(sender: Sender, domain: str) -> str:
    """Return the question for the custom domain."""
    return _message(
        sender,
        [
            f"We have the custom domain {domain}, but Spektrix does not answer there.",
            "Tell us the custom domain of the website, or that there is none.",
        ],
    )


def _handing_over(sender: Sender) -> list[str]:
    return [
        (
            f"When Spektrix asks whose email and mobile get the key, enter those of {sender.name}, who "
            "pastes it in."
        ),
        "Never send the key itself by email or chat.",
    ]


def _besides(rows: Sequence[AttributeRow]) -> list[str]:
    lines = [line for row in rows if row.asks_admin for line in _about(row)]
    return ["", f"Also, in {WHERE_ATTRIBUTES}, capitals and spaces included:", *lines] if lines else []


def mailto(address: str, body: str) -> str:
    """Return a link that opens the message in a mail program, "" without an address."""
    return f"mailto:{quote(address, safe='@')}?subject={quote(SUBJECT)}&body={quote(body)}" if address else ""


def _names(names: Sequence[str]) -> list[str]:
    head = f"In {WHERE_ATTRIBUTES}, with exactly these names, capitals and spaces included:"
    return [head, *(f"- {name} (type Text)" for name in names)]


def _about(row: AttributeRow) -> list[str]:
    if row.spelling is not None:
        there = "".join(piece.letters for piece in row.spelling.in_spektrix)
        now = "Now" if row.spelling.shows_spaces else "Now (Spektrix shows us names without spaces)"
        return [
            f"- Rename to {row.name}",
            f"  {now}: {there}",
            f"  {row.spelling.sentence}",
        ]
    if row.state == "wrong_type":
        return [f"- Make {row.name} again with type Text. Its current type does not keep the values."]
    if row.state == "loses_time":
        return [f"- Make {row.name} again with type Text. Its current type is Date, which loses the time."]
    if row.state != "found":
        return [f"- {row.name} (type Text)"]
    return []


def _message(sender: Sender, lines: Sequence[str]) -> str:
    head = (
        f"{sender.venue} sends restaurant visits to Spektrix. We need your help to set this up in Spektrix."
    )
    to = f"{sender.name}, {sender.email}," if sender.email else sender.name
    return "\n".join([head, "", *lines, "", f"Reply to {to} at {sender.venue}."])
