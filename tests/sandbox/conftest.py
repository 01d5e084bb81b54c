"""A sandbox on free ports, put back to its seeds before each test, and a signer written for these tests."""

import base64
import hashlib
import hmac
import json
import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest
import requests

from portal.sandbox.ports.server import SandboxServer
from portal.sandbox.world.seeds import DEMO_LOGIN, DEMO_SECRET
from tests.people import AMARA_ID

PORTAL = "http://127.0.0.1:8700"


def signature_headers(method, url, body, *, login, secret, age=0):
    """Sign as docs/spektrix.md section 3 says; `age` is how many seconds ago the Date claims to be."""
    date = formatdate(time.time() - age, usegmt=True)
    lines = [method, url, date]
    if method != "GET":
        lines.append(base64.b64encode(hashlib.md5(body).digest()).decode())
    digest = hmac.new(base64.b64decode(secret), "\n".join(lines).encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    return {"Authorization": f"SpektrixAPI3 {login}:{signature}", "Date": date}


class Sandbox(SimpleNamespace):
    """A running sandbox with short ways to each of its faces."""

    def url(self, path, client="harbourplayhouse"):
        return f"{self.api_url}/{client}/api/v3/{path}"

    def owner(self, method, path, body=None, **how):
        """Make a signed call; `login`, `secret`, `age`, `client` and `timeout` may differ from the usual."""
        data = b"" if body is None else json.dumps(body).encode()
        url = self.url(path, how.get("client", "harbourplayhouse"))
        headers = signature_headers(
            method,
            url,
            data,
            login=how.get("login", DEMO_LOGIN),
            secret=how.get("secret", DEMO_SECRET),
            age=how.get("age", 0),
        )
        sent = {"headers": headers, "timeout": how.get("timeout", 5), "allow_redirects": False}
        return requests.request(method, url, data=data or None, **sent)

    def control(self, method, path, body=None):
        """Make a control call."""
        return requests.request(method, f"{self.api_url}/_control/{path}", json=body, timeout=5)

    def fault(self, call, kind, **fields):
        """Switch a fault on."""
        answer = self.control("POST", "faults", {"call": call, "kind": kind, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def options(self, **options):
        """Change options."""
        answer = self.control("POST", "options", options)
        assert answer.status_code == 200, answer.text

    def attributes(self, *definitions):
        """Replace the attribute definitions."""
        assert self.control("POST", "attributes", list(definitions)).status_code == 200

    def basket(self, customer_id=None, **fields):
        """Make a basket and return its id."""
        answer = self.control("POST", "baskets", {"customer_id": customer_id, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def customer(self, customer_id=AMARA_ID):
        """Read a customer in owner mode."""
        return self.owner("GET", f"customers/{customer_id}").json()

    def log(self):
        """Return the request log."""
        return self.control("GET", "requests").json()

    def evening(self):
        """Return the next evening performance that is on sale."""
        performances = self.control("GET", "state").json()["performances"]
        return next(each for each in performances if each["isOnSale"] and each["start"].endswith("19:30:00"))


@pytest.fixture(scope="module")
def server():
    with SandboxServer(portal_url=PORTAL) as running:
        yield running


@pytest.fixture
def sandbox(server):
    found = Sandbox(api_url=server.api_url, theatre_url=server.theatre_url)
    assert found.control("POST", "reset").status_code == 204
    return found


@pytest.fixture
def visitor(sandbox):
    """A visitor's browser on the theatre's pages: keeps cookies and sends the theatre as Origin."""
    with requests.Session() as session:
        session.headers["Origin"] = sandbox.theatre_url
        yield session


@pytest.fixture(autouse=True)
def nothing_between(monkeypatch):
    """Let no proxy or .netrc of the machine come between a test and its sandbox."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("NETRC", "/dev/null")
