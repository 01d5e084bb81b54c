"""Faults behind "the date is not filled in"."""

from portal.extensions import db
from portal.findings import Cause, Code
from portal.widgets.models import IntegrationChoice, OpeningReason
from tests.diagnosis.catalogue import fault
from tests.diagnosis.scene import PRE_FILL


def said(name, reason, code, cause, page=None):
    """Add a fault that guests' browsers have told."""

    @fault(name, PRE_FILL, code, cause)
    def seed(scene):
        scene.opened(reason, **({"page": page} if page else {}))

    return seed


@fault("Spektrix is not connected at all", PRE_FILL, Code.NOT_CONNECTED, Cause.CREDENTIALS)
def not_connected(scene):
    scene.disconnect()


@fault("There is no widget", PRE_FILL, Code.NO_WIDGET, Cause.WIDGET)
def no_widget(scene):
    db.session.delete(scene.widget())
    db.session.commit()


@fault("The widget's integration is None", PRE_FILL, Code.WIDGET_NONE, Cause.WIDGET)
def widget_none(scene):
    scene.set_widget(IntegrationChoice.NONE)
    scene.opened(OpeningReason.OFF)


@fault("The widget has no website", PRE_FILL, Code.NO_SITES, Cause.WIDGET)
def no_sites(scene):
    scene.set_widget(sites=())


@fault("The widget's code is on no page", PRE_FILL, Code.NOT_OPENED, Cause.WIDGET)
def never_opened(scene):
    scene.deliver()


said("Guests have no basket when they open it", OpeningReason.NO_BASKET, Code.NO_BASKET, Cause.WIDGET)
said(
    "Spektrix's script is missing or comes late",
    OpeningReason.SCRIPT_MISSING,
    Code.SCRIPT_MISSING,
    Cause.WIDGET,
)
said("The page's policy blocks the basket", OpeningReason.BLOCKED, Code.SCRIPT_BLOCKED, Cause.WIDGET)
said("The page uses another Spektrix address", OpeningReason.WRONG_HOST, Code.WRONG_HOST, Cause.WIDGET)
said(
    "The widget stands on a website that is not on its list",
    OpeningReason.NOT_LISTED,
    Code.SITE_NOT_LISTED,
    Cause.WIDGET,
    page="https://www.elsewhere.co.uk/eat",
)
said("Spektrix is too slow with the basket", OpeningReason.TIMED_OUT, Code.BASKET_TIMED_OUT, Cause.SPEKTRIX)
said("Spektrix failed to hand over the basket", OpeningReason.FAILED, Code.OUTAGE, Cause.SPEKTRIX)


@fault("The integration is paused", PRE_FILL, Code.PAUSED, Cause.OURS)
def paused(scene):
    scene.pause()
    scene.opened(OpeningReason.PAUSED)


@fault("Spektrix is out of order just now", PRE_FILL, Code.OUTAGE, Cause.SPEKTRIX)
def outage(scene):
    scene.opened(OpeningReason.FILLED)
    scene.sandbox.fault("*", "status", status=503)


@fault("The custom domain does not answer", PRE_FILL, Code.DOMAIN_UNREACHABLE, Cause.CREDENTIALS)
def domain_unreachable(scene):
    scene.opened(OpeningReason.FILLED)
    scene.save(custom_domain="localhost:1")
