"""Every address that carries an id, tried with another venue's; the list is the URL map's (X03, X04, B26)."""

import itertools
import re

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.details.subjects import REFERENCES
from tests import factories

# What each argument of an address names. One that is not here fails the test, so a new one is noticed.
OF_OTHER_VENUE = {
    "booking_id": lambda theirs: theirs["booking"].id,
    "entry_id": lambda theirs: theirs["entry"].id,
    "guest_id": lambda theirs: theirs["booking"].guest_id,
    "public_id": lambda theirs: theirs["widget"].public_id,
    "number": lambda theirs: theirs["widget"].number,
    "save_id": lambda theirs: theirs["save"],
    "waiting_id": lambda theirs: theirs["waiting"].id,
    "row_id": lambda theirs: theirs["table"].id,
    "change_id": lambda theirs: theirs["change"].id,
    "changed_show_id": lambda theirs: theirs["changed_show"].id,
    "kind": lambda _theirs: "confirmation",
}
UNKNOWN = {
    "booking_id": 987654,
    "entry_id": 987654,
    "guest_id": 987654,
    "public_id": "w_nobody",
    "number": 1,
    "save_id": 987654,
    "waiting_id": 987654,
    "row_id": 987654,
    "change_id": 987654,
    "changed_show_id": 987654,
    "kind": "confirmation",
}
# Arguments that name no row at all: an article of the help centre, one of the six checks, a card of Settings.
OF_NOBODY = {"name": "set-up", "number": 1, "card": "business"}
# Letters carry a token of their own, and a diner's page needs the logo.
OPEN_ROOMS = ("public.", "letters.", "letter_stops.", "logos.")
MANAGERS_ONLY = {
    "embedding.check",
    "integration.save_credentials",
    "checks.start",
    "checks.step",
    "integration.set_active",
    "attributes.check",
    "attributes.trial",
    "attributes.compare",
    "visits.csv",
    "visits.send",
    "visits.send_all",
    "visits.send_held",
    "visits.discard",
    "visits.take_back",
    "visits.send_what_holds",
    "visits.empty",
    "integration.edit",
    "integration.test_typed",
    "integration.disconnect",
    "integration.settings",
    "links.confirm",
    "links.reject",
    "links.unlink",
    "links.drift",
    "guests.export",
    "guests.erase",
    "guests.merge",
    "diagnosis.connection",
    "diagnosis.pre_fill",
    "diagnosis.writes",
    "diagnosis.bundle",
    "programme.sync",
    "restaurant.index",
    "restaurant.details",
    "restaurant.save_details",
    "restaurant.time_zone",
    "restaurant.change_time_zone",
    "restaurant.undo",
    "restaurant.tables_page",
    "restaurant.add_tables",
    "restaurant.new_area",
    "restaurant.new_group",
    *(
        f"restaurant.{way}{kind}"
        for way in ("", "move_", "order_", "delete_")
        for kind in ("table", "area", "group")
    ),
    "restaurant.special_days",
    "restaurant.new_special_day",
    "restaurant.special_day",
    "restaurant.special_day_touches",
    "restaurant.close_bank_holidays",
    "restaurant.delete_special_day",
    "restaurant.hours",
    "restaurant.new_period",
    "restaurant.period",
    "restaurant.period_notes",
    "restaurant.delete_period",
    "restaurant.copy_day",
    "restaurant.online",
    "restaurant.save_online",
    "restaurant.guide",
    "restaurant.close_guide",
    "widgets.create",
    "widgets.save",
    "widgets.allow_site",
    "widgets.ignore_site",
    "widgets.restore",
    "widgets.delete",
}


@pytest.fixture
def theirs(app):
    """The rows of a venue that is not ours."""
    with app.app_context():
        venue = factories.make_venue("The Other Room")
        booking = factories.make_booking(venue)
        factories.connect_spektrix(venue)
        entry, widget = factories.make_entry(booking), factories.make_widget(venue)
        waiting = factories.make_waiting(venue, widget)
        save = saving.save(venue, REFERENCES, {"reference_prefix": "OR"}, 0, None).id
        return {
            "venue": venue,
            "booking": booking,
            "entry": entry,
            "widget": widget,
            "waiting": waiting,
            "table": factories.make_table(venue),
            "change": factories.make_change(venue, booking),
            "changed_show": factories.make_changed_show(venue),
            "save": save,
        }


@pytest.fixture
def ours(app, client):
    with app.app_context():
        venue = factories.make_venue()
        manager, staff = factories.make_manager(venue), factories.make_staff(venue)
    return {"venue": venue, "manager": manager, "staff": staff}


def addresses(app, values):
    """Return endpoint, method and address for every signed-in rule with arguments, its words included."""
    found = []
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if (
            rule.arguments <= OF_NOBODY.keys()
            or rule.endpoint in {"static", "portal_style", "frame_script"}
            or rule.endpoint.startswith(OPEN_ROOMS)
        ):
            continue
        words = re.findall(r"any\(([^)]*)\)", rule.rule)
        choices = [word.strip(" '") for word in words[0].split(",")] if words else [None]
        for word, method in itertools.product(choices, sorted(rule.methods - {"HEAD", "OPTIONS"})):
            arguments = {name: values[name] for name in rule.arguments if name != "word"}
            if word:
                arguments["word"] = word
            found.append((rule.endpoint, method, urls.build(rule.endpoint, arguments, method=method)))
    return found


