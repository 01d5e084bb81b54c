"""Faults behind "one visit is not in Spektrix"."""

from sqlalchemy import update

from portal.bookings.guest_pages import erasing
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Cause, Code
from portal.guests.service import Contact
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from portal.integration.visits import decisions as visit_decisions
from portal.outbox.models import OutboxEntry
from portal.venues.models import Venue
from tests.diagnosis.catalogue import fault
from tests.diagnosis.scene import VISIT
from tests.factories import API_KEY, API_USER
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID

STRANGER = Contact("Joan Castellano", "joan@example.org", "07700 900555")
# Tom's address and nothing else of his.
HALF_TOM = Contact("Nobody Known", TOM.email, "07700 900666")


@fault("The booking is still Confirmed", VISIT, Code.NOT_COMPLETED, Cause.OURS)
def still_confirmed(scene):
    return scene.verified_booking()


@fault("The guests did not come", VISIT, Code.NOT_COMPLETED, Cause.OURS)
def no_show(scene):
    booking_id = scene.verified_booking()
    scene.move(booking_id, Status.NO_SHOW)
    return booking_id


@fault("Completed was undone before the visit was sent", VISIT, Code.SET_BACK, Cause.OURS)
def set_back(scene):
    booking_id = scene.verified_booking()
    scene.complete(booking_id)
    scene.move(booking_id, Status.CONFIRMED)
    return booking_id


@fault("Spektrix is not connected", VISIT, Code.NOT_CONNECTED, Cause.CREDENTIALS)
def not_connected(scene):
    booking_id = scene.visited()
    scene.disconnect()
    return booking_id


@fault("Booked by phone, and no account has these details", VISIT, Code.NO_ACCOUNT, Cause.OURS)
def phone_without_account(scene):
    return scene.by_phone(STRANGER)


@fault("Booked by phone, and matching by details is off", VISIT, Code.NO_ACCOUNT, Cause.OURS)
def matching_off(scene):
    db.session.execute(update(Venue).values(match_by_details=False))
    db.session.commit()
    return scene.by_phone(TOM)


@fault("Booked by phone, and an account has only the address", VISIT, Code.LINK_PROPOSED, Cause.OURS)
def proposed(scene):
    return scene.by_phone(HALF_TOM)


@fault("A manager rejected the proposed account", VISIT, Code.LINK_REJECTED, Cause.OURS)
def rejected_link(scene):
    booking_id = proposed(scene)
    guest = db.session.get(Booking, booking_id).guest
    link_decisions.reject(Deciding(scene.venue, guest.id, TOM_ID, scene.manager.id))
    return booking_id


@fault("A manager took the link away", VISIT, Code.UNLINKED, Cause.OURS)
def unlinked(scene):
    booking_id = scene.verified_booking()
    guest = db.session.get(Booking, booking_id).guest
    link_decisions.unlink(Deciding(scene.venue, guest.id, AMARA_ID, scene.manager.id))
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The guest's details were erased", VISIT, Code.GUEST_ERASED, Cause.OURS)
def erased(scene):
    booking_id = scene.verified_booking()
    scene.complete(booking_id)
    erasing.erase(scene.venue, db.session.get(Booking, booking_id).guest_id, scene.manager.id)
    return booking_id


@fault("Booked through the widget without a basket", VISIT, Code.NO_BASKET_BOOKED, Cause.OURS)
def without_a_basket(scene):
    return scene.through_the_widget(None)


@fault("The widget was opened while the integration was paused", VISIT, Code.PAUSED, Cause.OURS)
def booked_while_paused(scene):
    scene.pause()
    return scene.through_the_widget(None)


@fault("Spektrix has not been asked who the guest is", VISIT, Code.LINK_PENDING, Cause.OURS)
def not_asked_yet(scene):
    booking_id = scene.book(AMARA, scene.sandbox.basket(AMARA_ID))
    scene.complete(booking_id)
    return booking_id


@fault("The guest was not signed in to Spektrix", VISIT, Code.ANONYMOUS, Cause.OURS)
def anonymous(scene):
    return scene.through_the_widget(scene.sandbox.basket(None))


@fault("The guest was linked after this visit", VISIT, Code.ANONYMOUS, Cause.OURS)
def linked_later(scene):
    booking_id = scene.through_the_widget(scene.sandbox.basket(None))
    scene.verified_booking(at=1)
    return booking_id


