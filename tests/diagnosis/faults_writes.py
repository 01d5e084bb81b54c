"""Faults behind "the connection is saved, but no visit reaches Spektrix"."""

from portal.findings import Cause, Code
from tests.diagnosis.catalogue import fault
from tests.diagnosis.scene import WRITES
from tests.factories import API_KEY, API_USER

DATE, COUNT = "Last Dined At", "Number of Restaurant Visits"


def spelt(name, date=DATE, count=COUNT, code=Code.ATTRIBUTE_NEAR):
    """Add a fault in which Spektrix has these names, and a visit was tried."""

    @fault(name, WRITES, code, Cause.ATTRIBUTES)
    def seed(scene):
        scene.define({each: "Text" for each in (date, count, "Access Needs") if each})
        scene.visited()

    return seed


def typed(name, date="Text", count="Text"):
    """Add a fault in which an attribute has a type that loses what is sent."""

    @fault(name, WRITES, Code.ATTRIBUTE_TYPE, Cause.ATTRIBUTES)
    def seed(scene):
        scene.sandbox.define(
            *(
                {"name": each, "type": kind, "options": ["Yes", "No"] if kind == "Dropdown" else []}
                for each, kind in ((DATE, date), (COUNT, count))
            )
        )
        scene.visited()

    return seed


spelt("Last Dined At is missing", date=None, code=Code.ATTRIBUTE_MISSING)
spelt("Number of Restaurant Visits is missing", count=None, code=Code.ATTRIBUTE_MISSING)
spelt("Both attributes are missing", None, None, Code.ATTRIBUTE_MISSING)
spelt("One letter is missing: Last Dine At", "Last Dine At")
spelt("One letter differs: Last Dined It", "Last Dined It")
spelt("Singular: Number of Restaurant Visit", count="Number of Restaurant Visit")
spelt("Plural: Numbers of Restaurant Visits", count="Numbers of Restaurant Visits")
spelt("One word more: My Last Dined At", "My Last Dined At")
spelt("A look-alike letter of another alphabet in Dined", "Last D\u0456ned At")
spelt("Both names have a spelling mistake", "Last Dinned At", "Number of Restarant Visits")


@fault(
    "Small letters, where they show: Last dined at",
    WRITES,
    Code.ATTRIBUTE_NEAR,
    Cause.ATTRIBUTES,
)
def small_letters(scene):
    scene.sandbox.post("options", capitalise_inner_words=False)
    scene.define({"Last dined at": "Text", COUNT: "Text"})
    scene.visited()


typed("Last Dined At is a Dropdown", date="Dropdown")
typed("Last Dined At is a Check List", date="CheckList")
typed("Last Dined At is a Currency", date="Currency")
typed("Number of Restaurant Visits is a Date", count="Date")
typed("Number of Restaurant Visits is a Check List", count="CheckList")


@fault("No record could be looked at yet", WRITES, Code.ATTRIBUTES_NOT_SEEN, Cause.ATTRIBUTES)
def never_seen(scene):
    scene.deliver()


@fault("The API user may not update customers", WRITES, Code.WRITING_REFUSED, Cause.CREDENTIALS)
def writing_refused(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_write_customers=False)
    scene.visited()


@fault("The key was replaced in Spektrix", WRITES, Code.KEY_REFUSED, Cause.CREDENTIALS)
def key_replaced(scene):
    scene.visited()
    scene.sandbox.post("api_users", login=API_USER, secret="QW5vdGhlcktleUZvclRoaXNVc2VyMDEyMzQ1Njc4OUFC")


@fault("The integration is paused", WRITES, Code.PAUSED, Cause.OURS)
def paused(scene):
    scene.visited()
    scene.pause()


@fault("Visits were held, and resuming did not send them", WRITES, Code.VISIT_HELD, Cause.OURS)
def held(scene):
    scene.visited()
    booking_id = scene.verified_booking(at=1)
    scene.pause()
    scene.complete(booking_id)
    scene.deliver()
    scene.resume()


@fault("No guest signs in before booking", WRITES, Code.ANONYMOUS, Cause.OURS)
def nobody_signs_in(scene):
    scene.sandbox.post("options", basket_customer="id")
    for at in range(3):
        scene.through_the_widget(scene.sandbox.basket(None), at=at)


@fault("Spektrix refuses the values themselves", WRITES, Code.REJECTED, Cause.OURS)
def refused_values(scene):
    scene.sandbox.fault("update_customer", "status", status=422)
    scene.visited()
    scene.skip_waits()
    scene.deliver()
