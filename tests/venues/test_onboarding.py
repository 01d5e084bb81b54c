"""Adding a venue from a file, as docs/running.md describes it."""

import pytest
from PIL import Image
from sqlalchemy import func, select

from portal.availability.models import DiningTable, ServicePeriod
from portal.extensions import db
from portal.restaurant.details.rules import LABELS
from portal.shell import demo, onboarding
from portal.venues import service as venues
from portal.venues.models import Staff, Venue

DESCRIPTION = """
name = "The Wings"
reference_prefix = "WI"
tables = [{ name = "1", seats = 4 }]
people = [{ name = "Ana Lima", email = "ana@wings.example", role = "manager" }]
[[services]]
name = "Dinner"
days = ["friday", "saturday"]
opens = 18:00:00
last_seating = 01:00:00
covers = 40
"""


@pytest.fixture
def described(tmp_path):
    def write(text):
        path = tmp_path / "venue.toml"
        path.write_text(text)
        return path

    return write


def run(app, *words):
    return app.test_cli_runner().invoke(args=list(words))


def test_venue_is_added_and_its_manager_can_sign_in(app, described):
    answer = run(app, "add-venue", str(described(DESCRIPTION)))
    assert answer.exit_code == 0
    email, password = answer.output.splitlines()[0].split()
    with app.app_context():
        assert db.session.scalars(select(Venue.name)).all() == ["The Wings"]
        assert db.session.scalar(select(ServicePeriod.weekdays)) == 0b0110000
        assert db.session.scalar(select(func.count()).select_from(DiningTable)) == 1
        assert venues.sign_in(email, password)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "The Wings"', "", "name"),
        ("18:00:00", '"six"', "opens"),
        ("covers = 40", "covers = 0", "covers"),
        ('"friday"', '"fryday"', "fryday"),
        ('role = "manager"', 'role = "staff"', "manager"),
        ("covers = 40", "covers = 40\nslot_minutes = 20", "slot_minutes"),
        ("covers = 40", "covers = 40\ncolour = 'red'", "colour"),
        ("[[services]]", "[[services", "line"),
        ('reference_prefix = "WI"', 'reference_prefix = "WI"\ntimezone = "Mars/Base"', "Mars/Base"),
        ('reference_prefix = "WI"', 'reference_prefix = "WINGS"', "reference_prefix"),
        ('reference_prefix = "WI"', 'phone = "CALL 1"', "phone"),
        ('reference_prefix = "WI"', 'website = "javascript:alert(1)"', "website"),
        ('reference_prefix = "WI"', 'currency = "XXX"', "currency"),
        ('reference_prefix = "WI"', 'country = "QQ"', "country"),
        ('reference_prefix = "WI"', 'logo = "none.png"', "none.png"),
        ('reference_prefix = "WI"', 'logo = "venue.toml"', "PNG, JPEG or SVG"),
    ],
)
def test_a_file_that_is_wrong_is_named_and_nothing_is_added(app, described, old, new, said):
    answer = run(app, "add-venue", str(described(DESCRIPTION.replace(old, new))))
    assert answer.exit_code == 1
    assert said in answer.output
    with app.app_context():
        assert db.session.scalar(select(Venue)) is None


def test_a_name_and_a_manager_are_enough(app, described):
    lines = [line for line in DESCRIPTION.splitlines() if line.startswith(("name", "people"))]
    answer = run(app, "add-venue", str(described("\n".join(lines[:2]))))
    assert answer.exit_code == 0, answer.output
    with app.app_context():
        venue = db.session.scalars(select(Venue)).one()
        assert (venue.name, venue.reference_prefix, venue.currency) == ("The Wings", "W", "GBP")
        assert db.session.scalar(select(ServicePeriod)) is None


def test_a_file_can_say_all_that_the_page_can(app, described, tmp_path):
    picture = Image.new("RGBA", (64, 32), (90, 40, 110, 255))
    picture.save(tmp_path / "logo.png")
    more = """
theatre = "Old Vic"
address = '''
1 The Cut
London'''
phone = "020 7946 0018"
email = "hello@wings.example"
website = "www.wings.example"
first_line = "Beside the stage door"
dietary_note = "No nuts"
cancellation_text = "Two hours before"
logo = "logo.png"
country = "IE"
currency = "EUR"
timezone = "Europe/Dublin"
"""
    answer = run(app, "add-venue", str(described(more + DESCRIPTION)))
    assert answer.exit_code == 0, answer.output
    with app.app_context():
        venue = db.session.scalars(select(Venue)).one()
        said = {name: getattr(venue, name) for name in LABELS}
        assert venue.logo_digest
    assert said == {
        "name": "The Wings",
        "theatre_name": "Old Vic",
        "address": "1 The Cut\nLondon",
        "phone": "020 7946 0018",
        "email": "hello@wings.example",
        "website": "https://www.wings.example",
        "first_line": "Beside the stage door",
        "dietary_note": "No nuts",
        "cancellation_text": "Two hours before",
        "reference_prefix": "WI",
        "timezone": "Europe/Dublin",
        "country": "IE",
        "currency": "EUR",
    }


def test_a_missing_file_is_one_line(app, tmp_path):
    answer = run(app, "add-venue", str(tmp_path / "none.toml"))
    assert (answer.exit_code, len(answer.output.splitlines())) == (1, 1)


def test_an_address_in_use_adds_nothing(app, described):
    path = str(described(DESCRIPTION))
    run(app, "add-venue", path)
    answer = run(app, "add-venue", path)
    assert answer.exit_code == 1
    assert "in use" in answer.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Venue)) == 1


def test_a_new_password_ends_every_session(app, described):
    """X18."""
    run(app, "add-venue", str(described(DESCRIPTION)))
    with app.app_context():
        staff = db.session.scalars(select(Staff)).one()
        assert venues.set_password(staff.email, "first password")
        token = venues.sign_in(staff.email, "first password")
        assert venues.staff_of(token)
    answer = app.test_cli_runner().invoke(
        args=["set-password", "ANA@wings.example"], input="another password\nanother password\n"
    )
    assert answer.exit_code == 0
    with app.app_context():
        assert venues.staff_of(token) is None
        assert venues.sign_in("ana@wings.example", "another password")


@pytest.mark.parametrize(
    ("email", "password"), [("nobody@wings.example", "long enough here"), ("a@b.example", "short")]
)
def test_set_password_says_what_is_wrong(app, email, password):
    answer = app.test_cli_runner().invoke(args=["set-password", email], input=f"{password}\n{password}\n")
    assert answer.exit_code == 1
    assert "Error:" in answer.output


def test_the_demo_is_described_by_such_a_file():
    assert onboarding.read(demo._DESCRIPTION).name == "The Green Room"
