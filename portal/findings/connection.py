"""What can be wrong with the connection: credentials, the custom domain, Spektrix, this portal."""

from __future__ import annotations

from portal.findings.parts import ADMIN, MANAGER, NOBODY, SPEKTRIX_SUPPORT, SUPPORT, Cause, Code, Finding

_EDIT = "integration.edit"
_PAGE = "integration.spektrix"
_C, _S, _O = Cause.CREDENTIALS, Cause.SPEKTRIX, Cause.OURS
_LATER = "Nothing here needs changing. Visits wait and are sent by themselves; check again in a few minutes"

CONNECTION_FINDINGS: dict[Code, Finding] = {
    Code.NOT_CONNECTED: Finding(
        _C,
        "Spektrix is not connected",
        MANAGER,
        "Enter the client name, API user and API key",
        _PAGE,
        "set-up",
    ),
    Code.PAUSED: Finding(
        _O,
        "The integration is paused, so no basket is read and no visit is sent",
        MANAGER,
        "Switch Active on",
        _PAGE,
        "troubleshooting#paused",
    ),
    Code.KEY_UNREADABLE: Finding(
        _C,
        "The saved API key cannot be read any more",
        MANAGER,
        "Paste the API key again. If nobody has it, your Spektrix admin makes a new one and you paste that",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.KEY_NOT_BASE64: Finding(
        _C,
        "The saved text is not a Spektrix API key",
        MANAGER,
        "Copy the API key again, whole, and paste it",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.KEY_REFUSED: Finding(
        _C,
        "Spektrix did not accept the API user and key",
        MANAGER,
        "Check the API user name and paste the API key again. If it was replaced, your Spektrix admin makes "
        "a new key and you paste that",
        _EDIT,
        "troubleshooting#key-refused",
    ),
    Code.CLOCK_OFF: Finding(
        _O,
        "The clock of this portal's server is wrong",
        SUPPORT,
        "Send us the support bundle. The API key is not at fault, and calls get through meanwhile",
        "diagnosis.bundle",
        "troubleshooting#clock",
    ),
    Code.CUSTOMERS_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to read customers",
        ADMIN,
        "Recreate the API user with standard System Owner permissions",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.BASKETS_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to read baskets",
        ADMIN,
        "Recreate the API user with standard System Owner permissions",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.WRITING_REFUSED: Finding(
        _C,
        "Signed in, but this API user is not allowed to update customers",
        ADMIN,
        "Recreate the API user with standard System Owner permissions. If its key stays the same, "
        "only a visit that is sent shows whether it is mended",
        _PAGE,
        "troubleshooting#permission",
    ),
    Code.CLIENT_UNKNOWN: Finding(
        _C,
        "Spektrix has no client of that name",
        MANAGER,
        "Copy the client name from the address of your Spektrix admin pages, capitals included",
        _EDIT,
        "troubleshooting#client-name",
    ),
    Code.CLIENT_CASE: Finding(
        _C,
        "The client name is right but for its capitals",
        MANAGER,
        "Change the client name to small letters",
        _EDIT,
        "troubleshooting#client-name",
    ),
    Code.DOMAIN_UNREACHABLE: Finding(
        _C,
        "Your custom domain could not be reached",
        MANAGER,
        "Check the custom domain for a slip of the pen, or leave it empty",
        _EDIT,
        "troubleshooting#custom-domain",
    ),
    Code.DOMAIN_NOT_SPEKTRIX: Finding(
        _C,
        "Something other than Spektrix answers at your custom domain",
        MANAGER,
        "Check the custom domain, or ask your Spektrix admin which one is set up",
        _EDIT,
        "troubleshooting#custom-domain",
    ),
    Code.EDGE_BLOCK: Finding(
        _O,
        "A security filter in front of Spektrix refused this portal",
        SUPPORT,
        "Send us the support bundle; the credentials are not at fault",
        "diagnosis.bundle",
        "troubleshooting#edge",
    ),
    Code.SLOW_DOWN: Finding(
        _S, "Spektrix asked us to slow down", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.OUTAGE: Finding(
        _S, "Spektrix is having a problem at the moment", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.TIMED_OUT: Finding(
        _S, "Spektrix did not answer within 10 seconds", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.UNREACHABLE: Finding(
        _S, "Spektrix could not be reached", NOBODY, _LATER, help="troubleshooting#outage"
    ),
    Code.CERTIFICATE: Finding(
        _S,
        "The certificate at Spektrix's address is not right, so nothing is sent to it",
        SPEKTRIX_SUPPORT,
        "Send Spektrix support the time of this check",
        "diagnosis.bundle",
        "troubleshooting#outage",
    ),
    Code.REDIRECTED: Finding(
        _S,
        "Spektrix's address sends us elsewhere instead of answering",
        SPEKTRIX_SUPPORT,
        "Ask Spektrix support whether your system has moved to another address",
        "diagnosis.bundle",
        "troubleshooting#not-spektrix",
    ),
    Code.NOT_SPEKTRIX: Finding(
        _S,
        "Something other than Spektrix answered at its address",
        NOBODY,
        "This is often a maintenance page. Check again in a few minutes",
        help="troubleshooting#not-spektrix",
    ),
    Code.REJECTED: Finding(
        _O,
        "Spektrix refused what this portal asked",
        SUPPORT,
        "Send us the support bundle",
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
    Code.OUR_FAULT: Finding(
        _O,
        "Something went wrong in this portal",
        SUPPORT,
        "Send us the support bundle. Visits are tried again meanwhile",
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
}
