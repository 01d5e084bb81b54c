"""What can be wrong with a widget, or with the page that carries it, so that no date is filled in."""

from __future__ import annotations

from portal.findings.codes import Code
from portal.findings.parts import MANAGER, NOBODY, WEB, Cause, Finding

_EDIT = "integration.edit"
_WIDGETS = "widgets.overview"

WIDGET_FINDINGS: dict[Code, Finding] = {
    Code.NO_WIDGET: Finding(
        cause=Cause.WIDGET,
        title="There is no booking widget yet",
        because="there is no booking widget yet",
        who=MANAGER,
        step="Make a widget",
        action=_WIDGETS,
        help="set-up#widget",
    ),
    Code.WIDGET_NONE: Finding(
        cause=Cause.WIDGET,
        title="The widget’s integration is set to None",
        because="the widget’s integration is set to None",
        who=MANAGER,
        step="Set the widget’s Integration to Spektrix",
        action=_WIDGETS,
        help="troubleshooting#widget-none",
    ),
    Code.NO_SITES: Finding(
        cause=Cause.WIDGET,
        title="The widget may not run on any website yet",
        because="the widget may not run on any website yet",
        who=MANAGER,
        step="Add your website to the widget",
        action=_WIDGETS,
        help="troubleshooting#site-not-listed",
    ),
    Code.NOT_OPENED: Finding(
        cause=Cause.WIDGET,
        title="Nobody has opened the widget on a website yet",
        because="nobody has opened the widget on a website yet",
        who=WEB,
        step="Check that the snippet is on the page, then open the widget there once",
        action=_WIDGETS,
        help="troubleshooting#not-opened",
    ),
    Code.NO_BASKET: Finding(
        cause=Cause.WIDGET,
        title="Guests open the widget before they have a ticket in their basket",
        because="guests open the widget before they have a ticket in their basket",
        who=WEB,
        step="Link to the booking page from a page that comes after choosing seats",
        help="troubleshooting#no-basket",
    ),
    Code.SCRIPT_MISSING: Finding(
        cause=Cause.WIDGET,
        title="Spektrix’s own script is not on the page",
        because="Spektrix’s own script is not on the page",
        who=WEB,
        step="Add Spektrix’s basket component to the page",
        help="troubleshooting#script",
    ),
    Code.SCRIPT_BLOCKED: Finding(
        cause=Cause.WIDGET,
        title="The website’s security policy blocks the basket",
        because="the website’s security policy blocks the basket",
        who=WEB,
        step="Copy the connect-src line from the widget’s page in this portal into the website’s "
        "Content-Security-Policy",
        help="troubleshooting#script",
    ),
    Code.WRONG_HOST: Finding(
        cause=Cause.WIDGET,
        title="The page and this portal use different Spektrix addresses",
        because="the page and this portal use different Spektrix addresses",
        who=WEB,
        step="Use one custom domain everywhere: on the page and under Connection details",
        action=_EDIT,
        help="troubleshooting#wrong-host",
    ),
    Code.SITE_NOT_LISTED: Finding(
        cause=Cause.WIDGET,
        title="The widget was opened on a website that is not on its list",
        because="the widget was opened on a website that is not on its list",
        who=MANAGER,
        step="Add that website to the widget if it is yours",
        action=_WIDGETS,
        help="troubleshooting#site-not-listed",
    ),
    Code.BASKET_TIMED_OUT: Finding(
        cause=Cause.SPEKTRIX,
        title="Spektrix was too slow to hand over the basket",
        because="Spektrix was too slow to hand over the basket",
        who=NOBODY,
        step="Guests can still book; the date is not filled in while Spektrix is slow",
        help="troubleshooting#outage",
    ),
}
