"""What can be wrong with the connection: credentials, the custom domain, Spektrix, this portal."""

from __future__ import annotations

from dataclasses import replace

from portal.findings.codes import Code
from portal.findings.parts import (
    ADMIN,
    MANAGER,
    NOBODY,
    SPEKTRIX_SUPPORT,
    SUPPORT,
    Badge,
    Cause,
    Finding,
    Mend,
)

_EDIT = "integration.edit"
_PAGE = "integration.spektrix"
_BUNDLE = "diagnosis.bundle"
_WAITS_BY_ITSELF = "You do not need to change anything. Visits wait and are sent by themselves"
_TELL_SPEKTRIX = "If it goes on, write to support@spektrix.com."
_SYSTEM_OWNER = "Recreate the API user with standard System Owner permissions"

_REFUSED = Badge("bad", "Sign-in refused", "Nothing can be sent until Spektrix accepts the key.")
_PERMISSION = Badge(
    "bad", "Permission missing", "Nothing can be sent until the API user has its permissions."
)
_CLIENT = Badge("bad", "Client not found", "Nothing can be sent until the client name is right.")
_DOMAIN = Badge("warn", "Needs attention", "Visits are sent, but the custom domain is not right.")
_BLOCKED_ON_THE_WAY = Badge("warn", "Needs attention", "Calls are refused before Spektrix sees them.")
_OURS = Badge(
    "warn", "Needs attention", "Something went wrong in this portal. Visits wait and are tried again."
)
# Nobody answering does not prove the details, so "fine" needs proof from earlier.
_UNAVAILABLE = Badge(
    "warn", "Spektrix unavailable", "Your details are not the cause.", proved_lead="Your details are fine."
)

# The end of "Spektrix could not be reached (...)", by the client's kind of failure.
NETWORK_FAULTS = {
    "dns": "its address could not be looked up",
    "refused": "the connection was refused",
    "reset": "the connection broke off",
    "tls": "no secure connection could be made",
    "not_public": "its address is not a public one",
    "cut": "the answer broke off",
    "other": "the network failed",
}
# Added where a web page said that there is no such client.
WEB_PAGE_ADVICE = "Spektrix itself does not say so with a web page. If the name is right, test again later."


def advice_on_client_name(name: str, *, is_website: bool, small_answers: bool | None) -> str:
    """Say what may be wrong with a client name that Spektrix does not know.

    Args:
        name: as it was sent.
        is_website: whether it looks like the address of a website.
        small_answers: whether the name in small letters answers, None where that was not tried.
    """
    small = name.lower()
    if is_website:
        return f"{name} looks like the address of a website, which is something else."
    if small == name:
        return f"Spektrix does not know {name}. Copy the name exactly as it stands there."
    if small_answers is None:
        return f"Capitals matter. Try it in small letters: {small}"
    if small_answers:
        return f"Capitals matter: {small} does answer."
    return "Capitals matter, but the name in small letters was not found either."


