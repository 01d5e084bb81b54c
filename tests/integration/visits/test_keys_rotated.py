"""To whom a visit was sent is recognised still when the encryption keys have been replaced (X42)."""

import pytest
from cryptography.fernet import Fernet
from flask_migrate import downgrade, upgrade
from sqlalchemy import LargeBinary, select, text, type_coerce

from portal import crypto
from portal.bookings import link_checks, still_shown
from portal.bookings.models import Status
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import CustomerLink
from portal.integration.connection.models import Integration
from portal.outbox.models import OutboxEntry
from tests.factories import API_KEY
from tests.people import AMARA, AMARA_ID, TOM
from tests.support.databases import TEST_KEY


@pytest.fixture
def replace_the_keys(app):
    """Puts a new key first, has the stored API key saved again, and takes the old key away."""

    def replace():
        new = Fernet.generate_key().decode()
        crypto.init_app(app, (new, TEST_KEY))
        sealed = crypto.encrypt(API_KEY)
        db.session.execute(text("UPDATE integrations SET api_key = :sealed"), {"sealed": sealed})
        db.session.commit()
        crypto.init_app(app, (new,))

    yield replace
    crypto.init_app(app, (TEST_KEY,))


@pytest.fixture
def sent(stage):
    """A guest with two visits in Spektrix, the later one set back."""
    first, second = stage.verified_booking(), stage.verified_booking(days=2)
    for booking_id in (first, second):
        stage.complete(booking_id)
        stage.deliver()
    stage.move(second, Status.CONFIRMED)
    return second


def test_a_visit_that_was_set_back_still_asks_for_the_right_customer(stage, sent, replace_the_keys):
    replace_the_keys()
    assert stage.visit(sent).sent_to == guests.recipient(stage.link(sent))
    (shown,) = still_shown.among([stage.visit(sent)]).values()
    assert shown.is_linked


def test_without_a_key_of_the_venues_own_the_customer_is_taken_for_another(
    stage, sent, replace_the_keys, monkeypatch
):
    """The control: shows that the test above can fail."""

    def by_the_oldest_encryption_key(link):
        return crypto.fingerprint(f"{link.client_name}:{link.spektrix_customer_id}")

    monkeypatch.setattr(guests, "recipient", by_the_oldest_encryption_key)
    db.session.execute(
        text("UPDATE outbox_entries SET sent_to = :to"), {"to": guests.recipient(stage.link(sent))}
    )
    replace_the_keys()
    (shown,) = still_shown.among([stage.visit(sent)]).values()
    assert not shown.is_linked


def test_a_basket_is_recognised_too(stage, sandbox, replace_the_keys):
    """R72: whoever books with the same basket after it is not linked to its customer."""
    basket = sandbox.basket(AMARA_ID)
    first = stage.book(AMARA, basket)
    replace_the_keys()
    second = stage.book(TOM, basket, at=4)
    assert stage.check(first).basket_fingerprint == stage.check(second).basket_fingerprint
    assert [guest.id for guest in link_checks.same_basket(stage.check(first).booking.guest)]


def run_encrypt_again(app):
    return app.test_cli_runner().invoke(args=["encrypt-again"])


@pytest.fixture
def keys(app):
    """A new key in front of the one by which everything is stored."""
    both = (Fernet.generate_key().decode(), TEST_KEY)
    crypto.init_app(app, both)
    yield both
    crypto.init_app(app, (TEST_KEY,))


@pytest.mark.both_databases
def test_once_all_is_encrypted_again_the_old_key_can_go(app, stage, sandbox, keys):
    crypto.init_app(app, keys[1:])
    asked = stage.book(AMARA, sandbox.basket(AMARA_ID))
    basket = stage.check(asked).basket_id
    db.session.commit()
    crypto.init_app(app, keys)
    answer = run_encrypt_again(app)
    assert (answer.exit_code, answer.output.splitlines()[0]) == (0, "2 encrypted with the first key.")
    crypto.init_app(app, keys[:1])
    db.session.expire_all()
    assert (stage.integration.api_key, stage.check(asked).basket_id) == (API_KEY, basket)


@pytest.mark.both_databases
def test_what_no_key_can_read_is_told_and_left(app, stage, keys):
    crypto.init_app(app, keys[:1])
    asked = select(type_coerce(Integration.api_key, LargeBinary))
    before = db.session.scalar(asked)
    db.session.commit()
    answer = run_encrypt_again(app)
    assert answer.exit_code == 1
    assert "1 cannot be read with any of the keys" in answer.output
    assert db.session.scalar(asked) == before


@pytest.mark.both_databases
@pytest.mark.forgets_versions
def test_what_an_earlier_release_has_noted_is_recognised(stage, sent):
    downgrade(revision="0023")
    link = db.session.execute(select(CustomerLink.client_name, CustomerLink.spektrix_customer_id)).one()
    before = crypto.fingerprint(f"{link.client_name}:{link.spektrix_customer_id}")
    notes = select(OutboxEntry.sent_to).where(OutboxEntry.sent_to != "")
    assert set(db.session.scalars(notes)) == {before}
    db.session.commit()
    upgrade()
    after = guests.recipient(stage.link(sent))
    assert set(db.session.scalars(notes)) == {after} != {before}
