"""The signature and the Date header."""

import json
import locale
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from portal.spektrix.errors import SecretNotBase64, SpektrixError
from portal.spektrix.signing import authorization, http_date

VECTORS = json.loads((Path(__file__).parent / "signing_vectors.json").read_text())["vectors"]
VECTOR = VECTORS[0]


def signed(vector, **changes):
    body = vector["body"]
    values = {
        "method": vector["method"],
        "url": vector["url"],
        "date": vector["date"],
        "body": None if body is None else body.encode(),
        "login": vector["login_name"],
        "secret": vector["secret_key_base64"],
    }
    return authorization(**(values | changes))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_vector_is_reproduced(vector):
    assert signed(vector) == vector["expected_authorization_header"]
    assert vector["wrong_signatures_by_mistake"]
    for mistake in vector["wrong_signatures_by_mistake"].values():
        assert not signed(vector).endswith(mistake)


def test_method_is_signed_in_upper_case():
    assert signed(VECTOR, method="get") == signed(VECTOR)


def test_body_of_a_get_is_not_signed():
    assert signed(VECTOR, body=b"{}") == signed(VECTOR)


def test_no_body_and_empty_body_sign_alike_on_delete():
    assert signed(VECTORS[3], body=b"") == signed(VECTORS[3], body=None)


def test_login_with_backslash_is_used_as_given():
    assert signed(VECTOR, login="amy\\theatre").startswith("SpektrixAPI3 amy\\theatre:")


@pytest.mark.parametrize("secret", ["", "not base64!", "c2VjcmV0 ", "c2VjcmV0\n", "c2VjcmV", "clé", "===="])
def test_secret_that_is_not_base64_is_refused(secret):
    with pytest.raises(SecretNotBase64) as caught:
        signed(VECTOR, secret=secret)
    assert isinstance(caught.value, SpektrixError)
    assert not caught.value.retryable


def test_refused_secret_appears_nowhere_in_the_error():
    canary = "canary-of-a-key!"
    with pytest.raises(SecretNotBase64) as caught:
        signed(VECTOR, secret=canary)
    assert caught.value.__context__ is None
    assert canary not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 5, 28, 20, 31, 7, tzinfo=UTC), "Thu, 28 May 2026 20:31:07 GMT"),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "Wed, 31 Dec 2025 23:30:00 GMT"),
        (datetime(2026, 6, 6, 9, 5, 0, 999_999, tzinfo=UTC), "Sat, 06 Jun 2026 09:05:00 GMT"),
    ],
)
def test_date_is_written_in_gmt_to_the_second(instant, text):
    assert http_date(instant) == text


def test_date_stays_english_under_another_locale():
    before = locale.setlocale(locale.LC_TIME)
    foreign = next((name for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8") if _can_set(name)), before)
    try:
        locale.setlocale(locale.LC_TIME, foreign)
        assert http_date(datetime(2026, 5, 28, tzinfo=UTC)) == "Thu, 28 May 2026 00:00:00 GMT"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_naive_instant_has_no_date_header():
    with pytest.raises(ValueError, match="aware"):
        http_date(datetime.fromisoformat("2026-05-28T00:00:00"))


def _can_set(name):
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    return True
