"""What can be wrong with a widget, or with the page that carries it, so that no date is filled in."""

from __future__ import annotations

from portal.findings.parts import MANAGER, NOBODY, WEB, Cause, Code, Finding

_EDIT = "integration.edit"
_WIDGETS = "widgets.overview"
_W, _S = Cause.WIDGET, Cause.SPEKTRIX

WIDGET_FINDINGS: dict[Code, Finding] = {
    Code.NO_WIDGET: Finding(
        _W, "There is no booking widget yet", MANAGER, "Make a widget", _WIDGETS, "set-up#widget"
    ),
    Code.WIDGET_NONE: Finding(
        _W,
        "The widget's integration is set to None",
        MANAGER,
        "Set the widget's Integration to Spektrix",
        _WIDGETS,
        "troubleshooting#widget-none",
    ),
    Code.NO_SITES: Finding(
        _W,
        "The widget may not run on any website yet",
        MANAGER,
        "Add your website to the widget",
        _WIDGETS,
        "troubleshooting#site-not-listed",
    ),
    Code.NOT_OPENED: Finding(
        _W,
        "Nobody has opened the widget on a website yet",
        WEB,
        "Check that the snippet is on the page, then open the widget there once",
        _WIDGETS,
        "troubleshooting#not-opened",
    ),
    Code.NO_BASKET: Finding(
        _W,
        "Guests open the widget before they have a ticket in their basket",
        WEB,
        "Link to the booking page from a page that comes after choosing seats",
        help="troubleshooting#no-basket",
    ),
    Code.SCRIPT_MISSING: Finding(
        _W,
        "Spektrix's own script is not on the page",
        WEB,
        "Add Spektrix's basket component to the page",
        help="troubleshooting#script",
    ),
    Code.SCRIPT_BLOCKED: Finding(
        _W,
        "The website's security policy blocks the basket",
        WEB,
        "Add the line that the widget's page names to the page's Content-Security-Policy (connect-src)",
        help="troubleshooting#script",
    ),
    Code.WRONG_HOST: Finding(
        _W,
        "The page and this portal use different Spektrix addresses",
        WEB,
        "Use one custom domain everywhere: on the page and under Connection details",
        _EDIT,
        "troubleshooting#wrong-host",
    ),
    Code.SITE_NOT_LISTED: Finding(
        _W,
        "The widget was opened on a website that is not on its list",
        MANAGER,
        "Add that website to the widget if it is yours",
        _WIDGETS,
        "troubleshooting#site-not-listed",
    ),
    Code.BASKET_TIMED_OUT: Finding(
        _S,
        "Spektrix was too slow to hand over the basket",
        NOBODY,
        "Guests can still book; the date is not filled in while Spektrix is slow",
        help="troubleshooting#outage",
    ),
}