CONNECTION_FINDINGS: dict[Code, Finding] = {
    Code.NOT_CONNECTED: Finding(
        cause=Cause.CREDENTIALS,
        title="Spektrix is not connected",
        because="Spektrix was not connected",
        who=MANAGER,
        step="Enter the client name, API user and API key",
        action=_PAGE,
        help="set-up",
    ),
    Code.PAUSED: Finding(
        cause=Cause.OURS,
        title="The integration is paused, so no basket is read and no visit is sent",
        short="Waiting while Spektrix is paused",
        because="the integration is paused",
        who=MANAGER,
        step="Switch Active on",
        action=_PAGE,
        help="troubleshooting#paused",
    ),
    Code.KEY_UNREADABLE: Finding(
        cause=Cause.CREDENTIALS,
        title="The saved API key cannot be read any more",
        because="the saved API key cannot be read",
        who=MANAGER,
        step="Paste the API key again. If nobody has it, your Spektrix admin makes a new one for you",
        advice=("Paste the API key again.", "If nobody has it, your Spektrix admin has to make a new one."),
        action=_EDIT,
        help="troubleshooting#key-refused",
        badge=_REFUSED,
        mend=Mend.KEY,
        stops=True,
    ),
    Code.KEY_NOT_BASE64: Finding(
        cause=Cause.CREDENTIALS,
        title="The saved text is not a Spektrix API key",
        because="the saved text is not a Spektrix API key",
        who=MANAGER,
        step="Copy the API key again, whole, and paste it",
        advice=("A key is letters, digits, + and /, often ending in =. Copy it again, whole.",),
        action=_EDIT,
        help="troubleshooting#key-refused",
        badge=_REFUSED,
        mend=Mend.KEY,
        stops=True,
    ),
    Code.KEY_REFUSED: Finding(
        cause=Cause.CREDENTIALS,
        title="Spektrix did not accept the API user and key",
        because="Spektrix does not accept the API user and key",
        who=MANAGER,
        step="Check the API user name and paste the API key again. If it was replaced, your Spektrix admin "
        "makes a new key and you paste that",
        advice=(
            "Check the API user name against Spektrix: Settings Interface › Users › API Accounts.",
            "Paste the key again. Spaces at the start and end are removed.",
            "If nobody has the key, your Spektrix admin has to make a new one; Spektrix shows it only once.",
        ),
        action=_EDIT,
        help="troubleshooting#key-refused",
        badge=_REFUSED,
        mend=Mend.KEY,
        status=401,
        stops=True,
    ),
    Code.CLOCK_OFF: Finding(
        cause=Cause.OURS,
        title="The clock of this portal’s server is wrong",
        because="the clock of our server is wrong",
        who=SUPPORT,
        step="Send us the support bundle. The API key is not the cause, and calls get through meanwhile",
        action=_BUNDLE,
        help="troubleshooting#clock",
        badge=replace(_REFUSED, lead="Our clock is wrong. The API key is not the cause."),
        mend=Mend.SUPPORT,
        status=401,
    ),
    Code.CUSTOMERS_REFUSED: Finding(
        cause=Cause.CREDENTIALS,
        title="Signed in, but this API user is not allowed to read customers",
        short="This API user is not allowed to read customers",
        because="the API user is not allowed to read customers",
        who=ADMIN,
        step=_SYSTEM_OWNER,
        action=_PAGE,
        help="troubleshooting#permission",
        badge=_PERMISSION,
        mend=Mend.PERMISSION,
        status=403,
        stops=True,
    ),
    Code.BASKETS_REFUSED: Finding(
        cause=Cause.CREDENTIALS,
        title="Signed in, but this API user is not allowed to read baskets",
        short="This API user is not allowed to read baskets",
        because="the API user is not allowed to read baskets",
        who=ADMIN,
        step=_SYSTEM_OWNER,
        action=_PAGE,
        help="troubleshooting#permission",
        badge=_PERMISSION,
        mend=Mend.PERMISSION,
        status=403,
        stops=True,
    ),
    Code.WRITING_REFUSED: Finding(
        cause=Cause.CREDENTIALS,
        title="Signed in, but this API user is not allowed to update customers",
        short="This API user is not allowed to update customers",
        because="the API user is not allowed to update customers",
        who=ADMIN,
        step=f"{_SYSTEM_OWNER}. If its key stays the same, only the next visit shows whether that helped",
        action=_PAGE,
        help="troubleshooting#permission",
        badge=_PERMISSION,
        mend=Mend.PERMISSION,
        status=403,
        stops=True,
    ),
    Code.CLIENT_UNKNOWN: Finding(
        cause=Cause.CREDENTIALS,
        title="Spektrix has no client with that name",
        because="Spektrix has no client with the saved name",
        who=MANAGER,
        step="Copy the client name from the address of your Spektrix admin pages, capitals included",
        advice=(
            "The client name is the last part of your Spektrix address: system.spektrix.com/your-venue.",
        ),
        action=_EDIT,
        help="troubleshooting#client-name",
        badge=_CLIENT,
        mend=Mend.NAME,
        status=404,
        stops=True,
    ),
    Code.CLIENT_CASE: Finding(
        cause=Cause.CREDENTIALS,
        title="The client name is right except for its capitals",
        because="the capitals of the saved client name are not those in Spektrix",
        who=MANAGER,
        step="Change the client name to small letters",
        action=_EDIT,
        help="troubleshooting#client-name",
        badge=_CLIENT,
        mend=Mend.CASE,
        status=404,
        stops=True,
    ),
    Code.DOMAIN_UNREACHABLE: Finding(
        cause=Cause.CREDENTIALS,
        title="Your custom domain could not be reached",
        because="the custom domain could not be reached",
        who=MANAGER,
        step="Check the spelling of the custom domain, or leave it empty",
        action=_EDIT,
        help="troubleshooting#custom-domain",
        badge=_DOMAIN,
        mend=Mend.DOMAIN,
    ),
    Code.DOMAIN_NOT_SPEKTRIX: Finding(
        cause=Cause.CREDENTIALS,
        title="Something other than Spektrix answers at your custom domain",
        because="something other than Spektrix answers at the custom domain",
        who=MANAGER,
        step="Check the custom domain, or ask your Spektrix admin which one is set up",
        action=_EDIT,
        help="troubleshooting#custom-domain",
        badge=_DOMAIN,
        mend=Mend.DOMAIN,
    ),
    Code.EDGE_BLOCK: Finding(
        cause=Cause.OURS,
        title="A security filter in front of Spektrix refused this portal",
        because="a security filter in front of Spektrix refuses this portal",
        who=SUPPORT,
        step="Send us the support bundle; the credentials are not the cause",
        advice=(
            "The user name and key are not the cause: Spektrix has not seen them.",
            "Send us the support bundle.",
        ),
        action=_BUNDLE,
        help="troubleshooting#edge",
        badge=_BLOCKED_ON_THE_WAY,
        mend=Mend.SUPPORT,
        status=403,
        stops=True,
    ),
    Code.SLOW_DOWN: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix asked us to slow down",
        because="Spektrix asked us to slow down",
        who=NOBODY,
        step=_WAITS_BY_ITSELF,
        advice=("Test again in a minute.",),
        help="troubleshooting#outage",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        status=429,
        passes=True,
    ),
    Code.OUTAGE: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix is having a problem at the moment",
        short="Spektrix is having a problem",
        because="Spektrix is having a problem",
        who=NOBODY,
        step=_WAITS_BY_ITSELF,
        advice=(f"{_WAITS_BY_ITSELF}.", _TELL_SPEKTRIX),
        help="troubleshooting#outage",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        passes=True,
    ),
    Code.TIMED_OUT: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix did not answer in time",
        because="Spektrix did not answer in time",
        who=NOBODY,
        step=_WAITS_BY_ITSELF,
        help="troubleshooting#outage",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        passes=True,
    ),
    Code.UNREACHABLE: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix could not be reached",
        because="Spektrix could not be reached",
        who=NOBODY,
        step=_WAITS_BY_ITSELF,
        advice=("Test again in a few minutes. If it goes on, tell our support.",),
        help="troubleshooting#outage",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        passes=True,
    ),
    Code.CERTIFICATE: Finding(
        cause=Cause.SPEKTRIX,
        title="The certificate at Spektrix’s address is not right, so nothing is sent to it",
        short="The certificate at Spektrix’s address is not right",
        because="the certificate at Spektrix’s address is not right",
        who=SPEKTRIX_SUPPORT,
        step="Send Spektrix support the time of this check",
        advice=(
            "Nothing is sent until the certificate is right, since anybody could be answering.",
            "The API key is not the cause.",
            "Send the time of this test to support@spektrix.com.",
        ),
        action=_BUNDLE,
        help="troubleshooting#outage",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        stops=True,
    ),
    Code.REDIRECTED: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix’s address sends us elsewhere instead of answering",
        because="Spektrix’s address sent us elsewhere",
        who=SPEKTRIX_SUPPORT,
        step="Ask Spektrix support whether your system has moved to another address",
        advice=(
            "This is often a maintenance page. Test again in a few minutes.",
            "If it goes on, ask Spektrix support whether your system has moved to another address.",
        ),
        action=_BUNDLE,
        help="troubleshooting#not-spektrix",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        passes=True,
    ),
    Code.NOT_SPEKTRIX: Finding(
        cause=Cause.SPEKTRIX,
        title="Something other than Spektrix answered",
        because="something other than Spektrix answered",
        who=NOBODY,
        step="This is often a maintenance page. Check again in a few minutes",
        advice=(
            "This is often a maintenance page. Test again in a few minutes.",
            "If it goes on, ask our support to look: the answer did not come from Spektrix.",
        ),
        help="troubleshooting#not-spektrix",
        badge=_UNAVAILABLE,
        mend=Mend.WAIT_AND_TEST,
        passes=True,
    ),
    Code.REJECTED: Finding(
        cause=Cause.OURS,
        title="Spektrix refused what this portal asked",
        because="Spektrix refused what this portal asked",
        who=SUPPORT,
        step="Send us the support bundle",
        action=_BUNDLE,
        help="troubleshooting#ours",
        badge=_BLOCKED_ON_THE_WAY,
        mend=Mend.SUPPORT,
    ),
    Code.OUR_FAULT: Finding(
        cause=Cause.OURS,
        title="Something went wrong in this portal",
        because="something went wrong in this portal",
        who=SUPPORT,
        step="Send us the support bundle. Visits are tried again meanwhile",
        advice=(
            "You do not need to change anything. Visits are tried again; if it goes on, tell our support.",
        ),
        action=_BUNDLE,
        help="troubleshooting#ours",
        badge=_OURS,
        mend=Mend.SUPPORT,
        passes=True,
    ),
}