@fault("The basket is somebody else's", VISIT, Code.MISMATCH, Cause.OURS)
def mismatch(scene):
    return scene.through_the_widget(scene.sandbox.basket(TOM_ID))


@fault("The basket's owner has the guest's number and another name", VISIT, Code.BASKET_UNSURE, Cause.OURS)
def basket_of_the_same_number(scene):
    scene.sandbox.post("customers", id=TOM_ID, mobile=AMARA.phone)
    return scene.through_the_widget(scene.sandbox.basket(TOM_ID))


@fault("Two guests booked with one basket", VISIT, Code.SHARED_BASKET, Cause.OURS)
def shared_basket(scene):
    basket = scene.sandbox.basket(AMARA_ID)
    scene.through_the_widget(basket)
    partner = Contact("Ben Okafor", "ben.okafor@example.org", AMARA.phone)
    return scene.through_the_widget(basket, partner, at=1)


@fault("Another guest has this customer already", VISIT, Code.CUSTOMER_TAKEN, Cause.OURS)
def customer_taken(scene):
    scene.visited()
    partner = Contact("Ben Okafor", "ben.okafor@example.org", AMARA.phone)
    return scene.through_the_widget(scene.sandbox.basket(AMARA_ID), partner, at=1)


@fault("The guest was linked to another customer before", VISIT, Code.OTHER_CUSTOMER, Cause.OURS)
def other_customer(scene):
    scene.visited()
    scene.sandbox.post(
        "customers",
        id="I-2ND2-ACC1",
        email="amara@work.example.org",
        firstName="Amara",
        lastName="Okafor",
        mobile=AMARA.phone,
    )
    return scene.through_the_widget(scene.sandbox.basket("I-2ND2-ACC1"), at=1)


@fault("The basket had gone", VISIT, Code.BASKET_GONE, Cause.OURS)
def basket_gone(scene):
    return scene.through_the_widget(scene.sandbox.basket(AMARA_ID, expired=True))


@fault("Spektrix was away until the basket expired", VISIT, Code.DEADLINE_PASSED, Cause.OURS)
def deadline_passed(scene):
    scene.sandbox.fault("basket_by_id", "status", status=503)
    booking_id = scene.through_the_widget(scene.sandbox.basket(AMARA_ID))
    scene.let_basket_expire()
    return booking_id


@fault("Spektrix was away for as long as details are asked about", VISIT, Code.DETAILS_NOT_ASKED, Cause.OURS)
def details_not_asked(scene):
    scene.sandbox.fault("customer_by_email", "status", status=503)
    booking_id = scene.by_phone(TOM)
    scene.let_basket_expire()
    scene.deliver()
    return booking_id


@fault("The API user may not read baskets", VISIT, Code.BASKETS_REFUSED, Cause.CREDENTIALS)
def baskets_refused(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_read_baskets=False)
    return scene.through_the_widget(scene.sandbox.basket(AMARA_ID))


@fault("The same, and the basket has expired since", VISIT, Code.BASKETS_REFUSED, Cause.CREDENTIALS)
def baskets_refused_too_long(scene):
    booking_id = baskets_refused(scene)
    scene.let_basket_expire()
    return booking_id


@fault("The customer was deleted before the visit", VISIT, Code.CUSTOMER_GONE, Cause.SPEKTRIX)
def customer_gone(scene):
    booking_id = scene.verified_booking()
    scene.sandbox.post("customers", id=AMARA_ID, deleted=True)
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The customer was deleted after the visit", VISIT, Code.CUSTOMER_GONE, Cause.SPEKTRIX)
def customer_gone_since(scene):
    booking_id = scene.visited()
    scene.sandbox.post("customers", id=AMARA_ID, deleted=True)
    return booking_id


@fault("The client name was changed", VISIT, Code.CLIENT_CHANGED, Cause.CREDENTIALS)
def client_changed(scene):
    booking_id = scene.verified_booking()
    scene.sandbox.post("options", client_names=["harbourplayhouse", "harbournew"])
    scene.save(client_name="harbournew")
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("An attribute was deleted in Spektrix since", VISIT, Code.ATTRIBUTE_MISSING, Cause.ATTRIBUTES)
def attribute_deleted(scene):
    booking_id = scene.visited()
    scene.define({"Last Dined At": "Text"})
    return booking_id


@fault("An attribute was renamed in Spektrix since", VISIT, Code.ATTRIBUTE_NEAR, Cause.ATTRIBUTES)
def attribute_renamed(scene):
    booking_id = scene.visited()
    scene.define({"Last Dined": "Text", "Number of Restaurant Visit": "Text"})
    return booking_id


