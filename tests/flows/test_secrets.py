"""Canaries: a key, a password, a basket and a guest go all the way and turn up where they belong alone."""

import pytest
import requests
from embedded import wait_until
from sqlalchemy import text

from portal.extensions import db
from portal.guests.service import Contact
from portal.outbox.models import Kind
from portal.shell import demo
from tests.flows.conftest import LiveStage
from tests.people import AMARA, AMARA_ID
from tests.support.lines import LINE
from tests.support.reading import read

KEY = "Q2FuYXJ5S2V5LW5vYm9keS1tYXktc2VlLXRoaXM="
WRONG_KEY = "V3JvbmdDYW5hcnlLZXktbm9ib2R5LW1heS1zZWU="
WRONG_PASSWORD = "canary-password-8731"
GUEST = "Zacharias Canarybird"


class Visitor:
    """A signed-in manager who keeps every page that came back."""

    def __init__(self, portal):
        self.portal = portal
        self.web = requests.Session()
        self.web.trust_env = False
        self.pages = []

    def get(self, path):
        return self._kept(self.web.get(self.portal + path, timeout=10))

    def post(self, path, form_at, **values):
        fields = read(self.get(form_at)).all("input", name="csrf_token")
        token = fields[0].attributes["value"]
        return self._kept(self.web.post(self.portal + path, data=values | {"csrf_token": token}, timeout=20))

    def _kept(self, answer):
        self.pages.append(answer.text)
        return answer


@pytest.fixture
def visitor(live, processes, sandbox):
    sandbox.post("api_users", login=demo.API_USER, secret=KEY)
    db.session.rollback()
    processes.start("web", "worker", "relay")
    visitor = Visitor(processes.settings.portal_url)
    visitor.post("/sign-in", "/sign-in", email=demo.MANAGER_EMAIL, password=WRONG_PASSWORD)
    visitor.post("/sign-in", "/sign-in", email=demo.MANAGER_EMAIL, password=demo.PASSWORD)
    return visitor


def save_key(visitor, key):
    return visitor.post(
        "/integrations/spektrix/credentials",
        "/integrations/spektrix/edit",
        client_name=demo.CLIENT_NAME,
        api_user=demo.API_USER,
        api_key=key,
    )


def rename(table, name):
    db.session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))
    db.session.commit()


def cause_every_kind_of_trouble(visitor, live: LiveStage, sandbox, basket_id):
    """A refused key, a failing job, a failing page, a guest with a name that can be looked for."""
    save_key(visitor, WRONG_KEY)
    save_key(visitor, KEY)
    contact = Contact(GUEST, AMARA.email, AMARA.phone)
    booking_id = live.book(contact, basket_id)
    assert live.wait_for("settled", 1, kind=Kind.VERIFY_LINK)
    sandbox.fault("update_customer", "html", status=500, times=1)
    rename("attempts", "attempts_away")
    live.complete(booking_id)
    assert wait_until(lambda: sandbox.requests("update_customer"), seconds=20)
    rename("bookings", "bookings_away")
    assert visitor.get("/diary").status_code == 500
    rename("bookings_away", "bookings")
    rename("attempts_away", "attempts")
    for path in (
        "/diary",
        f"/bookings/{booking_id}",
        "/guests",
        "/integrations/spektrix",
        "/integrations/spektrix/edit",
    ):
        visitor.get(path)
    return booking_id


def test_canaries_are_found_nowhere_but_in_their_own_column(live, visitor, processes, sandbox, tmp_path):
    """X31, P11."""
    basket_id = sandbox.basket(AMARA_ID)
    cause_every_kind_of_trouble(visitor, live, sandbox, basket_id)
    processes.stop()
    logs = processes.logs()
    redis = b"".join(path.read_bytes() for path in tmp_path.rglob("appendonly*") if path.is_file())
    html = "".join(visitor.pages)
    assert "rq:queue:rezzy" in redis.decode(errors="replace")
    assert "answering bookings.diary: unexpected " in logs
    assert_lines_in_one_form(processes)
    assert GUEST in html
    secrets = [KEY, WRONG_KEY, WRONG_PASSWORD, demo.PASSWORD, basket_id]
    for canary in secrets:
        for place, content in {"logs": logs, "html": html, "redis": redis.decode(errors="replace")}.items():
            assert canary not in content, f"{canary} is in {place}"
        assert canary not in dump(), f"{canary} is in the database"
    for canary in (GUEST, "amara.okafor", AMARA_ID):
        assert canary not in logs, canary
        assert canary.encode() not in redis, canary


def assert_lines_in_one_form(processes):
    """Every process says when, how serious and who; nothing that was typed makes a second line."""
    for name in ("web", "worker", "relay"):
        lines = processes.log(name).splitlines()
        odd = [line for line in lines if not ((found := LINE.fullmatch(line)) and found["process"] == name)]
        assert not odd, odd


def dump() -> str:
    """Return every value of every table as text."""
    rows = []
    for table in db.metadata.sorted_tables:
        rows += [repr(tuple(row)) for row in db.session.execute(text(f"SELECT * FROM {table.name}"))]
    db.session.rollback()
    return "\n".join(rows)