def everything(app):
    """Return every row of every table, to see that nothing changed."""
    with app.app_context():
        tables = [table for table in db.metadata.sorted_tables if table.name != "staff_sessions"]
        rows = {table.name: db.session.execute(text(f"SELECT * FROM {table.name}")).all() for table in tables}
        db.session.rollback()
        return rows


@pytest.mark.parametrize("role", ["manager", "staff"])
def test_another_venues_ids_answer_as_if_they_did_not_exist(app, client, theirs, ours, role):
    factories.sign_in(client, ours[role])
    foreign = {name: pick(theirs) for name, pick in OF_OTHER_VENUE.items()}
    before = everything(app)
    pairs = zip(addresses(app, foreign), addresses(app, UNKNOWN), strict=True)
    tried = 0
    for (endpoint, method, theirs_at), (_, _, nowhere) in pairs:
        answer = client.open(theirs_at, method=method, data={})
        unknown = client.open(nowhere, method=method, data={})
        expected = 403 if role == "staff" and endpoint in MANAGERS_ONLY else 404
        assert answer.status_code == unknown.status_code == expected, (method, theirs_at)
        assert without_reference(answer.text) == without_reference(unknown.text)
        tried += 1
    assert tried >= 8
    assert everything(app) == before


ODD_IDS = ["-1", "0", "9" * 30, "1e3", "1'", "%22", "%00", "0x1", "２", "1%20", "None"]


def test_ids_that_nobody_has_answer_as_unknown_ones_do(app, client, ours):
    """B26: negative, huge, quoted or in other digits."""
    factories.sign_in(client, ours["manager"])
    before = everything(app)
    tried = 0
    for endpoint, method, nowhere in addresses(app, UNKNOWN):
        number = next((text for text in ("987654", "w_nobody") if text in nowhere), None)
        if number is None:
            continue
        for odd in ODD_IDS:
            answer = client.open(nowhere.replace(number, odd), method=method, data={})
            assert answer.status_code == 404, (endpoint, method, odd)
            tried += 1
    assert tried > 100
    assert everything(app) == before


def without_reference(page):
    """Return a page without the number of its error, the token of its forms and the id that was asked for."""
    page = re.sub(r'(name="csrf-token" content|name="csrf_token"[^>]*value)="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{8}", "", page).replace("w_nobody", "")


def test_staff_may_not_change_settings(app, client, theirs, ours):
    """X04: refused with a page that says who can."""
    factories.sign_in(client, ours["staff"])
    before = everything(app)
    urls = app.url_map.bind("localhost")
    theirs_alone = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint in MANAGERS_ONLY and not rule.arguments
    ]
    assert len(theirs_alone) > 20
    for rule in theirs_alone:
        method = "POST" if "POST" in rule.methods else "GET"
        answer = client.open(urls.build(rule.endpoint, method=method), method=method, data={"active": "on"})
        assert answer.status_code == 403, rule.endpoint
        assert "manager" in answer.text.lower()
    assert everything(app) == before


def test_lists_show_nothing_of_another_venue(app, client, theirs, ours):
    factories.sign_in(client, ours["manager"])
    day = factories.DAY.isoformat()
    for path in (
        f"/diary?date={day}",
        "/guests",
        "/programme",
        "/widgets",
        "/widgets/used-by-spektrix",
        "/integrations/spektrix",
        "/integrations/spektrix/visits",
        "/integrations/spektrix/held",
    ):
        page = client.get(path)
        assert page.status_code == 200
        for foreign in ("The Other Room", theirs["booking"].booked_name, theirs["widget"].public_id):
            assert foreign not in page.text, path


def test_every_page_asks_for_sign_in(app, client):
    urls = app.url_map.bind("localhost")
    open_to_all = {
        "venues.sign_in",
        "healthz",
        "readyz",
        "static",
        "portal_style",
        "frame_script",
        "home.home",
    }
    open_to_all |= {"loader.embed", "loader.opening"}
    behind_sign_in = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in open_to_all
        and not rule.endpoint.startswith(OPEN_ROOMS)
        and "GET" in rule.methods
    ]
    assert len(behind_sign_in) > 40
    for rule in behind_sign_in:
        words = {name: listed for listed, name in re.findall(r"any\(([^)]*)\):(\w+)", rule.rule)}
        arguments = {
            name: words[name].split(",")[0].strip(" '\"") if name in words else (UNKNOWN | OF_NOBODY)[name]
            for name in rule.arguments
        }
        answer = client.get(urls.build(rule.endpoint, arguments))
        assert answer.status_code == 302, rule.endpoint
        assert answer.headers["Location"].startswith("/sign-in")


def test_session_of_a_removed_person_is_refused_at_once(app, client, ours):
    """X41."""
    factories.sign_in(client, ours["staff"])
    assert client.get("/guests").status_code == 200
    with app.app_context():
        db.session.execute(text("DELETE FROM staff_sessions"))
        db.session.execute(text("DELETE FROM staff WHERE id = :id"), {"id": ours["staff"].id})
        db.session.commit()
    assert client.get("/guests").status_code == 302
