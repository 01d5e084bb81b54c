"""Set-ups in which nothing is wrong, some of which look as if there were."""

from portal.widgets.models import OpeningReason
from tests.diagnosis.catalogue import healthy
from tests.diagnosis.scene import CONNECTION, PRE_FILL, VISIT, WRITES
from tests.people import TOM


@healthy("Just connected, no guest yet", CONNECTION)
def just_connected(scene):
    scene.deliver()


@healthy("Paused, and the connection is fine", CONNECTION)
def paused(scene):
    scene.pause()


@healthy("Our clock is a minute off, within what Spektrix allows", CONNECTION)
def clock_a_little_off(scene):
    scene.sandbox.post("options", clock_offset_seconds=60)


@healthy("A custom domain at which Spektrix answers", CONNECTION)
def custom_domain(scene):
    scene.save(custom_domain=scene.sandbox.api_url.removeprefix("http://"))


@healthy("Spektrix is slow, and answers", CONNECTION)
def slow(scene):
    scene.sandbox.fault("*", "delay", seconds=0.1)


@healthy("Dates are filled in", PRE_FILL)
def filled(scene):
    scene.opened(OpeningReason.FILLED)


@healthy("Dates are filled in, except for guests without tickets", PRE_FILL)
def some_without_tickets(scene):
    scene.opened(OpeningReason.FILLED, times=3)
    scene.opened(OpeningReason.NO_BASKET)


@healthy("A visit that was confirmed", VISIT)
def confirmed(scene):
    return scene.visited()


@healthy("A visit confirmed before a newer one of the same guest", VISIT)
def followed_by_another(scene):
    booking_id = scene.visited()
    scene.visited(at=1)
    return booking_id


@healthy("A guest who phoned, matched by details", VISIT)
def matched(scene):
    return scene.by_phone(TOM)


@healthy("Last Dined At is a Date, which keeps the day", VISIT)
def date_type(scene):
    scene.define({"Last Dined At": "Date", "Number of Restaurant Visits": "Currency"})
    return scene.visited()


@healthy("Visits land", WRITES)
def visits_land(scene):
    scene.visited()


@healthy("Visits land, and one guest was not signed in", WRITES)
def one_anonymous(scene):
    scene.visited()
    scene.through_the_widget(scene.sandbox.basket(None), TOM, at=1)


@healthy("Spektrix writes the inner words of a name small", WRITES)
def inner_words_small(scene):
    scene.sandbox.post("options", capitalise_inner_words=False)
    scene.visited()


@healthy("Spektrix answers an update with nothing", WRITES)
def empty_replies(scene):
    scene.sandbox.post("options", patch_reply="no_content")
    scene.visited()