@fault(
    "An attribute was renamed and has its right name again", VISIT, Code.VISIT_SENT_AGAIN, Cause.ATTRIBUTES
)
def attribute_mended(scene):
    names = {"Last Dined At": "Text", "Number of Restaurant Visits": "Text"}
    scene.define({"Last Dine At": "Text", "Number of Restaurant Visits": "Text"})
    booking_id = scene.visited()
    scene.define(names)
    return booking_id


@fault("An attribute has a type that drops the value", VISIT, Code.ATTRIBUTE_TYPE, Cause.ATTRIBUTES)
def attribute_type(scene):
    scene.define({"Last Dined At": "CheckList", "Number of Restaurant Visits": "Text"})
    return scene.visited()


@fault("The integration is paused", VISIT, Code.PAUSED, Cause.OURS)
def paused(scene):
    booking_id = scene.verified_booking()
    scene.pause()
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The visit is held since a pause that is over", VISIT, Code.VISIT_HELD, Cause.OURS)
def held(scene):
    booking_id = paused(scene)
    scene.resume()
    return booking_id


@fault("A manager discarded the held visit", VISIT, Code.VISIT_DISCARDED, Cause.OURS)
def discarded(scene):
    booking_id = paused(scene)
    scene.resume()
    visit_decisions.discard(scene.venue, scene.manager.id, "Entered twice")
    return booking_id


@fault("The visit has not gone yet", VISIT, Code.VISIT_WAITING, Cause.OURS)
def waiting(scene):
    booking_id = scene.verified_booking()
    scene.complete(booking_id)
    return booking_id


@fault("Spektrix is out of order", VISIT, Code.OUTAGE, Cause.SPEKTRIX)
def outage(scene):
    booking_id = scene.verified_booking()
    scene.sandbox.fault("*", "status", status=503)
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("Spektrix was out of order and answers again", VISIT, Code.VISIT_WAITING, Cause.OURS)
def outage_over(scene):
    booking_id = outage(scene)
    scene.sandbox.delete("faults")
    return booking_id


@fault("Spektrix's answers break off", VISIT, Code.UNREACHABLE, Cause.SPEKTRIX)
def answers_break_off(scene):
    booking_id = scene.verified_booking()
    scene.sandbox.fault("customer_by_id", "cut")
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The key was refused", VISIT, Code.KEY_REFUSED, Cause.CREDENTIALS)
def key_refused(scene):
    booking_id = scene.verified_booking()
    scene.sandbox.post("api_users", login=API_USER, deleted=True)
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The key cannot be read any more", VISIT, Code.KEY_UNREADABLE, Cause.CREDENTIALS)
def key_unreadable(scene):
    booking_id = scene.verified_booking()
    scene.lose_the_encryption_key()
    scene.complete(booking_id)
    scene.deliver()
    return booking_id


@fault("The API user may not update customers", VISIT, Code.WRITING_REFUSED, Cause.CREDENTIALS)
def writing_refused(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_write_customers=False)
    return scene.visited()


@fault("Spektrix refuses the values", VISIT, Code.REJECTED, Cause.OURS)
def rejected(scene):
    scene.sandbox.fault("update_customer", "status", status=422)
    booking_id = scene.visited()
    scene.skip_waits()
    scene.deliver()
    return booking_id


@fault("The visit was tried for three weeks", VISIT, Code.VISIT_GIVEN_UP, Cause.OURS)
def given_up(scene):
    scene.sandbox.fault("update_customer", "status", status=503)
    booking_id = scene.visited()
    scene.try_for_weeks(booking_id)
    return booking_id


@fault("The portal itself failed", VISIT, Code.OUR_FAULT, Cause.OURS)
def our_fault(scene):
    booking_id = scene.verified_booking()
    entry_id = scene.complete(booking_id)
    db.session.execute(
        update(OutboxEntry).where(OutboxEntry.id == entry_id).values(state="retrying", reason=Code.OUR_FAULT)
    )
    db.session.commit()
    return booking_id


@fault("Somebody changed the values in Spektrix", VISIT, Code.CHANGED_SINCE, Cause.SPEKTRIX)
def changed_since(scene):
    booking_id = scene.visited()
    scene.sandbox.post("customers", id=AMARA_ID, attributes={"Number of Restaurant Visits": "99"})
    return booking_id
