"""The sandbox's own check of signatures."""

import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from portal.sandbox.api.signing import SignedRequest, check, expected_signature
from portal.sandbox.world.seeds import DEMO_SECRET
from tests.people import AMARA_ID
from tests.support.tables import each_row

VECTORS = json.loads((Path(__file__).parent / "signing_vectors.json").read_text(encoding="utf-8"))["vectors"]
MISTAKES = [(vector, wrong) for vector in VECTORS for wrong in vector["wrong_signatures_by_mistake"]]


def body_of(vector):
    return (vector["body"] or "").encode()


def verdict_on(vector, authorization):
    signed = SignedRequest(vector["method"], vector["url"], vector["date"], body_of(vector), authorization)
    secrets = {vector["login_name"]: vector["secret_key_base64"]}
    return check(signed, secrets, parsedate_to_datetime(vector["date"]))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_vector_gives_the_expected_signature(vector):
    found = expected_signature(
        vector["method"], vector["url"], vector["date"], body_of(vector), vector["secret_key_base64"]
    )
    assert found == vector["expected_signature"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_vector_is_accepted_at_its_own_time(vector):
    assert verdict_on(vector, vector["expected_authorization_header"]).login == vector["login_name"]


@each_row("vector, mistake", MISTAKES)
def test_every_known_mistake_is_refused(vector, mistake):
    signature = vector["wrong_signatures_by_mistake"][mistake]
    verdict = verdict_on(vector, f"SpektrixAPI3 {vector['login_name']}:{signature}")
    assert verdict.login is None
    assert "signature differs" in verdict.refused_because


def test_signed_call_is_answered(sandbox):
    assert sandbox.owner("GET", f"customers/{AMARA_ID}").status_code == 200


def test_query_string_is_signed_as_it_was_sent(sandbox):
    answer = sandbox.owner("GET", "customers?email=amara.okafor%40example.org")
    assert answer.json()["id"] == AMARA_ID


@pytest.mark.parametrize("age", [-290, 290])
def test_date_within_five_minutes_is_accepted(sandbox, age):
    assert sandbox.owner("GET", f"customers/{AMARA_ID}", age=age).status_code == 200


@pytest.mark.parametrize("age", [-310, 310])
def test_date_beyond_five_minutes_is_401(sandbox, age):
    answer = sandbox.owner("GET", f"customers/{AMARA_ID}", age=age)
    assert answer.status_code == 401
    assert answer.json() == {"message": "Unauthorized"}


@pytest.mark.parametrize("wrong", [{"login": "nobody"}, {"secret": "d3Jvbmcga2V5"}])
def test_wrong_login_or_key_is_401_and_logged_with_the_reason(sandbox, wrong):
    assert sandbox.owner("GET", f"customers/{AMARA_ID}", **wrong).status_code == 401
    assert sandbox.log()[-1]["signed_ok"] is False
    assert sandbox.log()[-1]["refused_because"]


def test_clock_offset_moves_the_date_header_and_the_check(sandbox):
    sandbox.options(clock_offset_seconds=-900)
    refused = sandbox.owner("GET", f"customers/{AMARA_ID}")
    assert refused.status_code == 401
    told = parsedate_to_datetime(refused.headers["Date"])
    age = (parsedate_to_datetime(refused.request.headers["Date"]) - told).total_seconds()
    assert age == pytest.approx(900, abs=5)
    assert sandbox.owner("GET", f"customers/{AMARA_ID}", age=900).status_code == 200


def test_a_new_key_replaces_the_old_one(sandbox):
    sandbox.control("POST", "api_users", {"login": "greenroom-api", "secret": "bmV3IGtleQ=="})
    assert sandbox.owner("GET", f"customers/{AMARA_ID}", secret=DEMO_SECRET).status_code == 401
    assert sandbox.owner("GET", f"customers/{AMARA_ID}", secret="bmV3IGtleQ==").status_code == 200
